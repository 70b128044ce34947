"""What people write with their mail programs: each text with each program that can write it. 60 mails."""

from collections.abc import Callable, Iterator

from tests.notifier.corpus.bounces import TO, UNKNOWN, postfix
from tests.notifier.corpus.made import ENCODED, US, Sample, mail, multi, single

TEXTS = {
    "short": "Hâlâ soğuk.",
    "two lines": "Merhaba,\n\nyurdun 3. katında kaloriferler hâlâ yanmıyor.\n\nİyi çalışmalar\nDeniz Kaya",
    "leave": "Sayın yetkili, yıllık izindeyken yazdım; 24.11.2026 10:15'te de kimse gelmedi.",
    "bounced": "Bana 'Undeliverable: 550 5.1.1 User unknown' diye bir ileti geldi, iletilemedi diyor. Ne yapmalıyım?",
    "from": "Kimden: kime belli değil\nKime: sorayım?\n\nKonu şu: ısıtma yok.",
    "wrote": "Müdür bana şunu yazdı:\nBugün gelmeyin.\n\nBen de gelmedim.",
    "list": "Üç konu:\n- ısıtma\n- ışık\n- su\n\n> işareti koymadım,\nkendiliğinden çıktı.",
    "english": "Dear Sir or Madam,\n\nthe heating is still off. I wrote to you on Monday:\nno answer.\n\nKind regards,\nDeniz",
    "unit": "İlgi talep incelenmiştir. Arıza 25.11.2026 tarihinde giderilecektir.\n\nBilgilerinize arz ederim.\nYapı İşleri",
    "thanks": "Teşekkür ederim.",
}
QUOTED = "Sayın Deniz Kaya,\n\nbaşvurunuz alınmıştır. Takip numaranız: 26-7KX4-9Q\n\n-- \n7/24 KLU Hat"
HTML_QUOTED = "<p>Sayın Deniz Kaya,</p><p>başvurunuz alınmıştır. Takip numaranız: 26-7KX4-9Q</p><p>7/24 KLU Hat</p>"
US_NAMED = "7/24 KLU Hat <hat@klu.example>"


def _quoted(text: str = QUOTED) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>\n")


def _both(plain: str, html: str) -> str:
    return multi("alternative", single(plain), single(f"<html><body>{html}</body></html>", "text/html; charset=utf-8"))


def gmail_tr(said: str) -> str:
    on = "7/24 KLU Hat <hat@klu.example>, 24 Kas 2026 Sal, 10:15\ntarihinde şunu yazdı:"
    return _both(
        f"{said}\n\n{on}\n\n{_quoted()}",
        f'<div dir="ltr">{_html(said)}</div><br><div class="gmail_quote">{_html(on)}'
        f"<br><blockquote>{HTML_QUOTED}</blockquote></div>",
    )


def gmail_en(said: str) -> str:
    on = f"On Tue, Nov 24, 2026 at 10:15 AM {US_NAMED} wrote:"
    return _both(
        f"{said}\n\n{on}\n\n{_quoted()}", f"<div>{_html(said)}</div>{_html(on)}<blockquote>{HTML_QUOTED}</blockquote>"
    )


def outlook_tr(said: str) -> str:
    head = f"Kimden: {US_NAMED} \nGönderildi: 24 Kasım 2026 Salı 10:15\nKime: Deniz Kaya <{TO}>\nKonu: 26-7KX4-9Q numaralı başvurunuz alındı"
    return single(f"{said}\n\n{head}\n\n{QUOTED}")


def outlook_en(said: str) -> str:
    head = f"From: {US_NAMED}\nSent: Tuesday, November 24, 2026 10:15 AM\nTo: Deniz Kaya <{TO}>\nSubject: 26-7KX4-9Q"
    return single(f"{said}\n\n-----Original Message-----\n{head}\n\n{QUOTED}")


