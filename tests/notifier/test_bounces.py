"""A letter that comes back: hard or soft, delayed only, or something else that came to its return path."""

import pytest

from services.notifier.domain.bounces import Bounce
from services.notifier.domain.incoming import Understood, understood
from tests.notifier.test_incoming import BACK, CITIZEN, HOTLINE, mail, multipart


def report(
    action: str = "failed", status: str = "5.1.1", said: str = "smtp; 550 5.1.1 No such user", **more: str
) -> bytes:
    """What a mail server of today sends."""
    about = f"Final-Recipient: rfc822; deniz.kaya@example.org\nAction: {action}\nStatus: {status}\n"
    status_part = f"Reporting-MTA: dns; mx.example.org\n\n{about}"
    if said:
        status_part += f"Diagnostic-Code: {said}\n"
    given = {"From": "MAILER-DAEMON@example.org", "Subject": "Undelivered Mail Returned to Sender"} | more
    return multipart(
        ("Content-Type: text/plain", "This is the mail system. I'm sorry."),
        ("Content-Type: message/delivery-status", status_part),
        ("Content-Type: message/rfc822", "Subject: 26-7KX4-9Q\n\nSayin Deniz Kaya"),
        kind="multipart/report; report-type=delivery-status",
        **given,
    )


def read(raw: bytes, sender: str = "") -> Understood:
    return understood(raw, BACK, envelope_sender=sender)


def bounce(raw: bytes, sender: str = "") -> Bounce:
    found = read(raw, sender).bounce
    assert found is not None
    return found


def test_a_report_says_what_the_server_said() -> None:
    found = read(report())
    assert found.purpose == "bounce"
    assert found.bounce == Bounce(action="failed", status="5.1.1", hard=True, reason="550 5.1.1 No such user")


@pytest.mark.parametrize(
    ("status", "said", "hard"),
    [
        ("5.1.1", "smtp; 550 5.1.1 No such user", True),
        ("5.1.10", "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound", True),
        ("5.4.4", "X-Postfix; Host or domain name not found", True),
        ("5.2.1", "smtp; 550 5.2.1 Mailbox disabled", True),
        ("5.0.0", "smtp; 550 User unknown", True),
        ("5.0.0", "smtp; 552 5.2.2 Over quota", False),
        ("5.2.2", "smtp; 552 5.2.2 Mailbox full", False),
        ("4.4.1", "X-Postfix; connect to mx: Connection timed out", False),
        ("4.4.7", "smtp; 400 4.4.7 Message delayed", False),
        ("5.7.1", "smtp; 554 5.7.1 Service unavailable; blocked", False),
        ("5.3.4", "smtp; 552 5.3.4 Message too big", False),
        ("", "", True),
    ],
)
def test_an_address_of_no_use_is_told_from_one_that_may_be_of_use_again(status: str, said: str, hard: bool) -> None:
    found = bounce(report(status=status, said=said))
    assert (found.action, found.hard) == ("failed", hard)


@pytest.mark.parametrize(
    ("status", "said", "reason"),
    [
        ("5.1.1", "", "550 5.1.1"),
        ("4.4.1", "X-Postfix; timed out", "450 4.4.1 timed out"),
        ("5.1.1 (bad)", "smtp; 550-5.1.1 No such\n user", "550-5.1.1 No such user"),
    ],
)
def test_a_reason_begins_with_a_code(status: str, said: str, reason: str) -> None:
    assert bounce(report(status=status, said=said)).reason == reason


def test_a_letter_that_is_late_has_not_failed() -> None:
    found = bounce(report("delayed", "4.4.1", "smtp; 451 4.4.1 later"))
    assert (found.action, found.hard) == ("delayed", False)


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_a_letter_that_arrived_did_not_come_back(action: str) -> None:
    found = read(report(action, "2.0.0", ""))
    assert (found.purpose, found.automatic) == ("automatic", "other")


QMAIL = """Hi. This is the qmail-send program at example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<deniz.kaya@example.org>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 User unknown
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.
"""
EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  deniz.kaya@example.org
    SMTP error from remote mail server after RCPT TO:<deniz.kaya@example.org>:
    host mx.example.org [192.0.2.1]: 550 5.1.1 unknown user
