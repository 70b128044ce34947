"""Open cases follow the calendar: their clocks, the units' and that of the law, are counted again when it changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.router.cases.domain.case import Case, with_timeline
from services.router.cases.domain.parts import Assignment, TimelineEntry
from services.router.cases.domain.stopping import pauses
from services.router.deadlines.domain.counting import DayClock, Deadlines, Unit
from shared.days import day_of
from shared.events import AssignmentRescheduled, Event, done_by
from shared.state import Actor

BY_CALENDAR = Actor(kind="system", id="calendar")
CAUSE = "calendar"


@dataclass(frozen=True)
class Moved:
    """A last day that another calendar moves; without an assignment it is that of the law."""

    assignment: Assignment | None
    before: datetime
    after: datetime


def counted_by(case: Case) -> int | None:
    """The oldest version of the calendar by which a running clock of the case was counted; None: none was."""
    clocks = [a.clock for a in _running(case) if a.clock]
    if case.answer_clock and not case.finished:
        clocks.append(case.answer_clock)
    return min((clock.calendar_version for clock in clocks if clock.unit != Unit.CALENDAR), default=None)


def moved_by(case: Case, deadlines: Deadlines) -> list[Moved]:
    """The last days of the case that would be others by this calendar."""
    running = [(a, a.due_at, deadlines.due(a.clock, pauses(case, a))) for a in _running(case) if a.due_at and a.clock]
    found = [Moved(a, before, after) for a, before, after in running if before != after]
    of_law = case.answer_clock
    if of_law and of_law.unit != Unit.CALENDAR and case.answer_due_at and not case.finished:
        after = deadlines.due(of_law)
        found += [Moved(None, case.answer_due_at, after)] if after != case.answer_due_at else []
    return found


def move(
    case: Case, deadlines: Deadlines, changed: Mapping[date, str], now: datetime
) -> tuple[Case, Sequence[Event]] | None:
    """The case by the calendar of now; None when it follows it already. ``changed``: days that changed, by name.

    Units whose last day moves are told; the timeline says from when to when, and because of which days.
    """
    version = counted_by(case)
    if version is None or version >= deadlines.calendar.version:
        return None
    moved = moved_by(case, deadlines)
    by_id = {m.assignment.id: m.after for m in moved if m.assignment}
    running = {a.id for a in _running(case)}
    assignments = tuple(_counted(a, by_id, deadlines) if a.id in running else a for a in case.assignments)
    law = next((m.after for m in moved if m.assignment is None), case.answer_due_at)
    clock = deadlines.again(case.answer_clock) if case.answer_clock else None
    entries = [_entry(m, _reasons(case, m, changed, deadlines), now) for m in moved]
    after = with_timeline(case, *entries, assignments=assignments, answer_due_at=law, answer_clock=clock)
    told = [
        AssignmentRescheduled(
            message_id=case.id, assignment_id=assignment_id, due_at=due_at, cause=CAUSE, rescheduled_at=now
        )
        for assignment_id, due_at in by_id.items()
    ]
    return after, done_by(BY_CALENDAR, *told)


def _running(case: Case) -> Iterable[Assignment]:
    """The assignments whose clocks run; one that stands is counted when it goes on."""
    return [] if case.finished else [a for a in case.awaited if a.due_at and a.clock]


def _counted(assignment: Assignment, moved: Mapping[str, datetime], deadlines: Deadlines) -> Assignment:
    clock: DayClock | None = assignment.clock and deadlines.again(assignment.clock)
    return assignment.model_copy(update={"clock": clock, "due_at": moved.get(assignment.id, assignment.due_at)})


def _reasons(case: Case, moved: Moved, changed: Mapping[date, str], deadlines: Deadlines) -> dict[str, str]:
    """Of the changed days those on the way to the earlier or the later last day."""
    of_unit = moved.assignment.clock if moved.assignment else case.answer_clock
    first = day_of(of_unit.started_at if of_unit else case.submitted_at, deadlines.zone)
    last = day_of(max(moved.before, moved.after), deadlines.zone)
    return {day.isoformat(): name for day, name in changed.items() if first < day <= last}


def _entry(moved: Moved, days: Mapping[str, str], now: datetime) -> TimelineEntry:
    return TimelineEntry(
        at=now,
        what="rescheduled" if moved.assignment else "answer_rescheduled",
        actor=BY_CALENDAR,
        unit=moved.assignment.unit.code if moved.assignment else None,
        due_before=moved.before,
        due_at=moved.after,
        days=days,
    )
