"""What a mail is and says, from its bytes: sorted by purpose, read in any charset, never an exception."""

from base64 import b64encode
from typing import Any

import pytest

from services.notifier.domain.bodies import decoded, decoded_words, html_text, unflowed
from services.notifier.domain.incoming import LONGEST_TEXT, WHOLE_TEXT, Recipient, Understood, understood
from services.notifier.domain.mail import Kind

CITIZEN = Recipient(kind=Kind.REPLY, message_id="m1", addressee="citizen")
UNIT = Recipient(kind=Kind.REPLY, message_id="m1", assignment_id="a1", addressee="unit")
DESK = Recipient(kind=Kind.REPLY, message_id="m1", addressee="desk")
BACK = Recipient(kind=Kind.RETURN, message_id="m1", addressee="citizen")
HOTLINE = Recipient(kind=Kind.HOTLINE)
PERSON = {"From": "Deniz Kaya <deniz.kaya@example.org>", "Subject": "Re: 26-7KX4-9Q"}


def mail(body: str | bytes = "Hâlâ soğuk.", kind: str = "text/plain; charset=utf-8", **headers: str | None) -> bytes:
    """A mail of a person, with these headers instead or besides; None takes one out."""
    given = {**PERSON, "MIME-Version": "1.0", "Content-Type": kind} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items() if value is not None)
    content = body if isinstance(body, bytes) else body.replace("\n", "\r\n").encode()
    return head.encode("utf-8", "surrogateescape") + b"\r\n" + content


def parts(*all_parts: tuple[str, str], kind: str = "multipart/mixed") -> tuple[str, str]:
    """The type and the body of a multipart: its parts are headers and contents."""
    mark = f"b{abs(hash((kind, all_parts)))}"
    body = "".join(f"--{mark}\n{head}\n\n{content}\n" for head, content in all_parts)
    return f'{kind}; boundary="{mark}"', f"{body}--{mark}--\n"


def multipart(*all_parts: tuple[str, str], kind: str = "multipart/mixed", **headers: str) -> bytes:
    said, body = parts(*all_parts, kind=kind)
    return mail(body, said, **headers)


def read(raw: bytes, to: Recipient = CITIZEN, **more: Any) -> Understood:
    return understood(raw, to, **more)


@pytest.mark.parametrize(
    ("to", "purpose"),
    [(CITIZEN, "citizen"), (UNIT, "unit"), (DESK, "unclear"), (BACK, "unclear"), (HOTLINE, "new")],
)
def test_the_address_says_whose_mail_it_is_and_no_header_does(to: Recipient, purpose: str) -> None:
    forged = {"References": "<m1.receipt@klu.example>", "In_Reply_To": "<a1.invitation@klu.example>"}
    found = read(mail(**forged), to)
    assert (found.purpose, found.text, found.automatic) == (purpose, "Hâlâ soğuk.", None)
    assert (found.sender, found.sender_name) == ("deniz.kaya@example.org", "Deniz Kaya")


AUTOMATIC: dict[str, dict[str, str]] = {
    "auto-submitted": {"Auto_Submitted": "auto-replied"},
    "generated": {"Auto_Submitted": "auto-generated (by a system)"},
    "precedence": {"Precedence": "bulk"},
    "autoreply": {"X_Autoreply": "yes"},
    "exchange": {"X_Auto_Response_Suppress": "All"},
    "a list": {"List_Id": "<duyuru.klu.example>"},
    "a machine": {"From": "MAILER-DAEMON@example.org"},
    "nobody": {"From": "No Reply <no-reply@example.org>"},
    "subject tr": {"Subject": "Otomatik yanıt: Re: 26-7KX4-9Q"},
    "subject tr, capitals": {"Subject": "OTOMATİK YANIT: Re: 26-7KX4-9Q"},
    "subject tr, coded": {"Subject": "=?utf-8?B?T3RvbWF0aWsgeWFuxLF0OiBSZTo=?="},
    "subject tr, away": {"Subject": "Ofis Dışında: 26-7KX4-9Q"},
    "subject en": {"Subject": "Automatic reply: 26-7KX4-9Q"},
    "subject en, away": {"Subject": "Out of Office Re: 26-7KX4-9Q"},
    "subject en, of old servers": {"Subject": "Out of Office AutoReply: 26-7KX4-9Q"},
    "subject tr, of old servers": {"Subject": "Ofis Dışında Otomatik Yanıtı: 26-7KX4-9Q"},
    "subject tr, until": {"Subject": "Ofis dışındayım 3 Aralık'a kadar"},
    "read": {"kind": "multipart/report; report-type=disposition-notification; boundary=x"},
}