def outlook_html(said: str) -> str:
    """Outlook for Windows, HTML alone, as it writes it."""
    paragraphs = "".join(f'<p class="MsoNormal">{_html(line) or "<o:p>&nbsp;</o:p>"}</p>' for line in said.split("\n"))
    head = (
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>Kimden:</b> '
        f"{_html(US_NAMED)}<br><b>Gönderme Tarihi:</b> 24 Kasım 2026 Salı 10:15<br><b>Kime:</b> Deniz Kaya<br>"
        "<b>Konu:</b> 26-7KX4-9Q numaralı başvurunuz alındı</p></div>"
    )
    html = f'<html><head><style>p.MsoNormal {{margin:0}}</style></head><body><div class="WordSection1">{paragraphs}{head}{HTML_QUOTED}</div></body></html>'
    return single(html, "text/html; charset=utf-8")


def outlook_web(said: str) -> str:
    """Outlook on the web, with its rule before the header."""
    head = f"________________________________\nKimden: {US_NAMED}\nGönderildi: 24 Kasım 2026 Salı 10:15\nKime: Deniz Kaya\nKonu: 26-7KX4-9Q"
    return single(f"{said}\n\n{head}\n\n{QUOTED}")


def apple_tr(said: str) -> str:
    on = f"{US_NAMED} şunları yazdı (24 Kas 2026 10:15):"
    return single(f"{said}\n\n> {on}\n> \n{_quoted()}")


def apple_en(said: str) -> str:
    return single(f"{said}\n\n> On 24 Nov 2026, at 10:15, {US_NAMED} wrote:\n> \n{_quoted()}")


def iphone(said: str) -> str:
    return single(
        f"{said}\n\niPhone’umdan gönderildi\n\n> {US_NAMED} şunları yazdı (24 Kas 2026 10:15):\n> \n> ﻿\n{_quoted()}"
    )


def samsung(said: str) -> str:
    head = f"-------- Orijinal mesaj --------\nKimden: {US_NAMED}\nTarih: 24.11.2026 10:15 (GMT+03:00)\nAlıcı: {TO}\nKonu: 26-7KX4-9Q"
    return single(f"{said}\n\n\nGalaxy cihazımdan gönderildi\n\n{head}\n\n{QUOTED}")


def yandex(said: str) -> str:
    return single(f'{said}\n\n24.11.2026, 10:15, "7/24 KLU Hat" <hat@klu.example>:\n{_quoted()}')


def yahoo(said: str) -> str:
    indented = "\n".join(f"    {line}".rstrip() for line in QUOTED.split("\n"))
    return single(f"{said}\n\n    24 Kasım 2026 Salı 10:15:22 GMT+3 tarihinde, {US_NAMED} şunu yazdı:\n\n{indented}")


def thunderbird(said: str) -> str:
    """At the top is what it quotes, and the answer below."""
    return single(
        f"24.11.2026 10:15 tarihinde 7/24 KLU Hat yazdı:\n{_quoted()}\n\n{said}",
        "text/plain; charset=utf-8; format=flowed",
    )


def windows_1254(said: str) -> str:
    return single(f"{said}\n\n-- \nDeniz Kaya\nKırklareli", "text/plain; charset=windows-1254")


def nothing_quoted(said: str) -> str:
    return single(said)


def with_file(said: str) -> str:
    return multi(
        "mixed",
        single(f"{said}\n\n{US_NAMED}, 24 Kas 2026 Sal, 10:15 tarihinde şunu yazdı:\n\n{_quoted()}"),
        "Content-Type: image/jpeg; name=kat3.jpg\nContent-Disposition: attachment; filename=kat3.jpg\nContent-Transfer-Encoding: base64\n\n/9j/4AAQ",
    )


