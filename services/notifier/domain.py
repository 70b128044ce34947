"""Letters (one e-mail each) to citizens, units and the hotline: how one is written, and its states. Knows no SMTP."""

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
from shared.events import ContactsChanged, Event, LetterFailed, LetterHeld, LetterSent
from shared.mail_headers import header_lines
from shared.state import Aggregate, Open, State

TO_THE_DESK = (
    *("notice", "arrival", "decline", "failure"),
    *("follow_up", "question_answered", "objection", "withdrawal"),
)
"""Letters to the officers."""
TEMPLATES = (
    *TO_THE_DESK,
    "receipt",
    "invitation",
    "return",
    "answer",
    "closure",
    "recall",
    "question",
    "rerouting",
    "codes",
    "interim",
    *("account_invitation", "account_reset", "account_change"),
    *("extension", "test", "reminder", "desk_reminder"),
)
"""Every kind of letter; each has a file of this name in ``templates``."""
COPY = "copy"
"""How the desk is told of a copy that was not delivered: the letter itself may have been."""
TEST = "test"
OF_NO_MESSAGE = (
    *("codes", "reminder", "desk_reminder"),
    *("account_invitation", "account_reset", "account_change"),
)
"""Letters about no one message. The desk is not told of them."""
KEPT = frozenset("\u200c\u200d") | {chr(tag) for tag in range(0xE0020, 0xE0080)}
"""Invisible characters that a subject may contain: joiners of scripts and emoji, and the tags in flag emoji."""
OUTAGE_PAUSE = timedelta(seconds=15)
"""Time to the next attempt after the mail server could not be reached."""


class LetterState(StrEnum):
    """``HELD`` waits for an officer; ``DISCARDED``, ``SENT`` and ``FAILED`` are final."""

    QUEUED = "queued"
    HELD = "held"
    DISCARDED = "discarded"
    SENT = "sent"
    FAILED = "failed"


class Writing(BaseModel):
    """The rendered content of a letter. ``record`` is ``text`` with secret links and codes replaced.

    ``wording_version`` is that of the institution's own words; 0: they are ours.
    """

    model_config = ConfigDict(frozen=True)

    subject: str
    text: str
    html: str
    record: str
    wording_version: int = 0


class Letter(Aggregate):
    """One letter. ``raw`` is the complete mail (RFC 5322), the same bytes at every attempt.

    ``due_at`` is the time of the next attempt; a process that sends the letter moves it forward, as its lease.
    ``attempts`` counts leases, ``refusals`` the temporary refusals (4xx); only refusals lead to giving up. ``reason``
    says why the last attempt did not succeed. ``sealed_link`` is the encrypted status link of a receipt: later letters
    to the same address contain it too. ``reply_expected`` says of an invitation whether the unit has to reply.
    ``unit_code`` names the unit to whose newest address the letter goes; without it, the address never changes.
    ``role`` is in whose place: ``responsible`` or ``head``; ``is_copy``: it goes to one of those who get copies, and
    not at all once that one gets none.
    ``reference`` is the public number of the message, where the letter's event has it; absent in older letters, as is
    ``leased_until``: while a process sends the letter, until when nobody else does.
    """

    message_id: str
    template: str
    assignment_id: str | None = None
    unit_code: str | None = None
    role: str = "responsible"
    is_copy: bool = False
    reference: str = ""
    recipient: str
    subject: str
    record: str
    raw: bytes
    state: Open[LetterState] = LetterState.QUEUED
    attempts: int = 0
    refusals: int = 0
    made_at: AwareDatetime
    due_at: AwareDatetime
    leased_until: AwareDatetime | None = None
    wording_version: int = 0
    """As in ``Writing``."""
    sent_at: AwareDatetime | None = None
    reason: str = ""
    reply_expected: bool = True
    sealed_link: str = ""
    sealed_raw: str = ""
    """In a letter that has failed or is held, ``raw`` encrypted with ``shared.seal``, and ``raw`` is empty;
    ``seal_key`` names the key."""
    seal_key: str = ""


class DeputyContact(State):
    """Who gets a unit's letters from one time to another, in place of ``role``."""

    email: str
    role: str = "responsible"
    since: AwareDatetime
    until: AwareDatetime


class Contact(State):
    """Where a unit's letters go, and in which language."""

    code: str
    email: str
    head_email: str | None = None
    deputies: tuple[DeputyContact, ...] = ()
    copies: tuple[str, ...] = ()
    language: str | None = None

    def recipient(self, role: str, now: datetime) -> str | None:
        """The address for this role now: a deputy's in their time. None when the unit has nobody in the role."""
        acting = [one for one in self.deputies if one.role == role and one.since <= now < one.until]
        if acting:
            return max(acting, key=lambda one: one.since).email
        return self.head_email if role == "head" else self.email

    def copied(self, recipient: str) -> list[str]:
        """The addresses for copies of a letter to this recipient, each once."""
        known, found = {deliverable(recipient)}, list[str]()
        for email in self.copies:
            if deliverable(email) not in known:
                known.add(deliverable(email))
                found.append(email)
        return found


class Contacts(Aggregate):
    """The addresses of all units, as the router told them last."""

    version: int = 0
    units: tuple[Contact, ...] = ()


