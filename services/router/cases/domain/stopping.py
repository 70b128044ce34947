"""The units' clocks stand while the submitter is asked.

A question stops the clocks of the units that are at work. Whoever routes a case while a question is open does not wait
for the answer, so that clock runs.
"""

from collections.abc import Iterable
from datetime import datetime

from services.router.cases.domain.case import Case
from services.router.cases.domain.parts import Assignment
from services.router.deadlines.domain.counting import Deadlines, Pause
from shared.events import AssignmentRescheduled, Event, done_by
from shared.state import Actor


def stop(case: Case, deadlines: Deadlines, *, by: Actor, now: datetime) -> tuple[Case, list[Event]]:
    """A question was asked: the clocks of the units stand, and their last days are open."""
    return _rescheduled(case, deadlines, [a for a in case.awaited if a.due_at], by, now)


def go_on(before: Case, case: Case, deadlines: Deadlines, *, now: datetime) -> tuple[Case, list[Event]]:
    """An answer has come: clocks that stood for it alone go on, and the units have other last days."""
    if len(before.open_questions) == len(case.open_questions):
        return case, []
    standing = [a for a in case.awaited if a.clock and not a.due_at]
    free = [a for a in standing if all(pause.until for pause in pauses(case, a))]
    return _rescheduled(case, deadlines, free, case.actor, now)


def pauses(case: Case, assignment: Assignment) -> list[Pause]:
    """When the assignment's clock stood, and stands."""
    started_at = assignment.clock.started_at if assignment.clock else assignment.requested_at
    return [Pause(since=q.asked_at, until=q.answered_at) for q in case.questions if q.asked_at > started_at]


def _rescheduled(
    case: Case, deadlines: Deadlines, moving: Iterable[Assignment], by: Actor, now: datetime
) -> tuple[Case, list[Event]]:
    """Open assignments with the last days that their clocks say now."""
    changed: dict[str, Assignment] = {}
    told: list[Event] = []
    for assignment in moving:
        until = assignment.due_at or now
        clock = deadlines.again(assignment.clock or deadlines.until(until, since=assignment.requested_at))
        of_clock = assignment.model_copy(update={"clock": clock})
        stood = pauses(case, of_clock)
        stopped = any(pause.until is None for pause in stood)
        due_at = deadlines.due(clock, [pause.model_copy(update={"until": pause.until or now}) for pause in stood])
        changed[assignment.id] = of_clock.model_copy(update={"due_at": None if stopped else due_at})
        told.append(
            AssignmentRescheduled(
                message_id=case.id,
                assignment_id=assignment.id,
                due_at=due_at,
                cause="question",
                rescheduled_at=now,
                stopped=stopped or None,
            )
        )
    assignments = tuple(changed.get(a.id, a) for a in case.assignments)
    return case.model_copy(update={"assignments": assignments}), done_by(by, *told)
