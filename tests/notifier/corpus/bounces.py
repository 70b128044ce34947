"""Letters that come back, as the mail servers write it: 100 mails."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.notifier.corpus.made import BODY, DATE, ENCODED, LETTER, SUBJECT, US, Sample, mail, multi, single

TO = "deniz.kaya@example.org"


@dataclass(frozen=True)
class Reason:
    """What happened to a letter: ``code`` and ``status`` of SMTP, and what the server beyond said."""

    name: str
    code: int
    status: str
    said: str
    hard: bool = False
    delayed: bool = False

    @property
    def line(self) -> str:
        return f"{self.code} {self.status} {self.said}"

    @property
    def action(self) -> str:
        return "delayed" if self.delayed else "failed"


UNKNOWN = Reason("unknown", 550, "5.1.1", f"<{TO}>: Recipient address rejected: User unknown", hard=True)
DISABLED = Reason("disabled", 550, "5.2.1", "The email account that you tried to reach is disabled.", hard=True)
HOST = Reason("host", 550, "5.4.4", "Host or domain name not found. Name service error for name=example.org", hard=True)
FULL = Reason("full", 552, "5.2.2", "Mailbox is full / Posta kutusu dolu")
SPAM = Reason("spam", 554, "5.7.1", "Message rejected as spam by content filtering")
LARGE = Reason("large", 552, "5.3.4", "Message size exceeds fixed limit")
EXPIRED = Reason("expired", 451, "4.4.7", "retry timeout exceeded")
LATE = Reason("late", 451, "4.4.1", "connect to mx.example.org[192.0.2.1]:25: Connection timed out", delayed=True)
GREY = Reason("grey", 450, "4.2.0", "Greylisted, please try again later", delayed=True)

Server = Callable[[Reason], bytes]


def _head(sender: str, subject: str, *more: str) -> str:
    return "\n".join([f"From: {sender}", f"To: {US}", f"Subject: {subject}", f"Date: {DATE}", *more])


def _report(head: str, text: str, status: str, letter: str = LETTER + BODY, kind: str = "rfc822") -> bytes:
    body = multi(
        "report; report-type=delivery-status",
        single(text),
        f"Content-Type: message/delivery-status\n\n{status}",
        f"Content-Type: {'text/rfc822-headers' if kind == 'headers' else 'message/rfc822'}\n\n{letter}",
    )
    return mail(head, body)


def _status(why: Reason, mta: str = "mx.klu.example", kind: str = "smtp") -> str:
    return (
        f"Reporting-MTA: dns; {mta}\nArrival-Date: {DATE}\n\nFinal-Recipient: rfc822; {TO}\n"
        f"Original-Recipient: rfc822;{TO}\nAction: {why.action}\nStatus: {why.status}\n"
        f"Remote-MTA: dns; mx.example.org\nDiagnostic-Code: {kind}; {why.line}\n"
    )


def postfix(why: Reason, kind: str = "rfc822") -> bytes:
    subject = "Delayed Mail (still being retried)" if why.delayed else "Undelivered Mail Returned to Sender"
    head = _head("MAILER-DAEMON@mx.klu.example (Mail Delivery System)", subject, "Auto-Submitted: auto-replied")
    text = (
        "This is the mail system at host mx.klu.example.\n\n"
        + (
            "####################################################################\n"
            "# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #\n"
            "####################################################################\n\n"
            "Your message could not be delivered for more than 4 hour(s).\nIt will be retried until it is 5 day(s) old.\n"
            if why.delayed
            else "I'm sorry to have to inform you that your message could not\n"
            "be delivered to one or more recipients. It's attached below.\n"
        )
        + f"\n<{TO}>: host mx.example.org[192.0.2.1] said: {why.line} (in reply to RCPT TO command)\n"
    )
    return _report(head, text, _status(why), LETTER if kind == "headers" else LETTER + BODY, kind)


def postfix_headers(why: Reason) -> bytes:
    return postfix(why, "headers")


def postfix_global(why: Reason) -> bytes:
    """RFC 6533, as servers with SMTPUTF8 write it."""
    return (
        postfix(why)
        .replace(b"message/delivery-status", b"message/global-delivery-status")
        .replace(b"rfc822; deniz.kaya", "utf-8; denizçkaya".encode())
    )


def exchange(why: Reason, turkish: bool = False) -> bytes:
    """Exchange Online; its text is HTML alone in an alternative."""
    if turkish:
        subject = f"=?utf-8?Q?Teslim_{'Gecikti' if why.delayed else 'Edilemedi'}:_?= {ENCODED}"
        text = (
            f"<p>{TO} adresine gönderilen ileti {'gecikti' if why.delayed else 'teslim edilemedi'}.</p>"
            f"<p>Yöneticiler için tanılama bilgileri:</p><p>Oluşturan sunucu: AM0PR08.eurprd08.prod.outlook.com</p>"
        )
    else:
        subject = f"{'Delivery delayed:' if why.delayed else 'Undeliverable:'} {ENCODED}"
        text = (
            f"<p>Your message to {TO} {'is delayed' if why.delayed else 'couldn’t be delivered'}.</p>"
            "<p>Diagnostic information for administrators:</p><p>Generating server: AM0PR08.eurprd08.prod.outlook.com</p>"
        )
    head = _head(
        '"Microsoft Outlook" <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.org>',
        subject,
        "Content-Language: tr-TR",
        "Auto-Submitted: auto-replied",
        f"X-MS-Exchange-Message-Is-Ndr: {why.line[:3]}",
    )
    status = (
        f"Reporting-MTA: dns;AM0PR08MB3251.eurprd08.prod.outlook.com\nReceived-From-MTA: dns;mx.klu.example\n\n"
        f"Final-Recipient: rfc822;{TO}\nAction: {why.action}\nStatus: {why.status}\nDiagnostic-Code: smtp;{why.line}\n"
        "X-Display-Name: Deniz Kaya\n"
    )
    text += f"<p>{TO}<br>Remote Server returned '{why.line}'</p>"
    body = multi(
        "report; report-type=delivery-status",
        multi("alternative", single(f"<html><body>{text}</body></html>", "text/html; charset=utf-8"), mark="_000_"),
        f"Content-Type: message/delivery-status\n\n{status}",
        f"Content-Type: message/rfc822\n\n{LETTER}{BODY}",
    )
    return mail(head, body)


def exchange_tr(why: Reason) -> bytes:
    return exchange(why, turkish=True)


def exchange_2003(why: Reason) -> bytes:
    """Reports of old servers have no code in the part for machines, and an own one in the text."""
    text = (
        "Your message did not reach some or all of the intended recipients.\n\n"
        f"      Subject:  {SUBJECT}\n      Sent:     24.11.2026 10:15\n\n"
        "The following recipient(s) could not be reached:\n\n"
        f"      {TO} on 24.11.2026 10:16\n            {why.said}\n            <mail.klu.example #{why.status} smtp;{why.line}>\n"
    )
    return _report(
        _head("System Administrator <postmaster@example.org>", f"Undeliverable: {ENCODED}"), text, _status(why)
    )


def gmail(why: Reason, turkish: bool = False) -> bytes:
    kind = "Delay" if why.delayed else "Failure"
    head = _head(
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        f"Delivery Status Notification ({kind})",
        "Auto-Submitted: auto-replied",
        f"X-Failed-Recipients: {TO}",
        "References: <m1.receipt@klu.example>",
    )
    if turkish:
        text = f"** {'Teslimat tamamlanmadı' if why.delayed else 'Adres bulunamadı'} **\n\n{TO} adresine iletiniz " + (
            "teslim edilirken geçici bir sorun oluştu. Gmail 46 saat daha deneyecek."
            if why.delayed
            else "teslim edilemedi. Adreste yazım hatası olup olmadığını denetleyin."
        )
    else:
        text = f"** {'Delivery incomplete' if why.delayed else 'Address not found'} **\n\n" + (
            f"There was a temporary problem delivering your message to {TO}. Gmail will retry for 46 more hours."
            if why.delayed
            else f"Your message wasn't delivered to {TO} because the address couldn't be found."
        )
    text += f"\n\nThe response from the remote server was:\n{why.line}\n"
    html = single(f"<html><body><p>{text}</p></body></html>", "text/html; charset=UTF-8")
    body = multi(
        "report; report-type=delivery-status",
        multi(
            "related",
            multi("alternative", single(text, "text/plain; charset=UTF-8"), html, mark="alt"),
            "Content-Type: image/png; name=icon.png\nContent-ID: <icon.png>\nContent-Disposition: attachment\n\niVBORw0K",
            mark="rel",
        ),
        f"Content-Type: message/delivery-status\n\n{_status(why, 'googlemail.com')}",
        f"Content-Type: message/rfc822\n\n{LETTER}{BODY}",
    )
    return mail(head, body)


def gmail_tr(why: Reason) -> bytes:
    return gmail(why, turkish=True)


def yandex(why: Reason) -> bytes:
    head = _head(
        "mailer-daemon@yandex.ru",
        "=?utf-8?B?0J3QtdC00L7RgdGC0LDQstC70LXQvdC90L7QtSDRgdC+0L7QsdGJ0LXQvdC40LU=?=",
        "Auto-Submitted: auto-replied",
        "X-Yandex-Forward: 7a1",
    )
    text = (
        "Это письмо отправлено почтовым сервером yandex.ru.\n\nК сожалению, мы вынуждены сообщить Вам о том, что Ваше письмо "
        "не может\nбыть отправлено одному или нескольким адресатам.\n\n"
        "This is the mail system at host forward501p.mail.yandex.net.\n\nYour message could not be delivered.\n\n"
        f"<{TO}>: host mx.example.org said: {why.line} (in reply to end of DATA command)\n"
    )
    return _report(head, text, _status(why, "forward501p.mail.yandex.net"))


def sendmail(why: Reason) -> bytes:
    subject = (
        "Warning: could not send message for past 4 hours"
        if why.delayed
        else "Returned mail: see transcript for details"
    )
    head = _head(
        "Mail Delivery Subsystem <MAILER-DAEMON@mail.metu.example>",
        subject,
        f"Auto-Submitted: auto-generated ({'warning-timeout' if why.delayed else 'failure'})",
    )
    text = (
        (
            "    **********************************************\n    **      THIS IS A WARNING MESSAGE ONLY      **\n"
            "    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **\n    **********************************************\n\n"
            if why.delayed
            else ""
        )
        + f"The original message was received at {DATE}\nfrom mx.klu.example [192.0.2.9]\n\n"
        f"   ----- The following addresses had {'transient non-fatal' if why.delayed else 'permanent fatal'} errors -----\n"
        f"<{TO}>\n    (reason: {why.line})\n\n   ----- Transcript of session follows -----\n"
        f"... while talking to mx.example.org.:\n>>> RCPT To:<{TO}>\n<<< {why.line}\n"
    )
    return _report(head, text, _status(why, "mail.metu.example", "SMTP"), LETTER, "headers")


def exim(why: Reason) -> bytes:
    subject = (
        "Warning: message 1kX7Ya-0003Bq-Vd delayed 24 hours"
        if why.delayed
        else "Mail delivery failed: returning message to sender"
    )
    head = _head(
        "Mail Delivery System <Mailer-Daemon@cp12.example.com.tr>",
        subject,
        "Auto-Submitted: auto-replied",
        f"X-Failed-Recipients: {TO}" if not why.delayed else "X-Exim: 1",
    )
    text = (
        "This message was created automatically by mail delivery software.\n\n"
        + (
            "A message that you sent has not yet been delivered to one or more of its\n"
            "recipients after more than 24 hours on the queue on cp12.example.com.tr.\n\n"
            f"The address to which the message has not yet been delivered is:\n\n  {TO}\n    {why.line}\n\n"
            "No action is required on your part. Delivery attempts will continue for\nsome time, and this warning may be "
            "repeated at intervals."
            if why.delayed
            else "A message that you sent could not be delivered to one or more of its\n"
            f"recipients. This is a permanent error. The following address(es) failed:\n\n  {TO}\n"
            f"    host mx.example.org [192.0.2.1]\n    SMTP error from remote mail server after RCPT TO:<{TO}>:\n    {why.line}"
        )
        + f"\n\n------ This is a copy of the message, including all the headers. ------\n\n{LETTER}{BODY}"
    )
    return mail(head, "\n" + text)


def exim_report(why: Reason) -> bytes:
    return _report(
        _head(
            "Mail Delivery System <Mailer-Daemon@cp12.example.com.tr>",
            "Mail delivery failed",
            "Auto-Submitted: auto-replied",
        ),
        f"A message that you sent could not be delivered.\n\n  {TO}\n    {why.line}",
        _status(why),
    )


def qmail(why: Reason) -> bytes:
    """As at several hosting companies (Plesk). It knows no warnings."""
    text = (
        "Hi. This is the qmail-send program at linux12.example.com.tr.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        f"This is a permanent error; I've given up. Sorry it didn't work out.\n\n<{TO}>:\n"
        f"192.0.2.1 does not like recipient.\nRemote host said: {why.line}\nGiving up on 192.0.2.1.\n\n"
        f"--- Below this line is a copy of the message.\n\nReturn-Path: <{US}>\n{LETTER}{BODY}"
    )
    return mail(_head("MAILER-DAEMON@linux12.example.com.tr", "failure notice"), "\n" + text)


def mailenable(why: Reason) -> bytes:
    text = (
        "MailEnable: Message could not be delivered to some recipients.\n"
        f"The following recipient(s) could not be reached:\n\n\tRecipient: [SMTP:{TO}]\n\tReason: {why.line}\n\n\n"
        f"Message headers follow:\n\n{LETTER}"
    )
    return mail(
        _head(
            "Postmaster <postmaster@example.com.tr>", "Message Delivery Failure", "X-Mailer: MailEnable Professional"
        ),
        single(text, "text/plain; charset=us-ascii"),
    )


def mdaemon(why: Reason) -> bytes:
    text = (
        "The attached message had PERMANENT fatal delivery errors!\n\nAfter one or more unsuccessful delivery attempts the "
        "attached message has been removed from the mail queue on this server.\n\n"
        f"--- Session Transcript ---\n --> RCPT To:<{TO}>\n <-- {why.line}\n --- End Transcript ---\n"
    )
    return mail(
        _head(
            "MDaemon at example.com.tr <MDaemon@example.com.tr>", "Permanent Delivery Failure", "X-Actual-From: MDaemon"
        ),
        multi("mixed", single(text, "text/plain; charset=us-ascii"), f"Content-Type: message/rfc822\n\n{LETTER}{BODY}"),
    )


def domino(why: Reason) -> bytes:
    text = f"Your message\n\n  Subject: {SUBJECT}\n\nwas not delivered to:\n\n  {TO}\n\nbecause:\n\n  {why.line}\n"
    subject = "DELIVERY FAILURE: User deniz.kaya (deniz.kaya@example.org) not listed in Domino Directory"
    return _report(_head("Postmaster@example.com.tr", subject), text, _status(why, kind="X-Notes"))


def hmailserver(why: Reason) -> bytes:
    text = (
        "Your message did not reach some or all of the intended recipients.\n\n"
        f"   Sent: {DATE}\n   Subject: {SUBJECT}\n\nThe following recipient(s) could not be reached:\n\n{TO}\n"
        f"   Error Type: SMTP\n   Remote server (192.0.2.1) issued an error.\n   hMailServer sent: RCPT TO:<{TO}>\n"
        f"   Remote server replied: {why.line}\n\nhMailServer\n"
    )
    return mail(_head("mailer-daemon@mail.example.com.tr", f"Message undeliverable: {ENCODED}"), single(text))


def smartermail(why: Reason) -> bytes:
    text = (
        f"Could not deliver message to the following recipient(s):\n\nFailed Recipient: {TO}\n"
        f"Reason: Remote host said: {why.line}\n\n   -- The header and top 20 lines of the message follows --\n\n{LETTER}"
    )
    return mail(_head("System Administrator <postmaster@example.com.tr>", "Delivery Failure"), single(text))


def turkish(why: Reason, charset: str = "iso-8859-9") -> bytes:
    """A provider's own text (as Superonline, TTNET and Turkcell had them), in the charset of those years."""
    subject = "Mesajiniz gecikti" if why.delayed else "Mesajiniz iletilemedi"
    reason = {
        "unknown": "Böyle bir kullanıcı yok.",
        "full": "Alıcının posta kutusu dolu.",
        "disabled": "Hesap kapatılmıştır.",
        "host": "Alan adı bulunamadı.",
        "late": "Sunucuya bağlanılamıyor, tekrar denenecek.",
        "spam": "İleti reddedildi.",
    }[why.name]
    text = (
        f"Sayın kullanıcımız,\n\naşağıdaki alıcıya gönderdiğiniz mesaj {'henüz iletilemedi' if why.delayed else 'iletilemedi'}:\n\n"
        f"    {TO}\n\nSebep: {reason}\nSunucu yanıtı: {why.line}\n\nSaygılarımızla\n"
    )
    return mail(
        _head("Posta Sistemi <postmaster@mail.example.net.tr>", subject),
        single(text, f"text/plain; charset={charset}"),
        charset,
    )


