"""What becomes of a letter: sent, refused, held, discarded."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.notifier.domain.composing import readdressed
from services.notifier.domain.letter import OF_NO_MESSAGE, TEST, Letter, LetterState
from services.notifier.domain.refusals import Verdict
from services.notifier.domain.telling import GIVEN_UP, REFUSED, RETURNED, told_failed, told_sent
from shared.events import Event, LetterHeld

OUTAGE_PAUSE = timedelta(seconds=15)
"""Time to the next attempt after the mail server could not be reached."""
OPERATOR_PAUSE = timedelta(minutes=5)
"""Time to the next attempt after it refused us."""
ROOM_PAUSE = timedelta(seconds=1)
"""Time to the next attempt at a letter for whose domain another process took the last place."""
GREYLISTING_PAUSE, GREYLISTING_LASTS = timedelta(minutes=2), timedelta(minutes=20)
"""Time to the next attempt at a letter that is greylisted, for so long after it was made (RFC 6647, 4)."""
SENT_KEPT = timedelta(days=7)
"""How long the bytes of a sent letter stay: mail servers return letters for five days (RFC 5321, 4.5.4.1)."""
FAILED_KEPT = timedelta(days=90)
"""How long at most those of one that failed."""


def sent(letter: Letter, now: datetime) -> tuple[Letter, list[Event]]:
    """The mail server accepted the letter. Its bytes may contain a secret link: they stay for a week, sealed, in case
    it comes back, and not at all where nobody can have it sent again.
    """
    gone = {"state": LetterState.SENT, "sent_at": now, "reason": "", "leased_until": None}
    gone |= {"keep_until": now + SENT_KEPT} if _can_be_sent_again(letter) else {"raw": b""}
    return letter.model_copy(update=gone), [] if letter.template in OF_NO_MESSAGE else [told_sent(letter, now)]


def failed(letter: Letter, reason: str, now: datetime, *, cause: str = REFUSED) -> tuple[Letter, list[Event]]:
    """The letter was not delivered, for a cause of ``telling``. The store encrypts its bytes."""
    lost = {"state": LetterState.FAILED, "reason": reason, "leased_until": None, "keep_until": now + FAILED_KEPT}
    return letter.model_copy(update=lost), [told_failed(letter, reason, now, cause=cause)]


def passed_on(
    letter: Letter, to: tuple[str, str], reason: str, now: datetime, *, cause: str = REFUSED
) -> tuple[Letter, list[Event]]:
    """The letter was not delivered, and goes to another person of the unit: ``to`` is their role and address."""
    role, email = to
    other = {"state": LetterState.QUEUED, "due_at": now, "reason": "", "leased_until": None, "keep_until": None}
    passed = readdressed(letter, email).model_copy(update={**other, "passed_to": role, "fixed": True})
    return passed, [told_failed(letter, reason, now, cause=cause, passed_to=role)]


def returned(
    letter: Letter, reason: str, now: datetime, *, to: tuple[str, str] | None, token: str
) -> tuple[Letter, list[Event]]:
    """The letter came back after it had left; as in ``passed_on`` if there is somebody ``to`` get it instead.

    It then comes back to another address, with this ``token``: what else is told of the first one is not about it. A
    letter in another state than ``sent`` is returned unchanged: it came back before, or goes out again.
    """
    if letter.state is not LetterState.SENT:
        return letter, []
    if to is None or not letter.raw:
        return failed(letter, reason, now, cause=RETURNED)
    passed, announcing = passed_on(letter, to, reason, now, cause=RETURNED)
    return passed.model_copy(update={"return_path": token, "sent_at": None}), announcing


def can_be_passed_on(letter: Letter) -> bool:
    """Whether somebody else of the unit may get it: only once, and nobody for a copy or a trial."""
    return bool(letter.unit_code) and not (letter.is_copy or letter.fixed or letter.template == TEST)


def refused(
    letter: Letter, verdict: Verdict, reason: str, now: datetime, delays: Sequence[float]
) -> tuple[Letter, list[Event]]:
    """The mail server refused. ``delays``: seconds before each retry; after the last, the letter is given up.

    A server that greylists is asked again soon, without a count. What is about us counts no refusal: an operator mends
    it, however long that takes, and no letter fails.
    """
    if verdict is Verdict.RECIPIENT:
        return failed(letter, reason, now)
    if verdict is Verdict.CLIENT:
        return _later(letter, reason, now + OPERATOR_PAUSE), []
    if verdict is Verdict.GREYLISTED and now - letter.made_at < GREYLISTING_LASTS:
        return _later(letter, reason, now + GREYLISTING_PAUSE), []
    if letter.refusals >= len(delays):
        return failed(letter, reason, now, cause=GIVEN_UP)
    later = _later(letter, reason, now + timedelta(seconds=delays[letter.refusals]))
    return later.model_copy(update={"refusals": letter.refusals + 1}), []


def unwanted(letter: Letter) -> Letter:
    """Its recipient gets no copies of this unit's letters any more."""
    return letter.model_copy(
        update={"state": LetterState.DISCARDED, "raw": b"", "reason": "no copy is wanted", "leased_until": None}
    )


def not_offered(letter: Letter, reason: str, now: datetime) -> Letter:
    """The mail server could not be reached. This is not a refusal: no outage, however long, makes a letter fail."""
    return _later(letter, reason, now + OUTAGE_PAUSE)


def put_back(letter: Letter, now: datetime) -> Letter:
    """A letter that was claimed and is not offered after all: that was no attempt."""
    waits = {"due_at": now + ROOM_PAUSE, "leased_until": None, "attempts": letter.attempts - 1}
    return letter.model_copy(update=waits)


def hastened(letter: Letter, email: str | None, now: datetime) -> Letter:
    """A letter that waits goes now; to ``email``, where an officer has corrected the address."""
    to = readdressed(letter, email).model_copy(update={"fixed": True, "passed_to": ""}) if email else letter
    return to.model_copy(update={"due_at": now})


def without_bytes(letter: Letter) -> Letter:
    """A letter that is not sent any more from what is stored of it."""
    return letter.model_copy(update={"raw": b"", "sealed_raw": "", "seal_key": "", "keep_until": None})


def _later(letter: Letter, reason: str, due_at: datetime) -> Letter:
    return letter.model_copy(update={"due_at": due_at, "reason": reason, "leased_until": None})


def _can_be_sent_again(letter: Letter) -> bool:
    return letter.template not in OF_NO_MESSAGE and letter.template != TEST


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
