"""Receipts that the notifier holds, because their address has had enough of them, until an officer decides."""

from datetime import datetime

from pydantic import AwareDatetime

from services.router.access import AuditAction, Officer
from shared.events import Event, LetterDecided, LetterHeld, RouterAudited, done_by
from shared.refused import Refused
from shared.state import Actor, Aggregate

RECORDED = {"release": AuditAction.LETTER_RELEASED, "discard": AuditAction.LETTER_DISCARDED}
DECIDED = "A colleague has already decided about this e-mail."


class HeldLetter(Aggregate):
    """One held letter; ``id`` is the notifier's. ``decision`` is ``release`` or ``discard``, and absent before."""

    message_id: str
    held_at: AwareDatetime
    decision: str | None = None
    decided_at: AwareDatetime | None = None
    actor: Actor | None = None


def held(event: LetterHeld) -> HeldLetter:
    """A letter waits for a decision."""
    return HeldLetter(id=event.letter_id, message_id=event.message_id, held_at=event.held_at)


def decide(letter: HeldLetter, decision: str, *, by: Officer, now: datetime) -> tuple[HeldLetter, list[Event]]:
    """Send it, or never. Raises Refused when somebody has decided already."""
    if letter.decision:
        raise Refused(DECIDED)
    event = LetterDecided(message_id=letter.message_id, letter_id=letter.id, decision=decision, decided_at=now)
    record = RouterAudited(action=RECORDED[decision], object_kind="letter", object_id=letter.id, at=now)
    decided = letter.model_copy(update={"decision": decision, "decided_at": now, "actor": by.actor})
    return decided, done_by(by.actor, event, record)