def turkish_bare(why: Reason) -> bytes:
    """Without a code, in windows-1254 that is called us-ascii."""
    return (
        turkish(why, "cp1254")
        .replace(b"charset=cp1254", b"charset=us-ascii")
        .replace(b"Sunucu yan\xfdt\xfd: " + why.line.encode("cp1254") + b"\r\n", b"")
    )


def turkish_report(why: Reason) -> bytes:
    """Zimbra of a university with a Turkish text."""
    text = f"{TO} adresine gönderdiğiniz ileti teslim edilemedi.\n\n{why.line}"
    return _report(
        _head(
            "MAILER-DAEMON@posta.universite.example (Posta Sistemi)",
            "=?iso-8859-9?q?Teslim_edilemeyen_ileti_g=F6nderene_iade_edildi?=",
        ),
        text,
        _status(why),
    )


def courier(why: Reason) -> bytes:
    text = (
        f"This is a delivery status notification from mail.example.com.tr,\nrunning the Courier mail server, version 1.0.\n\n"
        f"The original message was received on {DATE}\n\nUNDELIVERABLE MAIL\n\n"
        f"Your message to the following recipients cannot be delivered:\n\n<{TO}>:\n    mx.example.org [192.0.2.1]:\n<<< {why.line}\n"
    )
    return _report(
        _head('"Courier mail server at mail.example.com.tr" <@>', "NOTICE: mail delivery status."), text, _status(why)
    )


