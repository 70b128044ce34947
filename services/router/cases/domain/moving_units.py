"""The open cases of a unit go to another one, because the unit is no longer there."""

from collections.abc import Iterator
from datetime import datetime

from services.router.access import Officer
from services.router.cases.domain.case import Case
from services.router.cases.domain.parts import Assignment
from services.router.cases.domain.routing import recall, route
from services.router.cases.domain.states import AssignmentState
from shared.events import CaseProgressed, Event
from shared.state import UnitRef

MOVABLE = (
    AssignmentState.REQUESTED,
    AssignmentState.INVITED,
    AssignmentState.UNDELIVERABLE,
    AssignmentState.VIEWED,
)
"""States without a reply. Where a unit has replied, the assignment stays, so that its text is revised and not lost."""


def movable(case: Case, code: str) -> list[Assignment]:
    """The assignments of this unit that can go to another one now. While an answer is on its way, none."""
    if case.finished or case.held or case.objected or case.merge:
        return []
    return [one for one in case.assignments if one.unit.code == code and one.state in MOVABLE]


def move(
    case: Case, code: str, to: UnitRef, *, ids: Iterator[str], reason: str, by: Officer, now: datetime
) -> tuple[Case, list[Event]] | None:
    """The case with the other unit in the place of this one, with the same text, files and last day; None without one.

    While the clock stands there is no last day: it comes with the submitter's answer. A unit that works on the case
    already is not asked a second time.
    """
    moved, events = case, list[Event]()
    for assignment in movable(case, code):
        moved, recalled = recall(moved, assignment.id, reason=reason, by=by, now=now)
        if any(one.unit.code == to.code and (one.open or one in moved.pending) for one in moved.assignments):
            events += recalled
            continue
        moved, routed = route(
            moved,
            (to,),
            ids=[next(ids)],
            text=assignment.text,
            note=assignment.note,
            share_identity=assignment.identity_shared,
            due_at=assignment.due_at,
            by=by,
            now=now,
            files=assignment.files,
            clock=assignment.clock,
            reply_expected=assignment.reply_expected,
        )
        kept = (event for event in recalled if not isinstance(event, CaseProgressed))  # what follows says where it is
        events += [*kept, *routed]
    return (moved, events) if events else None
