"""A letter that comes back: the report of a mail server (RFC 3464), or what servers send that know no reports.

To which letter it belongs, its return path says, nothing in it.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from email import message_from_string
from email.message import Message
from typing import Literal

from flufl.bounce import all_failures

from services.notifier.domain.bodies import header_text, raw_header
from shared.state import State

Action = Literal["failed", "delayed"]
LONGEST_REASON = 500
LONGEST_SAID = 20_000
"""Characters of a text in which a reason is looked for."""
_ARRIVED = frozenset({"delivered", "relayed", "expanded"})
_OTHER_KINDS = frozenset({"message/disposition-notification", "message/feedback-report"})
_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)[ -]+(?:#?[45]\.\d{1,3}\.\d{1,3}\b)?[^\n]{0,300}")
_HARD = frozenset(
    {
        *("5.0.0", "5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.8", "5.1.10"),
        *("5.2.0", "5.2.1", "5.4.0", "5.4.1", "5.4.4", "5.7.17"),
    }
)
"""Codes by which an address is of no use (RFC 3463). Others say: its mailbox is full, the letter is too big, …"""
_VAGUE = frozenset({"", "4.0.0", "5.0.0", "5.3.0", "5.7.0", "5.7.1"})
"""Codes that servers give for anything: beside them the words count."""
_FULL = re.compile(
    r"quota|mailbox (?:is )?full|mail ?box .{0,20}(?:full|exceed)|out of storage|too many messages"
    r"|kutusu (?:dolu|dolmuş)|kota(?:sı)? (?:dol|aş)",
    re.IGNORECASE,
)
_LARGE = re.compile(
    r"(?:message|mail|ileti|size).{0,20}too (?:big|large)|(?:message|mail) ?size.{0,30}exceed|exceed.{0,30}message size"
    r"|ileti (?:çok büyük|boyutu)",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"\bspam|unsolicited|black ?list|block ?list|blocked|dnsbl|\brbl\b|virus|content (?:filter|reject|policy)"
    r"|access denied|not authori[sz]ed|authentication required|requires? confirmation|istenmeyen|kara liste",
    re.IGNORECASE,
)
"""The letter was refused, or we: the address may be good."""
_UNKNOWN = re.compile(
    r"user unknown|unknown user|no such user|no mailbox here|does not exist|doesn't exist|address not found"
    r"|recipient (?:address )?rejected|invalid (?:recipient|mailbox)|host (?:or domain name )?not found|unrouteable"
    r"|böyle bir (?:kullanıcı|adres|alıcı)|bulunamadı|kullanıcı (?:yok|tanımsız)|geçersiz (?:alıcı|adres)",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver|delivery (?:status notification|failure|failed|report|problem)|failure (?:notice|delivery)"
    r"|returned (?:mail|to sender)|mail (?:delivery|system) (?:fail|error)|non.?delivery|could not be delivered"
    r"|teslim (?:edilemedi|durumu|edilemeyen)|ulaştırılamadı|iletilemedi|iletim (?:hatası|başarısız)"
    r"|geri döndü|gönderilemedi|delayed|gecik(?:ti|me)",
    re.IGNORECASE,
)
_DELAYED = re.compile(r"delay|warning|still (?:being )?(?:retried|trying)|not yet|gecik|henüz|denenecek", re.IGNORECASE)
"""In a subject; in a text it is ``_LATE``, since a server that gave up says that a letter was late, too."""
_LATE = re.compile(
    r"do not need to resend|will be retried|will (?:retry|continue)|not yet been delivered|still (?:being )?retried"
    r"|henüz (?:iletil|teslim edil|ulaş)|denenecek|denemeye devam",
    re.IGNORECASE,
)
_COPY = re.compile(
    r"copy of (?:the|your) message|-{2} *original message|message headers follow|^(?:return-path|received|message-id):",
    re.IGNORECASE | re.MULTILINE,
)
"""Where a report goes over into the letter, whose words are not the server's."""
_FROM_SERVER = re.compile(r"mailer-?daemon|postmaster|mail ?delivery|microsoftexchange|mdaemon", re.IGNORECASE)


class Bounce(State):
    """What a mail server says about a letter. ``status`` is an enhanced code (RFC 3463); empty: none was found.

    ``hard``: the address is of no use; else it may take the next letter. ``reason`` is what the server said, beginning
    with a code where there is one.
    """

    action: Action
    status: str = ""
    hard: bool = False
    reason: str = ""


def bounce_in(mail: Message, text: str, *, sender: str | None = None) -> Bounce | None:
    """What a mail to a return path reports; None when it is no report of a failure. ``sender``: the envelope's."""
    subject = header_text(mail, "Subject")
    from_server = bool(_FROM_SERVER.search(f"{header_text(mail, 'From')} {sender or ''}"))
    of_person = bool(sender) and not from_server and not _is_report(mail)
    if of_person and (not _SUBJECT.match(subject) or _passes_on(mail)):
        return None  # most programs write Fw: before the subject of a report that a person passes on
    text = _COPY.split(text, maxsplit=1)[0][:LONGEST_SAID]
    groups = list(_recipients(mail))
    if report := _reported(groups, text):
        return report
    if _is_of_other_kind(mail) or any(_action_word(group) in _ARRIVED for group in groups):
        return None
    temporary, permanent = _detected(mail)
    if permanent or temporary:
        return _said("failed" if permanent and not _LATE.search(text) else "delayed", text)
    late = bool(_DELAYED.search(subject) or _LATE.search(text))
    if (from_server or sender == "") and _SUBJECT.search(subject):
        return _said("delayed" if late else "failed", text)
    if from_server and _REPLY.search(text) and not _is_marked_as_reply(mail):
        return _said("delayed" if late else "failed", text)
    return None