# What goes wrong on the way, or in a server itself: each changes the report of another server.


def no_boundary(why: Reason) -> bytes:
    """The parameter is lost, so no program finds the parts."""
    return postfix(why).replace(b';\r\n boundary="=_b0undary"', b"", 1)


def wrong_boundary(why: Reason) -> bytes:
    return sendmail(why).replace(b'boundary="=_b0undary"', b'boundary="=_other"', 1)


def unclosed(why: Reason) -> bytes:
    """It is cut off within the letter."""
    return postfix(why).partition(b"Takip numaran")[0]


def without_letter(why: Reason) -> bytes:
    return exim_report(why).partition(b"Content-Type: message/rfc822")[0] + b"\r\n--=_b0undary--\r\n"


def without_text(why: Reason) -> bytes:
    whole = postfix(why)
    begin, end = whole.index(b"Content-Type: text/plain"), whole.index(b"Content-Type: message/delivery-status")
    return whole[:begin] + whole[end:]


def status_as_text(why: Reason) -> bytes:
    return exim_report(why).replace(b"message/delivery-status", b"text/plain")


def status_as_file(why: Reason) -> bytes:
    """A gateway renames what it does not know."""
    return postfix(why).replace(
        b"Content-Type: message/delivery-status", b"Content-Type: application/octet-stream; name=details.txt"
    )


