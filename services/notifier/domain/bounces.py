"""A letter that comes back: the report of a mail server (RFC 3464), or what servers send that know no reports.

To which letter it belongs, its return path says, nothing in it.
"""

import logging
import re
from collections.abc import Iterator
from email.message import Message
from typing import Literal

from flufl.bounce import all_failures

from services.notifier.domain.bodies import header_text, raw_header
from shared.state import State

Action = Literal["failed", "delayed"]
LONGEST_REASON = 500
_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)[ -]+(?:#?[45]\.\d{1,3}\.\d{1,3}\b)?[^\n]{0,300}")
_HARD = frozenset(
    {
        *("5.0.0", "5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.8", "5.1.10"),
        *("5.2.0", "5.2.1", "5.4.0", "5.4.1", "5.4.4", "5.7.17"),
    }
)
"""Codes by which an address is of no use (RFC 3463). Others say: its mailbox is full, the letter is too big, …"""
_FULL = re.compile(
    r"quota|mailbox (?:is )?full|mail ?box .{0,20}(?:full|exceeded)|out of storage"
    r"|kutusu (?:dolu|dolmuş)|kota(?:sı)? (?:dol|aş)",
    re.IGNORECASE,
)
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
    r"|geri döndü|gönderilemedi",
    re.IGNORECASE,
)
_DELAYED = re.compile(r"delay|warning|still (?:being )?(?:retried|trying)|not yet|gecik|henüz|denenecek", re.IGNORECASE)
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
    if report := _reported(mail):
        return report
    if _is_of_other_kind(mail) or next(_recipients(mail), None):
        return None
    temporary, permanent = _detected(mail)
    if permanent or temporary:
        return _said("failed" if permanent else "delayed", text)
    from_server = bool(_FROM_SERVER.search(header_text(mail, "From")))
    subject = header_text(mail, "Subject")
    if (from_server or sender == "") and _SUBJECT.search(subject):
        return _said("delayed" if _DELAYED.search(subject) else "failed", text)
    if from_server and _REPLY.search(text) and not _is_marked_as_reply(mail):
        return _said("failed", text)
    return None


def _reported(mail: Message) -> Bounce | None:
    """The worst that a report of RFC 3464 says of a recipient."""
    found = [bounce for group in _recipients(mail) if (bounce := _of_recipient(group))]
    failed = [bounce for bounce in found if bounce.action == "failed"]
    return next(iter([*failed, *found]), None)


def _recipients(mail: Message) -> Iterator[Message]:
    for part in mail.walk():
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
            groups = part.get_payload()
            yield from (group for group in groups if isinstance(group, Message)) if isinstance(groups, list) else ()


def _of_recipient(group: Message) -> Bounce | None:
    action = header_text(group, "Action").lower()
    status = _ENHANCED.search(header_text(group, "Status"))
    if action not in ("failed", "delayed"):
        return None
    code = status[0] if status else ""
    said = header_text(group, "Diagnostic-Code")
    said = re.sub(r"^[\w.-]+\s*;\s*", "", said)
    if not code.startswith(("4", "5")) or code.endswith(".0.0"):  # what the server said knows it better
        better = _ENHANCED.search(said)
        code = better[0] if better and better[1] != "2" else code
    return _bounce("failed" if action == "failed" else "delayed", code, said)


def _is_of_other_kind(mail: Message) -> bool:
    """Reports of another kind: that a letter was read, or was called spam."""
    return mail.get_content_type() == "multipart/report" and mail.get_param("report-type") != "delivery-status"


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
    if not code and _FULL.search(text):
        code = "5.2.2"
    if not code and (_UNKNOWN.search(text) or (reply and reply[1] in ("550", "551", "553"))):
        code = "5.1.1"
    return _bounce(action, code, said)


def _bounce(action: Action, code: str, said: str) -> Bounce:
    if not re.match(r"[45]\d\d\b", said):
        basic = {"4": "450 ", "5": "550 "}.get(code[:1], "")
        said = f"{basic}{code} {said}".strip()
    hard = action == "failed" and (code in _HARD or not code)
    return Bounce(action=action, status=code, hard=hard, reason=" ".join(said.split())[:LONGEST_REASON])