@pytest.mark.parametrize("headers", AUTOMATIC.values(), ids=AUTOMATIC)
@pytest.mark.parametrize("to", [CITIZEN, UNIT, BACK, HOTLINE], ids=["citizen", "unit", "back", "hotline"])
def test_what_a_machine_wrote_is_automatic_wherever_it_comes(headers: dict[str, str], to: Recipient) -> None:
    found = read(mail(**headers), to)
    assert found.purpose == "automatic"
    assert found.automatic == ("out_of_office" if "Subject" in headers else "other")


def test_whoever_writes_from_nobody_is_a_machine() -> None:
    assert read(mail(), envelope_sender="").automatic == "other"
    assert (
        read(mail("24.11 - 30.11 tarihleri arasında yıllık izindeyim."), envelope_sender="").automatic
        == "out_of_office"
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Subject": "Re: Otomatik yanıt: 26-7KX4-9Q"},
        {"Subject": "YNT: Automatic reply: 26-7KX4-9Q"},
        {"Subject": "Otomatik kapı çalışmıyor"},
        {"Subject": "Otomatik yanıt veren sistem konuyu anlamıyor"},
        {"Subject": "Otomatik yanıt, ama cevap yok"},
        {"Subject": "Ofis dışı saatlerde kapı kilitli"},
        {"Subject": "Automatic reply system answers nothing"},
        {"Subject": "Tatil günlerinde kütüphane"},
        {"Auto_Submitted": "no"},
        {"Precedence": "normal"},
    ],
)
def test_what_a_person_wrote_is_not_automatic(headers: dict[str, str]) -> None:
    assert read(mail("Müdür izinde olduğu için imzalanmadı.", **headers)).purpose == "citizen"


@pytest.mark.parametrize(
    "charset", ["utf-8", "windows-1254", "iso-8859-9", "ISO-8859-9", "cp1254", "x-unknown", "utf8"]
)
def test_turkish_is_read_in_every_charset_that_programs_use(charset: str) -> None:
    written = charset if charset != "x-unknown" else "windows-1254"
    assert read(mail("İğne, çığ, şü".encode(written), f"text/plain; charset={charset}")).text == "İğne, çığ, şü"
    assert read(mail("İğne, çığ, şü".encode(written), "text/plain")).text == "İğne, çığ, şü"


@pytest.mark.parametrize(
    "charset", ["utf-7", "unicode-1-1-utf-7", "unicode_escape", "rot13", "zlib", "hex", "idna", "\0"]
)
def test_a_charset_that_hides_text_is_not_used(charset: str) -> None:
    assert decoded(b"+ADw-script+AD4- \\u003c", charset) == "+ADw-script+AD4- \\u003c"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("=?utf-8?B?xLDEn25l?= =?utf-8?B?bGVy?= ve", "İğneler ve"),
        ("=?iso-8859-9?Q?=DD=F0ne?=", "İğne"),
        ("=?utf-8?Q?=C4?=\r\n =?utf-8?Q?=B0?=", "İ"),
        ("Re: =?utf-8?q?a_b?= x =?utf-8?q?c?=", "Re: a b x c"),
        ("=?x-none?q?a=C4=B0?=", "aİ"),
        ("=?utf-8?b?!!!?= =?utf-8?q", "=?utf-8?q"),
        ("plain \\u0041", "plain \\u0041"),
    ],
)
def test_encoded_words_are_read(written: str, shown: str) -> None:
    assert decoded_words(written) == shown


def test_headers_in_eight_bits_are_read() -> None:
    raw = mail(Subject=None).replace(b"MIME-", "Subject: Işık yok\r\nMIME-".encode("windows-1254"), 1)
    assert read(raw).subject == "Işık yok"


@pytest.mark.parametrize(
    ("value", "sender", "name"),
    [
        ('"Kaya, Deniz" <deniz@example.org>', "deniz@example.org", "Kaya, Deniz"),
        ("=?utf-8?B?xZ5haGluLCBBLg==?= <a@example.org>", "a@example.org", "Şahin, A."),
        ("deniz@example.org", "deniz@example.org", ""),
        ("a@example.org, b@example.org", None, ""),
        ("Deniz", None, ""),
        ("<a b@example.org>", None, ""),
        ("x" * 5_000 + "@example.org", None, ""),
    ],
)
def test_one_sender_or_none(value: str, sender: str | None, name: str) -> None:
    found = read(mail(From=value))
    assert (found.sender, found.sender_name) == (sender, name)


def test_flowed_text_is_put_together() -> None:
    text = "Bu satır \nuzundur.\n-- \nDeniz\n> alıntı \n> devam\n>> eski \n>> daha"
    assert unflowed(text, delsp=False) == "Bu satır uzundur.\n-- \nDeniz\n> alıntı devam\n>> eski daha"
    assert unflowed("uzun \nsöz", delsp=True) == "uzunsöz"
    assert read(mail("Bu satır \nuzundur.", "text/plain; charset=utf-8; format=flowed")).text == "Bu satır uzundur."


