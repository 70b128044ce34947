"""A unit asks for more time; an officer grants days or refuses.

The last day never moves beyond that of the law without an interim answer (Law 3071, article 7).
"""

from datetime import datetime

from services.router.access import Officer
from services.router.cases.domain.case import Case, entry_by, entry_of, require_decided, with_assignment, with_timeline
from services.router.cases.domain.parts import Assignment, Extension
from services.router.cases.domain.routing import FINISHED
from services.router.cases.domain.statutory import answer_due
from services.router.cases.domain.stopping import pauses
from services.router.deadlines.domain.counting import DayClock, Deadlines, Unit
from shared.events import Event, ExtensionDecided, ExtensionRequested, done_by
from shared.refused import Refused

DECIDED = "This request has been decided already, or the unit has replied meanwhile."
BEYOND = (
    "The unit's last day would come after the last day for the answer by law."
    " Please send the submitter an interim answer first, or grant fewer days."
)


class BeyondTheLaw(Refused):
    """So many days would end after the day by which the law asks for an answer."""

    field = "days"


def receive_request(case: Case, requested: ExtensionRequested) -> Case:
    """The unit asks for more time. When it may no longer reply, that is a timeline entry only."""
    assignment = case.assignment(requested.assignment_id)
    entry = entry_of(
        assignment, "extension_requested", requested.requested_at, by=requested.by, text=requested.reason
    ).model_copy(update={"number": requested.days})
    if case.finished or not assignment.awaited or any(e.id == requested.request_id for e in assignment.extensions):
        return with_timeline(case, entry)
    asked = Extension(
        id=requested.request_id,
        days=requested.days,
        reason=requested.reason,
        by=requested.by,
        requested_at=requested.requested_at,
    )
    assignments = with_assignment(case, assignment, extensions=(*assignment.extensions, asked))
    return with_timeline(case, entry, assignments=assignments)


def grant(
    case: Case, assignment_id: str, *, request_id: str, days: int, by: Officer, now: datetime, deadlines: Deadlines
) -> tuple[Case, list[Event]]:
    """Give the unit so many working days more, from its last day on, or from today where that is over.

    Raises Refused when there is nothing to decide, and BeyondTheLaw.
    """
    assignment, asked = _asked(case, assignment_id, request_id)
    clock = longer(assignment, days, deadlines, now)
    due_at = _due(case, assignment, clock, deadlines, now)
    if due_at > answer_due(case, deadlines) and not case.informed:
        raise BeyondTheLaw(BEYOND)
    stands = assignment.due_at is None
    decided = asked.model_copy(update={"granted": True, "granted_days": days, "decided_at": now})
    entry = entry_by(by, "extension_granted", now, unit=assignment.unit.code)
    entry = entry.model_copy(update={"number": days, "due_before": assignment.due_at, "due_at": due_at})
    changes = {"clock": clock, "due_at": None if stands else due_at, "extensions": _with(assignment, decided)}
    granted = with_timeline(case, entry, assignments=with_assignment(case, assignment, **changes))
    return granted, done_by(by.actor, _told(case, assignment, now, granted=True, reason="", due_at=due_at))


def refuse_more_time(
    case: Case, assignment_id: str, *, request_id: str, reason: str, by: Officer, now: datetime, deadlines: Deadlines
) -> tuple[Case, list[Event]]:
    """The unit gets no more time, for a reason. Raises Refused when there is nothing to decide."""
    assignment, asked = _asked(case, assignment_id, request_id)
    decided = asked.model_copy(update={"granted": False, "decision": reason, "decided_at": now})
    entry = entry_by(by, "extension_refused", now, unit=assignment.unit.code, text=reason)
    assignments = with_assignment(case, assignment, extensions=_with(assignment, decided))
    due_at = assignment.due_at or _due(case, assignment, assignment.clock, deadlines, now)
    told = _told(case, assignment, now, granted=False, reason=reason, due_at=due_at)
    return with_timeline(case, entry, assignments=assignments), done_by(by.actor, told)


def longer(assignment: Assignment, days: int, deadlines: Deadlines, now: datetime) -> DayClock:
    """The clock with so many working days more.

    One that counts working days goes on counting; another begins anew on its last day, or today where that is over.
    """
    due_at = assignment.due_at
    over = due_at is not None and due_at < now
    if assignment.clock and assignment.clock.unit == Unit.WORKING and not over:
        more = assignment.clock.days + days
        return deadlines.again(assignment.clock).model_copy(update={"days": more})
    return deadlines.for_unit(now if over or due_at is None else due_at, days)


def _due(case: Case, assignment: Assignment, clock: DayClock | None, deadlines: Deadlines, now: datetime) -> datetime:
    """The clock's last day; if it stands, that were the answer to come now."""
    if clock is None:
        return now
    stood = pauses(case, assignment.model_copy(update={"clock": clock}))
    return deadlines.due(clock, [pause.model_copy(update={"until": pause.until or now}) for pause in stood])


def _asked(case: Case, assignment_id: str, request_id: str) -> tuple[Assignment, Extension]:
    if case.finished:
        raise Refused(FINISHED)
    require_decided(case)
    assignment = case.assignment(assignment_id)
    asked = assignment.asks_for_time
    if asked is None or asked.id != request_id:
        raise Refused(DECIDED)
    return assignment, asked


def _with(assignment: Assignment, decided: Extension) -> tuple[Extension, ...]:
    return tuple(decided if one.id == decided.id else one for one in assignment.extensions)


def _told(
    case: Case, assignment: Assignment, now: datetime, *, granted: bool, reason: str, due_at: datetime
) -> ExtensionDecided:
    return ExtensionDecided.model_validate(
        {
            "message_id": case.id,
            "assignment_id": assignment.id,
            "reference": case.reference,
            "unit": assignment.unit.model_dump(),
            "granted": granted,
            "reason": reason,
            "due_at": due_at,
            "decided_at": now,
        }
    )
