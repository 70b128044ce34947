"""What the notifier knows: one letter, from its making to its fate. Letters to citizens and units. Knows no SMTP."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.headerregistry import Address, HeaderRegistry, MessageIDHeader
from email.message import EmailMessage
from email.policy import SMTP
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.addresses import deliverable
from shared.events import Event, LetterFailed, LetterSent
from shared.state import Aggregate, Open

TEMPLATES = ("notice", "receipt", "invitation", "return", "arrival", "answer", "closure")
"""The letters there are, each with its file of the same name."""
OUTAGE_PAUSE = timedelta(seconds=15)
"""How soon a letter is tried again that could not even be offered to the mail server."""


class LetterState(StrEnum):
    """Where a letter stands."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class Writing(BaseModel):
    """What a letter says, in both its parts; ``record`` is the text part without links that open something."""

    model_config = ConfigDict(frozen=True)

    subject: str
    text: str
    html: str
    record: str


class Letter(Aggregate):
    """One logical letter. ``raw`` are its bytes, the same at every attempt; ``due_at`` is also a sender's lease."""

    message_id: str
    template: str
    assignment_id: str | None = None
    recipient: str
    subject: str
    record: str
    raw: bytes
    state: Open[LetterState] = LetterState.QUEUED
    attempts: int = 0
    refusals: int = 0
    made_at: AwareDatetime
    due_at: AwareDatetime
    sent_at: AwareDatetime | None = None
    reason: str = ""


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
    assignment_id: str | None = None,
    thread: str | None = None,
) -> Letter:
    """Make a letter. ``thread`` is the id of the letter it follows in the reader's mailbox (RFC 5322, 3.6.4).

    ``told_at`` is the time of the event that it tells of, and so its date: made once more, it is the same bytes.
    The headers say that no machine shall answer it (RFC 3834, 5). Raises when ``recipient`` is not one address.
    """
    recipient = deliverable(recipient)
    mail = EmailMessage(policy=SMTP.clone(header_factory=_headers()))
    mail["From"] = sender
    mail["To"] = _one_address(recipient)
    mail["Subject"] = _one_line(writing.subject)
    mail["Date"] = told_at
    mail["Message-ID"] = _message_header(letter_id, sender)
    if thread:
        mail["In-Reply-To"] = mail["References"] = _message_header(thread, sender)
    mail["Reply-To"] = sender
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(writing.text, cte="quoted-printable")
    mail.add_alternative(writing.html, subtype="html", cte="quoted-printable")
    mail.set_boundary(f"=_{hashlib.sha256(letter_id.encode()).hexdigest()[:32]}")
    return Letter(
        id=letter_id,
        message_id=message_id,
        template=template,
        assignment_id=assignment_id,
        recipient=recipient,
        subject=mail["Subject"],
        record=writing.record,
        raw=mail.as_bytes(),
        made_at=now,
        due_at=now,
    )


def sent(letter: Letter, now: datetime) -> tuple[Letter, list[Event]]:
    """The mail server accepted the letter. Its bytes, with the link they may hold, are no longer needed."""
    event = LetterSent(
        message_id=letter.message_id,
        letter_id=letter.id,
        template=letter.template,
        assignment_id=letter.assignment_id,
        sent_at=now,
    )
    return letter.model_copy(update={"state": LetterState.SENT, "sent_at": now, "raw": b"", "reason": ""}), [event]


def failed(letter: Letter, reason: str, now: datetime) -> tuple[Letter, list[Event]]:
    """The mail server refused the letter for good."""
    event = LetterFailed(
        message_id=letter.message_id,
        letter_id=letter.id,
        template=letter.template,
        assignment_id=letter.assignment_id,
        reason=reason,
        failed_at=now,
    )
    return letter.model_copy(update={"state": LetterState.FAILED, "reason": reason}), [event]


def refused_for_now(letter: Letter, reason: str, now: datetime, delays: Sequence[float]) -> tuple[Letter, list[Event]]:
    """The mail server said *later*: wait longer each time, and give up when the delays are used up."""
    if letter.refusals >= len(delays):
        return failed(letter, reason, now)
    due_at = now + timedelta(seconds=delays[letter.refusals])
    return letter.model_copy(update={"refusals": letter.refusals + 1, "due_at": due_at, "reason": reason}), []


def not_offered(letter: Letter, reason: str, now: datetime) -> Letter:
    """The mail server could not be reached: that is nobody's refusal, and counts for nothing."""
    return letter.model_copy(update={"due_at": now + OUTAGE_PAUSE, "reason": reason})


def _headers() -> HeaderRegistry:
    """As unstructured text, a long id in a threading header would become an encoded word."""
    registry = HeaderRegistry()
    for name in ("in-reply-to", "references"):
        registry.map_to_type(name, MessageIDHeader)  # type: ignore[arg-type]  # typeshed knows it as a mix-in only
    return registry


def _one_address(recipient: str) -> Address:
    try:
        return Address(addr_spec=recipient)
    except Exception:
        raise ValueError("the recipient is not one e-mail address") from None  # without naming it: this is logged


def _one_line(text: str) -> str:
    """Without line ends, what cannot be seen, and encoded words (RFC 2047): decoded, they could hold line ends."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split()).replace("=?", "= ?")


def _message_header(letter_id: str, sender: Address) -> str:
    return f"<{letter_id}@{sender.domain}>"