def test_of_alternatives_the_plain_one_is_read_if_it_says_anything() -> None:
    rich = ("Content-Type: text/html; charset=utf-8", "<p>Hâlâ <b>soğuk</b>.</p>")
    both = multipart(("Content-Type: text/plain; charset=utf-8", "Düz."), rich, kind="multipart/alternative")
    empty = multipart(("Content-Type: text/plain; charset=utf-8", "  "), rich, kind="multipart/alternative")
    assert (read(both).text, read(empty).text) == ("Düz.", "Hâlâ soğuk.")


def test_of_alternatives_one_that_shows_nothing_is_not_read() -> None:
    unseen = ("Content-Type: text/plain; charset=utf-8", "\u200b\u00a0\ufeff")
    rich = ("Content-Type: text/html; charset=utf-8", "<p>Hâlâ soğuk.</p>")
    assert read(multipart(unseen, rich, kind="multipart/alternative")).text == "Hâlâ soğuk."


@pytest.mark.parametrize(
    "raw",
    [
        mail("Hâlâ soğuk.", "text/plain; charset=utf-8; name=ileti.txt"),
        mail("Hâlâ soğuk.", Content_Disposition="inline; filename=ileti.txt"),
        mail("Hâlâ soğuk.", Content_Disposition="attachment"),
        mail("Hâlâ soğuk.", "text/enriched; charset=utf-8"),
        mail("Hâlâ soğuk.", "multipart/mixed; boundary=nie"),
        mail("Hâlâ soğuk.\n--nie--", "multipart/mixed; boundary=nie"),
        mail("Hâlâ soğuk.", "multipart/mixed"),
    ],
    ids=["a name", "a file name", "attached", "another text", "no boundary comes", "its end alone", "no boundary"],
)
def test_what_is_all_of_a_mail_is_its_text(raw: bytes) -> None:
    found = read(raw)
    assert found.text.startswith("Hâlâ soğuk.")
    assert not found.attachments


def test_parts_of_which_there_is_none_are_no_file() -> None:
    for raw in (mail("", "multipart/mixed; boundary=nie"), mail("", "multipart/alternative")):
        assert (read(raw).text, read(raw).attachments) == ("", ())


def test_what_a_server_wrote_below_a_coded_text_is_read_beside_it() -> None:
    coded = b64encode("Hâlâ soğuk.".encode()).decode()
    said = {"Content_Transfer_Encoding": "base64"}
    assert read(mail(f"{coded}\n\nBu ileti tarandı: temiz.", **said)).text == "Hâlâ soğuk.\n\nBu ileti tarandı: temiz."
    assert read(mail("Kodlanmamış bir metin.", **said)).text == "Kodlanmamış bir metin."
    damaged = f"{coded[:8]}!{coded[8:]}"
    assert read(mail(damaged, **said)).text == "Hâlâ soğuk."
    html = b64encode("<p>Hâlâ soğuk.</p>".encode()).decode()
    assert read(mail(html, "text/html; charset=utf-8", **said)).text == "Hâlâ soğuk."


def test_text_before_and_after_a_picture_is_all_read() -> None:
    text = "Content-Type: text/plain; charset=utf-8"
    found = read(multipart((text, "Önce."), ("Content-Type: image/png; name=a.png", "x" * 100), (text, "Sonra.")))
    assert found.text == "Önce.\n\nSonra."
    assert [file.name for file in found.attachments] == ["a.png"]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Bir</p><p>iki &lt;b&gt; &amp; üç</p>", "Bir\n\niki <b> & üç"),
        ("<div>Bir</div><div><br></div><div>iki</div>", "Bir\n\niki"),
        ("Bir<br>iki<br/>üç", "Bir\niki\nüç"),
        ("<style>p{}</style><script>x</script><title>t</title><p>Bir", "Bir"),
        ("<div style='display:none'>gizli <span>da</span></div>Bir", "Bir"),
        ("<ul><li>a<li>b</ul>", "- a\n- b"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        (
            "<p>Evet.</p><blockquote><p>Soru?</p><blockquote>eski</blockquote></blockquote>",
            "Evet.\n\n> Soru?\n>\n>> eski",
        ),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("bir \n iki   üç", "bir iki üç"),
        ("<p>a</p>\n\n\n\n<p></p><p>b</p>", "a\n\nb"),
        ("<head><style>x</style><body>Bir</body>", "Bir"),
        ("<p>Bir<!-- x", "Bir<!-- x"),
    ],
)
def test_html_is_read_as_a_reader_sees_it(html: str, text: str) -> None:
    assert html_text(html).strip() == text