"""
TURKISH = """İletiniz aşağıdaki alıcıya teslim edilemedi:

deniz.kaya@example.org

Uzak sunucu yanıtı: 550 5.1.1 Böyle bir kullanıcı yok
"""
OLDER = {
    "qmail": mail(QMAIL, From="MAILER-DAEMON@example.org", Subject="failure notice"),
    "exim": mail(EXIM, From="Mail Delivery System <Mailer-Daemon@example.org>", Subject="Mail delivery failed"),
    "turkish": mail(TURKISH, From="Postmaster <postmaster@example.org>", Subject="Teslim edilemedi: 26-7KX4-9Q"),
    "words alone": mail("user unknown: deniz", From="MAILER-DAEMON@example.org", Subject="Returned mail"),
    "exchange, broken": mail(
        "Diagnostic information for administrators:\n#550 5.1.10 RESOLVER.ADR.RecipientNotFound ##",
        From="Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.org>",
        Subject="Undeliverable: 26-7KX4-9Q",
        Auto_Submitted="auto-replied",
    ),
}


@pytest.mark.parametrize("raw", OLDER.values(), ids=OLDER)
def test_servers_that_write_no_reports_are_understood(raw: bytes) -> None:
    found = bounce(raw)
    assert (found.action, found.hard) == ("failed", True)
    assert found.status in ("5.1.1", "5.1.10")


def test_a_full_mailbox_is_soft_whoever_says_it() -> None:
    raw = mail("Posta kutusu dolu.", From="postmaster@example.org", Subject="İletilemedi: 26-7KX4-9Q")
    assert (bounce(raw).status, bounce(raw).hard) == ("5.2.2", False)


def test_a_warning_is_no_failure() -> None:
    raw = mail(
        "Will be retried. 451 4.4.1", From="MAILER-DAEMON@example.org", Subject="Warning: could not be delivered yet"
    )
    assert bounce(raw).action == "delayed"


@pytest.mark.parametrize(
    "raw",
    [
        mail(
            "24-30 Kasım arasında yıllık izindeyim.",
            Subject="Otomatik yanıt: 26-7KX4-9Q",
            Auto_Submitted="auto-replied",
        ),
        mail(
            "I am out of office until Monday, call 0288 550 12 34.",
            Subject="Automatic reply",
            Auto_Submitted="auto-replied",
        ),
        mail("I am on vacation. 550 5.1.1", Subject="Out of office", Precedence="bulk"),
    ],
)
@pytest.mark.parametrize("sender", ["", "deniz.kaya@example.org"])
def test_somebody_who_is_away_has_got_the_letter(raw: bytes, sender: str) -> None:
    found = read(raw, sender)
    assert (found.purpose, found.automatic, found.bounce) == ("automatic", "out_of_office", None)


@pytest.mark.parametrize(
    "raw",
    [
        mail("Hâlâ soğuk."),
        mail("Bana 'Undeliverable: 550 5.1.1 User unknown' diye bir mail geldi, ne demek?"),
        mail(TURKISH),
    ],
)
def test_a_person_who_writes_to_a_return_path_is_no_failure(raw: bytes) -> None:
    assert read(raw, "deniz.kaya@example.org").purpose == "unclear"


@pytest.mark.parametrize("to", [CITIZEN, HOTLINE])
def test_a_report_elsewhere_belongs_to_no_letter(to: object) -> None:
    found = understood(report(), to, envelope_sender="")  # type: ignore[arg-type]
    assert (found.purpose, found.bounce) == ("automatic", None)


@pytest.mark.parametrize(
    ("status", "said", "code", "hard"),
    [
        ("5.0.0", "smtp; 554 Spam detected", "5.7.1", False),
        ("5.0.0", "smtp; 552 Message size exceeds fixed limit", "5.3.4", False),
        ("5.0.0 (recipient reached disk quota)", "", "5.2.2", False),
        ("5.7.1", "smtp; 550 5.7.1 No such user", "5.1.1", True),
        ("5.7.1", "smtp; 554 5.7.1 Recipient address rejected: Access denied", "5.7.1", False),
    ],
)
def test_a_code_that_servers_give_for_anything_counts_less_than_the_words(
    status: str, said: str, code: str, hard: bool
) -> None:
    found = bounce(report(status=status, said=said))
    assert (found.status, found.hard) == (code, hard)


@pytest.mark.parametrize(
    ("action", "status", "expected"),
    [
        ("failed (Bad destination mailbox address)", "5.1.1", "failed"),
        ("error", "5.0.0", "failed"),
        ("expired", "4.4.7", "delayed"),
    ],
)
def test_an_action_that_no_standard_has_goes_by_its_code(action: str, status: str, expected: str) -> None:
    assert bounce(report(action=action, status=status)).action == expected


def test_a_report_about_an_address_beyond_ascii_is_read() -> None:
    raw = report(said="smtp; 552 5.2.2 Full", status="5.2.2")
    found = bounce(raw.replace(b"message/delivery-status", b"message/global-delivery-status"))
    assert (found.action, found.status, found.hard) == ("failed", "5.2.2", False)


def test_a_report_that_names_no_recipient_is_read_by_its_words() -> None:
    raw = report(said="").replace(b"Action: failed\r\nStatus: 5.1.1\r\n", b"")
    assert bounce(raw).action == "failed"


def test_words_of_the_letter_are_not_those_of_the_server() -> None:
    letter = "\n------ This is a copy of the message ------\n\nMessage-ID: <m1>\n\nspam, quota, henüz iletilmedi"
    raw = mail(EXIM + letter, From="Mailer-Daemon@example.org", Subject="Mail delivery failed")
    assert (bounce(raw).action, bounce(raw).status) == ("failed", "5.1.1")


def test_a_report_that_a_person_attaches_is_theirs() -> None:
    attached = multipart(
        ("Content-Type: text/plain", "Bana bu geldi."),
        ("Content-Type: message/rfc822", report().decode().replace("\r\n", "\n")),
    )
    assert read(attached, "deniz.kaya@example.org").purpose == "unclear"


@pytest.mark.parametrize("subject", ["Teslim edilemeyen diplomam", "Undelivered Mail Returned to Sender"])
def test_a_report_that_a_person_attaches_is_theirs_whatever_they_write_above_it(subject: str) -> None:
    passed_on = multipart(
        ("Content-Type: text/plain; charset=utf-8", "Bana bu geldi."),
        ("Content-Type: message/rfc822", report().decode()),
        Subject=subject,
    )
    person = {"envelope_sender": "deniz.kaya@example.org"}
    purposes = [understood(passed_on, to, **person).purpose for to in (BACK, CITIZEN, HOTLINE)]
    assert purposes == ["unclear", "citizen", "new"]


def test_a_report_that_does_not_say_of_which_kind_it_is_goes_by_its_parts() -> None:
    text = "Delivery failed permanently:\n\n* deniz.kaya@example.org\n\n553 5.3.0 No such user here"
    parts = [("Content-Type: text/plain", text), ("Content-Type: message/rfc822", "Subject: 26-7KX4-9Q\n\nSayin")]
    given = {"From": "Mail Delivery System <mds@example.org>", "Subject": "Delivery status notification"}
    assert bounce(multipart(*parts, kind="multipart/report", **given)).hard
    parts.append(("Content-Type: message/disposition-notification", "Disposition: automatic-action; displayed"))
    assert read(multipart(*parts, kind="multipart/report", **given)).purpose == "automatic"


def test_a_server_says_under_a_name_of_its_own_that_a_letter_came_back() -> None:
    raw = mail(EXIM, From="ndr@example.org", Subject="Mail delivery failed: returning message to sender")
    assert bounce(raw, "ndr@example.org").action == "failed"
    passed_on = raw.replace(b"Subject: ", b"Subject: FW: ")
    assert read(passed_on, "deniz.kaya@example.org").purpose == "unclear"