def status_in_base64(why: Reason) -> bytes:
    """Against RFC 2046, and seen often at Exchange and Domino."""
    plain = _status(why).strip().replace("\n", "\r\n").encode()
    head = b"message/delivery-status\r\nContent-Transfer-Encoding: base64"
    return exim_report(why).replace(plain, base64.encodebytes(plain)).replace(b"message/delivery-status", head, 1)


def mixed(why: Reason) -> bytes:
    """Anti-virus gateways write the outer type anew."""
    return postfix(why).replace(b"multipart/report; report-type=delivery-status", b"multipart/mixed")


def blank_lines(why: Reason) -> bytes:
    """One blank line too many before the recipient and within, as IIS wrote it."""
    return exchange_2003(why).replace(b"\r\nAction:", b"\r\n\r\nAction:")


def small_letters(why: Reason) -> bytes:
    whole = postfix(why)
    for name in (b"Action:", b"Status:", b"Final-Recipient:", b"Diagnostic-Code:"):
        whole = whole.replace(b"\r\n" + name, b"\r\n" + name.lower())
    return whole


def wrong_charset(why: Reason) -> bytes:
    return turkish_report(why).replace(b"charset=utf-8", b"charset=x-unknown-8bit")


def bare_line_feeds(why: Reason) -> bytes:
    return sendmail(why).replace(b"\r\n", b"\n")