def _is_report(mail: Message) -> bool:
    return mail.get_content_type() == "multipart/report"


def _passes_on(mail: Message) -> bool:
    """Whether a report is attached to it as a mail."""
    inner = (part.get_payload() for part in mail.walk() if part.get_content_type() == "message/rfc822")
    return any(_is_report(one) for mails in inner for one in mails if isinstance(one, Message))


def _reported(groups: Sequence[Message], text: str) -> Bounce | None:
    """The worst that a report of RFC 3464 says of a recipient."""
    found = [bounce for group in groups if (bounce := _of_recipient(group, text))]
    failed = [bounce for bounce in found if bounce.action == "failed"]
    return next(iter([*failed, *found]), None)


def _recipients(mail: Message) -> Iterator[Message]:
    """The groups of fields of its reports."""
    for part in mail.walk():
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
            groups = part.get_payload()
            for group in (one for one in groups if isinstance(one, Message)) if isinstance(groups, list) else ():
                yield group
                rest = group.get_payload()  # of the second type the library reads the first group alone
                if isinstance(rest, str) and ":" in rest:
                    yield from (message_from_string(one.lstrip()) for one in re.split(r"\n[ \t\r]*\n", rest))


def _of_recipient(group: Message, text: str) -> Bounce | None:
    """What is said of one; ``text``, which people read, where that is vague."""
    status = _ENHANCED.search(header_text(group, "Status"))
    code = status[0] if status else ""
    action = _action(_action_word(group), code)
    if action is None:
        return None
    said = header_text(group, "Diagnostic-Code")
    said = re.sub(r"^[\w.-]+\s*;\s*", "", said)
    if not code.startswith(("4", "5")) or code.endswith(".0.0"):  # what the server said knows it better
        better = _ENHANCED.search(said)
        code = better[0] if better and better[1] != "2" else code
    if code in _VAGUE:
        code = _by_words(said) or _by_words(header_text(group, "Status")) or _by_words(text) or code
    return _bounce(action, code, said)


def _action_word(group: Message) -> str:
    """What became of the letter, without the comment that some servers write behind it."""
    return re.split(r"[\s(;]", header_text(group, "Action").lower(), maxsplit=1)[0]


def _action(word: str, code: str) -> Action | None:
    """None: the letter arrived, or nothing is said. Some servers have a word that is not in RFC 3464."""
    if not word or word in _ARRIVED:
        return None
    if word == "delayed" or (word != "failed" and code.startswith("4")):
        return "delayed"
    return "failed" if word == "failed" or code.startswith("5") else None


def _is_of_other_kind(mail: Message) -> bool:
    """Reports of another kind: that a letter was read, or was called spam."""
    if not _is_report(mail):
        return False
    if given := mail.get_param("report-type"):
        return str(given).lower() != "delivery-status"
    return any(part.get_content_type() in _OTHER_KINDS for part in mail.walk())


def _detected(mail: Message) -> tuple[frozenset[bytes], frozenset[bytes]]:
    """Addresses that flufl.bounce finds: not delivered yet, and never."""
    logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)
    try:
        return all_failures(mail)
    except Exception:  # a malformed mail makes its detectors raise whatever they like
        return frozenset(), frozenset()


def _is_marked_as_reply(mail: Message) -> bool:
    return "auto-replied" in raw_header(mail, "Auto-Submitted").lower()


def _said(action: Action, text: str) -> Bounce:
    """By the first code in a text, or its words."""
    reply = _REPLY.search(text)
    said = reply[0] if reply else ""
    enhanced = _ENHANCED.search(said or text)
    code = enhanced[0] if enhanced and enhanced[1] != "2" else ""
    if code in _VAGUE:
        code = _by_words(said) or code or _by_words(text)
    if not code and reply and reply[1] in ("550", "551", "553"):
        code = "5.1.1"
    return _bounce(action, code, said)


def _by_words(said: str) -> str:
    """The code that belongs to what was said; empty: it says nothing of use."""
    words = {"5.2.2": _FULL, "5.3.4": _LARGE, "5.7.1": _REFUSED, "5.1.1": _UNKNOWN}
    return next((code for code, pattern in words.items() if pattern.search(said)), "")


def _bounce(action: Action, code: str, said: str) -> Bounce:
    if not re.match(r"[45]\d\d\b", said):
        basic = {"4": "450 ", "5": "550 "}.get(code[:1], "")
        said = f"{basic}{code} {said}".strip()
    hard = action == "failed" and (code in _HARD or not code)
    return Bounce(action=action, status=code, hard=hard, reason=" ".join(said.split())[:LONGEST_REASON])
