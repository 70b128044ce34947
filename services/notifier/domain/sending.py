"""What becomes of a letter: sent, refused, held, discarded."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.notifier.domain.letter import COPY, OF_NO_MESSAGE, Letter, LetterState
from shared.events import Event, LetterFailed, LetterHeld, LetterSent

OUTAGE_PAUSE = timedelta(seconds=15)
"""Time to the next attempt after the mail server could not be reached."""


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
