"""An answer that the submitter was told by telephone, on paper or at the counter: it ends the case like a letter."""

from datetime import datetime
from typing import Final, Literal

from services.router.access import Officer
from services.router.cases.domain.case import Case
from services.router.cases.domain.review import approve
from shared.events import CaseAnswered, Event
from shared.refused import Refused

Channel = Literal["telephone", "paper", "counter"]
CHANNELS: Final[tuple[Channel, ...]] = ("telephone", "paper", "counter")
NOT_YET = "The answer cannot have been given before the message came, or after today."


class NotThen(Refused):
    """The date is not possible."""

    field = "day"


def tell(
    case: Case,
    *,
    channel: str,
    told_at: datetime,
    told_of: str,
    answer: str,
    versions: set[str],
    waived_because: str,
    by: Officer,
    now: datetime,
) -> tuple[Case, list[Event]]:
    """Note an answer that ``told_of``, a person, gave at ``told_at``; as ``approve``, but no letter goes out.

    Raises Refused, also for a time before the message or after ``now``.
    """
    if not case.submitted_at <= told_at <= now:
        raise NotThen(NOT_YET)
    answered, announcing = approve(
        case, answer=answer, versions=versions, waived_because=waived_because, by=by, now=now
    )
    told = {"told_by": channel, "told_at": told_at, "told_of": told_of}
    noted = answered.answer.model_copy(update=told) if answered.answer else None
    by_channel = {"told_by": channel}
    events = [e.model_copy(update=by_channel) if isinstance(e, CaseAnswered) else e for e in announcing]
    return answered.model_copy(update={"answer": noted}), events