def newer(contacts: Contacts, told: ContactsChanged) -> tuple[Contacts, set[str]]:
    """The newer of two snapshots, and the codes of the units with other contacts; events may arrive in any order."""
    if told.version <= contacts.version:
        return contacts, set()
    units = tuple(Contact.model_validate(unit) for unit in told.units)
    before = {unit.code: unit for unit in contacts.units}
    changed = {unit.code for unit in units if before.get(unit.code) != unit}
    return contacts.model_copy(update={"version": told.version, "units": units}), changed


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
    mail["Reply-To"] = sender
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


def sent(letter: Letter, now: datetime) -> tuple[Letter, list[Event]]:
    """The mail server accepted the letter. Its bytes are deleted, because they may contain a secret link."""
    event = LetterSent(
        message_id=letter.message_id,
        letter_id=letter.id,
        template=letter.template,
        assignment_id=letter.assignment_id,
        sent_at=now,
        unit=letter.unit_code,
    )
    gone = {"state": LetterState.SENT, "sent_at": now, "raw": b"", "reason": "", "leased_until": None}
    return letter.model_copy(update=gone), [] if letter.is_copy else _told(letter, event)


def failed(letter: Letter, reason: str, now: datetime) -> tuple[Letter, list[Event]]:
    """The mail server refused the letter permanently (5xx), or too often temporarily. The store encrypts ``raw``."""
    event = LetterFailed(
        message_id=letter.message_id,
        letter_id=letter.id,
        template=COPY if letter.is_copy else letter.template,
        assignment_id=letter.assignment_id,
        reason=reason,
        failed_at=now,
        unit=None if letter.is_copy else letter.unit_code,
    )
    lost = {"state": LetterState.FAILED, "reason": reason, "leased_until": None}
    return letter.model_copy(update=lost), _told(letter, event)


def refused_for_now(letter: Letter, reason: str, now: datetime, delays: Sequence[float]) -> tuple[Letter, list[Event]]:
    """The mail server refused temporarily (4xx). ``delays``: seconds before each retry; after the last, it fails."""
    if letter.refusals >= len(delays):
        return failed(letter, reason, now)
    due_at = now + timedelta(seconds=delays[letter.refusals])
    later = {"refusals": letter.refusals + 1, "due_at": due_at, "reason": reason, "leased_until": None}
    return letter.model_copy(update=later), []


def unwanted(letter: Letter) -> Letter:
    """Its recipient gets no copies of this unit's letters any more."""
    return letter.model_copy(
        update={"state": LetterState.DISCARDED, "raw": b"", "reason": "no copy is wanted", "leased_until": None}
    )


def not_offered(letter: Letter, reason: str, now: datetime) -> Letter:
    """The mail server could not be reached. This is not a refusal: no outage, however long, makes a letter fail."""
    return letter.model_copy(update={"due_at": now + OUTAGE_PAUSE, "reason": reason, "leased_until": None})


def _told(letter: Letter, event: Event) -> list[Event]:
    return [] if letter.template in OF_NO_MESSAGE else [event]


def held(letter: Letter) -> tuple[Letter, list[Event]]:
    """Too many receipts to this address in this hour: an officer decides whether this one is sent."""
    event = LetterHeld(
        message_id=letter.message_id, letter_id=letter.id, template=letter.template, held_at=letter.made_at
    )
    return letter.model_copy(update={"state": LetterState.HELD}), [event]


class UnknownDecision(Exception):
    """A decision about a held letter that this version does not know."""


def decided(letter: Letter, decision: str, now: datetime) -> Letter:
    """The held letter after an officer's decision, ``release`` or ``discard``. Raises UnknownDecision."""
    if decision == "release":
        return released(letter, now)
    if decision == "discard":
        return discarded(letter)
    raise UnknownDecision(decision)


def released(letter: Letter, now: datetime) -> Letter:
    """An officer lets a held letter be sent. A letter in another state is returned unchanged."""
    if letter.state is not LetterState.HELD:
        return letter
    return letter.model_copy(update={"state": LetterState.QUEUED, "due_at": now})


def discarded(letter: Letter) -> Letter:
    """An officer discards a held letter; its bytes contain a tracking code and are deleted. Otherwise unchanged."""
    if letter.state is not LetterState.HELD:
        return letter
    return letter.model_copy(update={"state": LetterState.DISCARDED, "raw": b"", "sealed_link": ""})


def receipt(message_id: str) -> str:
    """The id of the first letter in the citizen's thread."""
    return f"{message_id}.receipt"


def receipt_to(message_id: str, recipient: str) -> str:
    """The id of a receipt to an address that its writer has corrected. The same address again is the same letter."""
    return f"{receipt(message_id)}.{hashlib.sha256(recipient.encode()).hexdigest()[:16]}"


def notice(message_id: str) -> str:
    """The id of the first letter in the desk's thread."""
    return f"{message_id}.notice"


def invitation(assignment_id: str) -> str:
    """The id of the first letter in the unit's thread."""
    return f"{assignment_id}.invitation"


def same_address(recipient: str) -> str:
    """A key for counting, equal for addresses of one mailbox: lower case, no ``+tag``, no dots at Gmail."""
    local, _, domain = recipient.lower().rpartition("@")
    local = local.partition("+")[0]
    return f"{local.replace('.', '') if domain in ('gmail.com', 'googlemail.com') else local}@{domain}"


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
