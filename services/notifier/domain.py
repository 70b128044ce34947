"""What the notifier knows: one letter, from its making to its fate. Letters to citizens and units. Knows no SMTP."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.headerregistry import Address, HeaderRegistry, MessageIDHeader
from email.message import EmailMessage
from email.policy import EmailPolicy
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.addresses import deliverable
from shared.events import Event, LetterFailed, LetterHeld, LetterSent
from shared.mail_headers import header_lines
from shared.state import Aggregate, Open

TEMPLATES = (
    "notice",
    "receipt",
    "invitation",
    "return",
    "arrival",
    "answer",
    "closure",
    "recall",
    "decline",
    "failure",
)
"""The letters there are, each with its file of the same name."""
TO_THE_DESK = frozenset({"notice", "arrival", "decline", "failure"})
"""Letters to the officers themselves."""
KEPT = frozenset("\u200c\u200d") | {chr(tag) for tag in range(0xE0020, 0xE0080)}
"""What cannot be seen and yet belongs to a letter or an emoji."""
OUTAGE_PAUSE = timedelta(seconds=15)
"""How soon a letter is tried again that could not even be offered to the mail server."""


class LetterState(StrEnum):
    """Where a letter stands."""

    QUEUED = "queued"
    HELD = "held"
    DISCARDED = "discarded"
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
    """One logical letter. ``raw`` are its bytes, the same at every attempt; ``due_at`` is also a sender's lease.

    ``sealed_link`` is the status link in a receipt: later letters to the same address contain it too.
    """

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
    sealed_link: str = ""
    sealed_raw: str = ""
    """The bytes of a letter that has failed for good or is held, instead of ``raw``; ``seal_key`` names the key."""
    seal_key: str = ""


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
    mail = EmailMessage(policy=_Folding(linesep="\r\n", header_factory=_headers()))
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


def held(letter: Letter) -> tuple[Letter, list[Event]]:
    """The address has had enough receipts in this hour: an officer decides whether this one is sent."""
    event = LetterHeld(
        message_id=letter.message_id, letter_id=letter.id, template=letter.template, held_at=letter.made_at
    )
    return letter.model_copy(update={"state": LetterState.HELD}), [event]


def released(letter: Letter, now: datetime) -> Letter:
    """An officer lets a held letter go; one that is not held stays as it is."""
    if letter.state is not LetterState.HELD:
        return letter
    return letter.model_copy(update={"state": LetterState.QUEUED, "due_at": now})


def discarded(letter: Letter) -> Letter:
    """An officer does not want a held letter to be sent. Its bytes, with the code in them, are no longer needed."""
    if letter.state is not LetterState.HELD:
        return letter
    return letter.model_copy(update={"state": LetterState.DISCARDED, "raw": b"", "sealed_link": ""})


_NAME_PART = re.compile(
    r"(?:(?:(?:Prof|Doç|Dr|Öğr|Gör|Arş|Yrd|Uzm|Av|Op)\.)+|[^\W\d_]+\.?|[^\W\d_]+(?:['’-][^\W\d_]+)+)"
)
_PARTICLES = frozenset({"de", "da", "van", "von", "der", "el", "al", "bin", "ve"})
_GREETING = re.compile(
    r"\W*(?:(?:merhaba(?:lar)?|selam(?:lar)?|g[üu]nayd[ıi]n|hello|hi|greetings|to whom it may concern)(?![\w-])"
    r"|(?:(?:iyi|hay[ıi]rl[ıi]) (?:g[üu]nler|sabahlar|ak[şs]amlar|haftalar|[çc]al[ıi][şs]malar)"
    r"|good (?:morning|day|afternoon|evening))\s*(?:[,.!:\n]|$)"
    r"|(?:say[ıi]n|sn|de[ğg]erli|sevgili|k[ıi]ymetli|sayg[ıi]de[ğg]er|dear)\b(?![^,:!\n]*\bi[çc]in\b)"
    r"[^,:!\n]{1,60}(?:[,:!]|(?<![.?])(?:\n|$)))",
    re.IGNORECASE,
)
"""A greeting stands alone, or names somebody and ends with a comma or its line: a sentence may begin with the word."""


def name_in_letter(name: str | None) -> str | None:
    """The name, if it is one: what looks like a link, an address or a sentence is not repeated in a letter of ours."""
    parts = (name or "").split()
    if not 1 <= len(parts) <= 5 or not all(_NAME_PART.fullmatch(part) for part in parts):
        return None
    small = [part for part in parts if part[0].islower() and part not in _PARTICLES]
    return name if len(parts) < 3 or not small else None


def greets(text: str) -> bool:
    """Whether a text begins with a greeting, so that the letter around it needs none."""
    return _GREETING.match(unicodedata.normalize("NFC", text[:100]).replace("İ", "i")) is not None


def same_address(recipient: str) -> str:
    """One text for all spellings of an address that reach one mailbox: small letters, and nothing after a ``+``."""
    local, _, domain = recipient.lower().rpartition("@")
    local = local.partition("+")[0]
    return f"{local.replace('.', '') if domain in ('gmail.com', 'googlemail.com') else local}@{domain}"


class _Folding(EmailPolicy):
    """The headers with text are folded by ``shared.mail_headers``."""

    def fold(self, name: str, value: Any) -> str:
        """One header with its line ends."""
        if name == "Subject":
            return header_lines(name, str(value))
        if name in ("From", "Reply-To"):
            (address,) = value.addresses
            return header_lines(name, address.display_name, f" <{address.addr_spec}>")
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The same in ASCII."""
        return self.fold(name, value).encode("ascii", "surrogateescape")


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
    shown = "".join(c if c.isprintable() or c in KEPT else "" if unicodedata.category(c) == "Cf" else " " for c in text)
    return " ".join(shown.split()).replace("=?", "= ?")


def _message_header(letter_id: str, sender: Address) -> str:
    return f"<{letter_id}@{sender.domain}>"
