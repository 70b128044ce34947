"""How a letter becomes a mail (RFC 5322), always the same bytes for the same event."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry, MessageIDHeader
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any

from services.notifier.domain.letter import Letter, Writing
from shared.addresses import deliverable
from shared.mail_headers import header_lines

AGAIN = ".again."
CONTENT = {
    *("message_id", "template", "assignment_id", "unit_code", "role", "is_copy", "reference", "recipient", "subject"),
    *("record", "wording_version", "reply_expected", "language", "reply_token"),
}
"""What a letter that is sent again has from the first one, beside its bytes."""
KEPT = frozenset("\u200c\u200d") | {chr(tag) for tag in range(0xE0020, 0xE0080)}
"""Invisible characters that a subject may contain: joiners of scripts and emoji, and the tags in flag emoji."""


def write(
    letter_id: str,
    writing: Writing,
    *,
    message_id: str,
    template: str,
    recipient: str,
    sender: Address,
    told_at: datetime,
    now: datetime,
    reference: str = "",
    assignment_id: str | None = None,
    unit_code: str | None = None,
    thread: str | None = None,
    reply_to: Address | None = None,
) -> Letter:
    """Make a queued letter. ``thread`` is the id of the letter that it is a reply to (RFC 5322, 3.6.4), if any.

    ``told_at`` is the time of the event behind the letter. It is the ``Date``, not ``now``: the same event always makes
    the same bytes. The headers ask for no automatic reply (RFC 3834, 5). Raises ValueError unless ``recipient`` is one
    address.
    """
    recipient = deliverable(recipient)
    mail = EmailMessage(policy=_Folding(linesep="\r\n", header_factory=_headers()))
    mail["From"] = sender
    mail["To"] = _one_address(recipient)
    mail["Subject"] = subject = _one_line(writing.subject)
    mail["Date"] = told_at
    mail["Message-ID"] = _message_header(letter_id, sender)
    if thread:
        mail["In-Reply-To"] = mail["References"] = _message_header(thread, sender)
    mail["Reply-To"] = reply_to or sender
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(writing.text, cte="quoted-printable")
    mail.add_alternative(writing.html, subtype="html", cte="quoted-printable")
    for part in mail.iter_parts():
        part.set_payload(_guarded(str(part.get_payload())))
    mail.set_boundary(f"=_{hashlib.sha256(letter_id.encode()).hexdigest()[:32]}")
    return Letter(
        id=letter_id,
        message_id=message_id,
        template=template,
        reference=reference,
        assignment_id=assignment_id,
        unit_code=unit_code,
        recipient=recipient,
        subject=subject,
        record=writing.record,
        wording_version=writing.wording_version,
        language=writing.language,
        raw=mail.as_bytes(),
        made_at=now,
        due_at=now,
    )


def copies_of(letter: Letter, emails: Sequence[str]) -> list[Letter]:
    """A copy of a letter for each of these addresses. It is the same mail, as with *Cc*, so its Message-ID stays."""
    to = [readdressed(letter, email) for email in emails]
    ids = [hashlib.sha256(one.recipient.encode()).hexdigest()[:16] for one in to]
    named = zip(to, ids, strict=True)
    return [one.model_copy(update={"id": f"{letter.id}.copy.{mark}", "is_copy": True}) for one, mark in named]


def readdressed(letter: Letter, email: str) -> Letter:
    """A letter that has not left, to another address. Its other bytes stay. Raises when it is not one address."""
    recipient = deliverable(email)
    to = EmailMessage(policy=_Folding(linesep="\r\n"))
    to["To"] = _one_address(recipient)
    line = to.as_bytes().partition(b"\r\n\r\n")[0]
    raw = re.sub(rb"(?m)^To: [^\r]*(?:\r\n[ \t][^\r]*)*", lambda _: line, letter.raw, count=1)
    return letter.model_copy(update={"recipient": recipient, "raw": raw, "refusals": 0})


def again(letter: Letter, request_id: str, email: str, *, at: datetime, now: datetime) -> Letter:
    """The same letter as a new one: its content with a Message-ID of its own and the Date ``at``.

    Its bytes have to be there. Raises when ``email`` is not one address.
    """
    letter_id = sent_again(letter.id, request_id)
    headers = EmailMessage(policy=_Folding(linesep="\r\n", header_factory=_headers()))
    headers["Date"] = at
    date = headers.as_bytes().partition(b"\r\n\r\n")[0]
    raw = re.sub(rb"(?m)^Date: [^\r]*", lambda _: date, letter.raw, count=1)
    raw = re.sub(rb"(?m)^(Message-ID:\s+<)[^@>]*", lambda m: m[1] + letter_id.encode(), raw, count=1)
    fresh = Letter(**letter.model_dump(include=CONTENT), id=letter_id, raw=raw, made_at=now, due_at=now)
    return readdressed(fresh, email)


def sent_again(letter_id: str, request_id: str) -> str:
    """The id of a letter that is sent again; also of one that is sent again for a second time."""
    return f"{letter_id.partition(AGAIN)[0]}{AGAIN}{request_id}"


class _Folding(EmailPolicy):
    """Mail policy that leaves headers with free text to ``shared.mail_headers``: Python folds them wrongly.

    A subject is not parsed: what looks like an encoded word in it would be decoded.
    """

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        """Name and value of a header when it is set."""
        return (name, value) if name == "Subject" else super().header_store_parse(name, value)

    def fold(self, name: str, value: Any) -> str:
        """One header, folded, with its line ends."""
        if name == "Subject":
            return header_lines(name, str(value))
        if name in ("From", "Reply-To"):
            (address,) = value.addresses
            return header_lines(name, address.display_name, f" <{address.addr_spec}>")
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The same as ASCII bytes."""
        return self.fold(name, value).encode("ascii", "surrogateescape")


def _headers() -> HeaderRegistry:
    """Parse threading headers as message ids: as free text, a long id would become an encoded word (RFC 2047)."""
    registry = HeaderRegistry()
    for name in ("in-reply-to", "references"):
        registry.map_to_type(name, MessageIDHeader)  # type: ignore[arg-type]  # typeshed knows it as a mix-in only
    return registry


def _one_address(recipient: str) -> Address:
    try:
        return Address(addr_spec=recipient)
    except Exception:
        raise ValueError("the recipient is not one e-mail address") from None  # no address in the text: it is logged


def _one_line(text: str) -> str:
    """Text that is safe in a header: no line ends, no invisible characters but KEPT, single spaces."""
    shown = "".join(c if c.isprintable() or c in KEPT else "" if unicodedata.category(c) == "Cf" else " " for c in text)
    return " ".join(shown.split())


def _guarded(quoted_printable: str) -> str:
    """Lines that a mail server on the way might change, such as *From* and a single full stop, coded (RFC 2049, 3)."""
    coded = re.sub(r"(?m)^From ", "=46rom ", quoted_printable)
    return re.sub(r"(?m)^\.", "=2E", coded)


def _message_header(letter_id: str, sender: Address) -> str:
    return f"<{letter_id}@{sender.domain}>"