def forwarded_by_server(why: Reason) -> bytes:
    """A mailbox forwards all of it within a mail of its own."""
    inner = postfix(why).decode().replace("\r\n", "\n").replace("=_b0undary", "=_inner")
    head = _head(
        "MAILER-DAEMON@filter.example.org", "Fwd: Undelivered Mail Returned to Sender", "Auto-Submitted: auto-forwarded"
    )
    return mail(head, multi("mixed", single("See attached."), f"Content-Type: message/rfc822\n\n{inner}"))


HARD = (UNKNOWN, DISABLED, HOST)
SERVERS: dict[Server, tuple[Reason, ...]] = {
    postfix: (*HARD, FULL, SPAM, LARGE, EXPIRED, LATE, GREY),
    postfix_headers: (UNKNOWN, FULL, LATE),
    postfix_global: (UNKNOWN, FULL),
    exchange: (UNKNOWN, DISABLED, FULL, SPAM, EXPIRED, LATE),
    exchange_tr: (UNKNOWN, HOST, FULL, LARGE, LATE),
    exchange_2003: (UNKNOWN, FULL),
    gmail: (UNKNOWN, DISABLED, FULL, LATE),
    gmail_tr: (UNKNOWN, HOST, FULL, LATE),
    yandex: (UNKNOWN, FULL, SPAM, EXPIRED),
    sendmail: (UNKNOWN, HOST, FULL, LATE, GREY),
    exim: (UNKNOWN, FULL, SPAM, LATE, GREY),
    exim_report: (UNKNOWN, HOST),
    qmail: (UNKNOWN, DISABLED, FULL, SPAM),
    mailenable: (UNKNOWN, FULL),
    mdaemon: (UNKNOWN, FULL),
    domino: (UNKNOWN, FULL),
    hmailserver: (UNKNOWN, FULL),
    smartermail: (UNKNOWN, FULL),
    turkish: (UNKNOWN, DISABLED, FULL, LATE, SPAM),
    turkish_bare: (UNKNOWN, FULL, HOST, LATE),
    turkish_report: (UNKNOWN, FULL),
    courier: (UNKNOWN, FULL),
    no_boundary: (UNKNOWN, FULL),
    wrong_boundary: (UNKNOWN,),
    unclosed: (UNKNOWN, LATE),
    without_letter: (UNKNOWN, FULL),
    without_text: (UNKNOWN,),
    status_as_text: (UNKNOWN, FULL),
    status_as_file: (UNKNOWN,),
    status_in_base64: (UNKNOWN, FULL),
    mixed: (UNKNOWN, LATE),
    blank_lines: (UNKNOWN, FULL),
    small_letters: (FULL,),
    wrong_charset: (UNKNOWN,),
    bare_line_feeds: (FULL,),
    forwarded_by_server: (UNKNOWN, FULL),
}
NOT_NULL = (mailenable, smartermail, turkish)
"""Servers that name themselves in the envelope, against RFC 5321, 4.5.5."""


def bounces() -> Iterator[Sample]:
    """Each server with each of its reasons."""
    for server, reasons in SERVERS.items():
        for why in reasons:
            sender = "postmaster@example.com.tr" if server in NOT_NULL else ""
            yield Sample(
                f"{server.__name__}: {why.name}", server(why), "bounce", sender, action=why.action, hard=why.hard
            )