PROGRAMS: dict[Callable[[str], str], tuple[str, ...]] = {
    gmail_tr: ("short", "two lines", "leave", "bounced", "from", "wrote"),
    gmail_en: ("english", "list", "short"),
    outlook_tr: ("short", "two lines", "unit", "wrote", "list"),
    outlook_en: ("english", "thanks"),
    outlook_html: ("two lines", "unit", "bounced", "thanks"),
    outlook_web: ("two lines", "from", "unit"),
    apple_tr: ("two lines", "leave"),
    apple_en: ("english", "list"),
    iphone: ("short", "bounced", "thanks"),
    samsung: ("two lines", "thanks", "wrote"),
    yandex: ("two lines", "from"),
    yahoo: ("two lines", "english"),
    thunderbird: ("two lines", "english"),
    windows_1254: ("two lines", "unit", "list"),
    nothing_quoted: ("short", "bounced", "from", "wrote", "list"),
    with_file: ("short", "two lines"),
}
GMAIL = f"{US_NAMED}, 24 Kas 2026 Sal, 10:15 tarihinde şunu yazdı:"
BETWEEN = {
    # Written between the lines that are quoted: the whole is what was said.
    "inline": f"{GMAIL}\n\n> Hangi kattaydınız?\n\nÜçüncü kattaydım.\n\n> Saat kaçtı?\n\n14.30 gibiydi.",
    "inline, greeting": f"Merhaba,\n\n{GMAIL}\n> Hangi kattaydınız?\nÜçüncü kattaydım.\n> Saat kaçtı?\n14.30.",
    "inline, en": "On Tue, Nov 24, 2026 at 10:15 AM KLU <hat@klu.example> wrote:\n> Which floor?\nThe third.\n> When?\nAt 14:30.",
    "in red": f"Cevaplarımı aşağıda kırmızı ile yazdım.\n\nKimden: {US_NAMED}\nGönderildi: Salı\nKime: Deniz\nKonu: Re\n\nHangi kat? Üçüncü.",
    "forwarded": "Bilginize.\n\n---------- Forwarded message ---------\nFrom: Rektörlük <r@klu.example>\nDate: Salı\nSubject: Duyuru\n\nDerslik değişti.",
    "forwarded, apple": "Bunu da ekliyorum.\n\nİletilen iletinin başlangıcı:\n\nKimden: Rektörlük\nKonu: Duyuru\nTarih: 24 Kasım\n\nDerslik değişti.",
}


def _person(name: str, subject: str, body: str, said: str, charset: str = "utf-8") -> Sample:
    head = f"From: =?utf-8?Q?Deniz_Kaya?= <{TO}>\nTo: {US}\nSubject: {subject}\nDate: Wed, 25 Nov 2026 09:00:00 +0300\nIn-Reply-To: <m1.receipt@klu.example>"
    return Sample(name, mail(head, body, charset), "person", TO, said=said)


def people() -> Iterator[Sample]:
    """Answers, and what looks like the mail of a machine and is none."""
    for program, texts in PROGRAMS.items():
        for text in texts:
            charset = "cp1254" if program is windows_1254 else "utf-8"
            yield _person(f"{program.__name__}: {text}", f"Re: {ENCODED}", program(TEXTS[text]), TEXTS[text], charset)
    for name, text in BETWEEN.items():
        yield _person(name, f"Ynt: {ENCODED}", single(text), text)
    bounce = postfix(UNKNOWN).decode().replace("\r\n", "\n").replace("=_b0undary", "=_inner")
    attached = multi("mixed", single(TEXTS["bounced"]), f"Content-Type: message/rfc822\n\n{bounce}")
    yield _person("a report attached", "FW: Undelivered Mail Returned to Sender", attached, TEXTS["bounced"])
    text = bounce.partition("text/plain")[2].partition("\n\n")[2].partition("--=_inner")[0]
    pasted = f"{TEXTS['bounced']}\n\n{text}".strip()
    yield _person("a report pasted", "FW: Undelivered Mail Returned to Sender", single(pasted), pasted)
    yield _person("a report's subject", "Re: Undeliverable: 26-7KX4-9Q", single(TEXTS["bounced"]), TEXTS["bounced"])
    yield _person("of an automatic reply", "Re: Automatic reply: 26-7KX4-9Q", gmail_tr(TEXTS["short"]), TEXTS["short"])
    yield _person(
        "of leave", "=?utf-8?Q?Y=C4=B1ll=C4=B1k_iznim_hakk=C4=B1nda?=", single(TEXTS["leave"]), TEXTS["leave"]
    )