def test_the_quotation_of_a_page_is_cut() -> None:
    html = (
        '<div dir="ltr">Hâlâ soğuk.</div><br><div class="gmail_quote"><div class="gmail_attr">Hat '
        "&lt;hat@klu.example&gt;, 24 Kas 2026 Sal, 10:15 tarihinde şunu yazdı:<br></div>"
        "<blockquote>Sayın Deniz Kaya</blockquote></div>"
    )
    found = read(mail(html, "text/html; charset=utf-8"))
    assert found.text == "Hâlâ soğuk."
    assert found.quotation.endswith("şunu yazdı:\n\n> Sayın Deniz Kaya")


def test_logos_and_signatures_are_no_files() -> None:
    html = ("Content-Type: text/html; charset=utf-8", '<p>Ekte.</p><img src="cid:logo">')
    logo = ("Content-Type: image/png; name=logo.png\nContent-ID: <logo>", "x" * 100)
    related = parts(html, logo, kind="multipart/related")
    found = read(
        multipart(
            (f"Content-Type: {related[0]}", related[1]),
            ("Content-Type: application/pdf\nContent-Disposition: attachment; filename*=utf-8''%C4%B1s%C4%B1.pdf", "x"),
            ("Content-Type: application/pkcs7-signature; name=smime.p7s", "x"),
            (
                "Content-Type: application/x-pkcs7-signature; name=smime.p7s\n"
                "Content-Disposition: attachment; filename=smime.p7s",
                "x",
            ),
            ("Content-Type: application/pgp-signature\nContent-Disposition: attachment; filename=imza.asc", "x"),
            ("Content-Type: text/calendar; method=REQUEST", "BEGIN:VCALENDAR"),
            ("Content-Type: application/ms-tnef; name=winmail.dat", "x"),
            ("Content-Type: message/rfc822", "Subject: Eski\n\nmerhaba"),
        )
    )
    assert found.text == "Ekte."
    assert [file.name for file in found.attachments] == ["ısı.pdf", "winmail.dat", "Eski.eml"]


def test_a_picture_that_was_sent_is_a_file() -> None:
    large = ("Content-Type: image/png; name=ekran.png\nContent-ID: <a>\nContent-Disposition: inline", "x" * 70_000)
    assert [file.name for file in read(multipart(large)).attachments] == ["ekran.png"]


def test_of_a_very_long_text_the_whole_becomes_a_file() -> None:
    text = "Hâlâ soğuk.\n" * 5_000
    found = read(mail(text))
    assert len(found.text) == LONGEST_TEXT
    assert [(file.name, file.content.decode().strip()) for file in found.attachments] == [(WHOLE_TEXT, text.strip())]


@pytest.mark.parametrize(
    ("text", "language"), [("Kütüphane soğuk.", "tr"), ("The library is cold.", "en"), ("12", None)]
)
def test_its_language_is_that_of_its_words(text: str, language: str | None) -> None:
    assert read(mail(text)).language == language


def test_what_cannot_be_seen_and_forged_lines_are_not_in_a_subject() -> None:
    found = read(mail(Subject="a\u202eb =?utf-8?q?=0D=0ABcc:_x@y?="))
    assert found.subject == "ab Bcc: x@y"


MALFORMED = {
    "empty": b"",
    "no head": b"Merhaba",
    "no body": b"From: a@example.org\r\nSubject: x",
    "binary": bytes(range(256)) * 40,
    "a boundary that never comes": mail("x", "multipart/mixed; boundary=nie"),
    "no boundary": mail("x", "multipart/mixed"),
    "no type": mail("x", ""),
    "a broken type": mail("x", 'text/plain; charset="; x=*=?utf-8?q?'),
    "base64 that is none": mail("!!!!", Content_Transfer_Encoding="base64"),
    "an encoding that is none": mail("Hâlâ", Content_Transfer_Encoding="x-uu"),
    "a report without a report": mail("x", "multipart/report; report-type=delivery-status; boundary=x"),
    "a thousand headers": b"X-A: b\r\n" * 1_000 + mail(),
    "a long header": b"X-A: " + b"b " * 100_000 + b"\r\n" + mail(),
    "many parts": multipart(*[("Content-Type: text/plain", "a")] * 1_000),
    "a name that breaks": multipart(("Content-Type: image/png; name*0*=x''%; name*x=a", "x")),
}


@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED)
@pytest.mark.parametrize("to", [CITIZEN, BACK, HOTLINE], ids=["citizen", "back", "hotline"])
def test_whatever_is_malformed_is_read_as_far_as_it_can_be(raw: bytes, to: Recipient) -> None:
    found = read(raw, to)
    assert found.purpose in ("citizen", "unclear", "new", "automatic")
    assert Understood.model_validate_json(found.model_dump_json()) == found
