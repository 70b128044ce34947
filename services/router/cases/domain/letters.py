"""Letters as they were sent, as the notifier tells of them, and what officers do about those that did not arrive."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime

from services.router.access import AuditAction, Officer
from services.router.cases.domain.attention import LETTERS_TO_OFFICERS
from shared.events import (
    ContactCorrected,
    Event,
    LetterFailed,
    LetterResendRequested,
    LetterSent,
    RouterAudited,
    done_by,
)
from shared.refused import Refused
from shared.state import Actor, Aggregate, State

TO_ACCOUNTS = frozenset({"account_invitation", "account_reset", "account_change"})
OF_NO_CASE = TO_ACCOUNTS | {"test", "reminder", "desk_reminder", "codes", "overview"}
"""Templates of letters about no one case: their ``message_id`` is that of what they are about."""
ARRIVED = "This e-mail arrived, as far as we know."
AGAIN_ALREADY = "This e-mail is being sent again already."
NOT_BY_ITSELF = "This e-mail belongs to no case. It is not sent again."
GONE = "Its content has been deleted. Please tell the recipient in another way."
REPLACED = "A later e-mail has taken its place. Please look at that one."
PATIENCE = timedelta(minutes=10)
"""After this, a letter that was sent may be asked for once more."""
KEPT = timedelta(days=6)
"""For so long after it was sent, a letter can be sent again: the notifier keeps its bytes for a day longer."""
COPY = "copy"
TO_UNITS = frozenset({COPY, "reminder", "extension", "test", "overview"})
"""Templates of letters to units that may name neither unit nor assignment."""


class LetterState(StrEnum):
    """``RETURNED``: it came back after it had left. ``AGAIN``: an officer has asked for it.

    ``REPLACED``: the letter that was asked for, or a later one of its kind, is the one to look at.
    ``HELD`` and ``DISCARDED`` are those of ``held.py``.
    """

    FAILED = "failed"
    RETURNED = "returned"
    HELD = "held"
    AGAIN = "again"
    SENT = "sent"
    REPLACED = "replaced"
    DEALT_WITH = "dealt_with"
    DISCARDED = "discarded"


class Recipient(StrEnum):
    """The kinds of people to whom letters go."""

    SUBMITTER = "submitter"
    UNIT = "unit"
    DESK = "desk"
    ACCOUNT = "account"


UNDELIVERED = (LetterState.FAILED, LetterState.RETURNED)


class Resend(State):
    """An officer asked for the letter again; to ``email``, if the address was another one before."""

    id: str
    at: AwareDatetime
    actor: Actor
    email: str | None = None


class DealtWith(State):
    """The recipient heard it in another way, as somebody says: ``said``, such as *reached by telephone*."""

    at: AwareDatetime
    actor: Actor
    said: str = ""


class DeskLetter(Aggregate):
    """One letter. Its id is the notifier's, ``message_id`` the case (or what it is about, see OF_NO_CASE).

    ``recipient``, ``subject``, ``text`` (without secrets), ``language`` and ``wording_version`` are those of the newest
    event that has them (of ``written_at``); empty if none has. ``reason``, ``cause`` and ``passed_to`` are as in
    ``LetterFailed``.
    """

    message_id: str
    template: str
    assignment_id: str | None = None
    unit: str | None = None
    is_copy: bool = False
    recipient: str = ""
    subject: str = ""
    text: str = ""
    language: str = ""
    wording_version: int = 0
    sent_at: AwareDatetime | None = None
    failed_at: AwareDatetime | None = None
    reason: str = ""
    cause: str = ""
    passed_to: str = ""
    written_at: AwareDatetime | None = None
    replaced_at: AwareDatetime | None = None
    resends: tuple[Resend, ...] = ()
    dealt_with: DealtWith | None = None

    @property
    def at(self) -> datetime:
        """When the newest happened to it."""
        times = [self.sent_at, self.failed_at, *(resend.at for resend in self.resends[-1:])]
        return max([at for at in times if at] + ([self.dealt_with.at] if self.dealt_with else []))

    @property
    def to(self) -> Recipient:
        """To what kind of recipient it goes."""
        return recipient_of(self.template, of_unit=bool(self.unit or self.assignment_id))

    @property
    def of_case(self) -> bool:
        """Whether it belongs to a case."""
        return self.template not in OF_NO_CASE

    @property
    def state(self) -> LetterState:
        """What has become of it."""
        failed = self.failed_at
        if failed is None or (self.sent_at and self.sent_at > failed):
            return LetterState.SENT
        if self.replaced_at and self.replaced_at > failed:
            return LetterState.REPLACED
        if self.dealt_with and self.dealt_with.at > failed:
            return LetterState.DEALT_WITH
        if self.resends and self.resends[-1].at > failed:
            return LetterState.AGAIN
        return LetterState.RETURNED if self.sent_at or self.cause == "returned" else LetterState.FAILED

    @property
    def undelivered(self) -> bool:
        """Whether it did not arrive, and nobody has done anything about it."""
        return self.state in UNDELIVERED

    @property
    def lost(self) -> bool:
        """Whether it did not arrive, whatever was done about it."""
        return self.state in (*UNDELIVERED, LetterState.AGAIN, LetterState.DEALT_WITH)


def recipient_of(template: str, *, of_unit: bool) -> Recipient:
    """To whom letters of this template go. ``of_unit``: the letter names a unit, or its assignment."""
    if template in LETTERS_TO_OFFICERS or template == "desk_reminder":
        return Recipient.DESK
    if template in TO_ACCOUNTS:
        return Recipient.ACCOUNT
    return Recipient.UNIT if of_unit or template in TO_UNITS else Recipient.SUBMITTER


def told(known: DeskLetter | None, event: LetterSent | LetterFailed) -> DeskLetter:
    """The letter after this event. Events come in any order, and twice: the newest counts, and fills what is empty."""
    letter = known or DeskLetter(id=event.letter_id, message_id=event.message_id, template=event.template)
    if isinstance(event, LetterSent):
        at, before = event.sent_at, letter.sent_at
        news: dict[str, Any] = {"sent_at": max(at, before or at)}
    else:
        at, before = event.failed_at, letter.failed_at
        newest = before is None or at >= before
        why = {"reason": event.reason, "cause": event.cause or "", "passed_to": event.passed_to or ""}
        news = {"failed_at": at, **why} if newest else {}
    return letter.model_copy(update=_written(letter, event, at) | news)


def _written(letter: DeskLetter, event: LetterSent | LetterFailed, at: datetime) -> dict[str, Any]:
    """What the event says of the letter itself. A letter about several cases is not kept: each has its own readers."""
    names = ["recipient", "language", "wording_version", "assignment_id", "unit", "is_copy"]
    said = {name: getattr(event, name, None) for name in [*names, *(("subject", "text") if letter.of_case else ())]}
    newest = letter.written_at is None or at >= letter.written_at
    found = {name: value for name, value in said.items() if value and (newest or not getattr(letter, name))}
    return found | ({"written_at": at} if newest and event.recipient else {})


def replaced_by(letter: DeskLetter, event: LetterSent | LetterFailed) -> DeskLetter:
    """What this event of another letter says of this one: the same letter if nothing.

    It is the one that an officer has asked for (its id ends with that of the request), or a later one of this kind that
    was sent to the same recipient.
    """
    asked = [resend.at for resend in letter.resends if event.letter_id.endswith(resend.id)]
    at = event.sent_at if isinstance(event, LetterSent) else event.failed_at
    if asked:
        at = max(at, *asked)
    elif isinstance(event, LetterFailed) or not _to_the_same(letter, event):
        return letter
    known = max(filter(None, (letter.failed_at, letter.replaced_at)), default=at)
    return letter.model_copy(update={"replaced_at": at}) if letter.id != event.letter_id and at > known else letter


def _to_the_same(letter: DeskLetter, event: LetterSent) -> bool:
    copied = letter.template != COPY or letter.recipient == event.recipient
    return copied and letter.template == event.template and letter.unit == event.unit


def cannot_be_sent(letter: DeskLetter, now: datetime) -> str | None:
    """Why it cannot be sent again, as a msgid; None when it can."""
    asked = max((resend.at for resend in letter.resends), default=None)
    if not letter.of_case:
        return NOT_BY_ITSELF
    if letter.state is LetterState.REPLACED:
        return REPLACED
    if letter.sent_at and letter.state is LetterState.SENT:
        kept = now - letter.sent_at < KEPT
        return (AGAIN_ALREADY if asked and now - asked < PATIENCE else None) if kept else GONE
    if letter.cause == "gone":
        return GONE
    return AGAIN_ALREADY if asked and letter.failed_at and asked > letter.failed_at else None


def send_again(
    letter: DeskLetter,
    *,
    request_id: str,
    by: Officer,
    now: datetime,
    email: str | None = None,
    contacts_version: int | None = None,
) -> tuple[DeskLetter, list[Event]]:
    """Have it sent again, to ``email`` or to the same recipient. Raises Refused when it cannot be."""
    if why_not := cannot_be_sent(letter, now):
        raise Refused(why_not)
    resend = Resend(id=request_id, at=now, actor=by.actor, email=email)
    wish = LetterResendRequested(
        message_id=letter.message_id,
        letter_id=letter.id,
        request_id=request_id,
        email=email,
        requested_at=now,
        contacts_version=contacts_version,
    )
    record = _audited(AuditAction.LETTER_RESENT, letter, now)
    again = letter.model_copy(update={"resends": (*letter.resends, resend), "dealt_with": None})
    return again, done_by(by.actor, wish, record)


def deal_with(letter: DeskLetter, said: str, *, by: Actor, now: datetime) -> tuple[DeskLetter, list[Event]]:
    """Somebody has told the recipient in another way. Raises Refused when it arrived."""
    if letter.state is LetterState.DEALT_WITH:
        return letter, []
    if not letter.lost:
        raise Refused(ARRIVED)
    dealt_with = letter.model_copy(update={"dealt_with": DealtWith(at=now, actor=by, said=said)})
    return dealt_with, done_by(by, _audited(AuditAction.LETTER_DEALT_WITH, letter, now))


def deal_with_own(letter: DeskLetter, told: ContactCorrected) -> DeskLetter:
    """The submitter gave another address, to which the way to the status page goes: what failed before stands there."""
    failed = letter.undelivered and letter.to is Recipient.SUBMITTER and letter.failed_at
    if not failed or failed > told.corrected_at:
        return letter
    by = Actor(kind="submitter", id=letter.message_id)
    return letter.model_copy(update={"dealt_with": DealtWith(at=told.corrected_at, actor=by)})


def _audited(action: AuditAction, letter: DeskLetter, now: datetime) -> RouterAudited:
    return RouterAudited(action=action, object_kind="letter", object_id=letter.id, at=now)
