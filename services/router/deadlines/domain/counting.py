"""The two clocks: days for a unit's reply, and days for the answer that the law asks for. Pure.

A clock counts from the day after its start, and its last day lasts until its midnight where the institution is. A half
day counts half. A day on which the clock stands, even for a part of it, does not count.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from math import ceil
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime

from services.router.deadlines.domain.calendar import HALF, NONE, WEEK, WHOLE, Calendar
from services.router.deadlines.domain.turkey import turkey
from shared.days import day_of, last_moment
from shared.state import Open, State


class Unit(StrEnum):
    """Which days a clock counts."""

    WORKING = "working"
    CALENDAR = "calendar"


class DayClock(State):
    """So many ``days`` after ``started_at``. ``calendar_version``: the calendar by which its last day was counted."""

    started_at: AwareDatetime
    days: int
    unit: Open[Unit] = Unit.WORKING
    calendar_version: int = 0


class Pause(State):
    """The clock stands from one moment to another; None: it stands still."""

    since: AwareDatetime
    until: AwareDatetime | None = None


class Why(StrEnum):
    """Why a day counts as it does."""

    START = "start"
    COUNTED = "counted"
    HALF_DAY = "half_day"
    HOLIDAY = "holiday"
    WEEKEND = "weekend"
    PAUSED = "paused"


@dataclass(frozen=True)
class Row:
    """One day of a clock. ``counts`` and ``total``, all until this day, are in days: 0, 0.5 or 1 a day."""

    day: date
    why: Why
    counts: float
    total: float
    name: str = ""


def due(clock: DayClock, pauses: Sequence[Pause], calendar: Calendar, zone: ZoneInfo) -> datetime:
    """The last moment of the last day, in UTC. ``pauses`` have all ended."""
    *_, last = _counted(clock, pauses, calendar, zone)
    return last_moment(last.day, zone)


def explain(clock: DayClock, pauses: Sequence[Pause], calendar: Calendar, zone: ZoneInfo) -> list[Row]:
    """How the last day was counted: a row for each day, from the start to the last day."""
    return list(_counted(clock, pauses, calendar, zone))


@dataclass(frozen=True)
class Deadlines:
    """The institution's terms: days and calendar. ``answer_days`` are calendar days (Law 3071, article 7)."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Istanbul"))
    unit_days: int = 7
    revision_days: int = 3
    answer_days: int = 30
    calendar: Calendar = field(default_factory=turkey)

    def for_unit(self, now: datetime, days: int | None = None) -> DayClock:
        """The clock of a unit that is asked now; ``days``: working days that an officer has said."""
        return DayClock(started_at=now, days=days or self.unit_days, calendar_version=self.calendar.version)

    def due(self, clock: DayClock, pauses: Sequence[Pause] = ()) -> datetime:
        """The last moment of the clock's last day."""
        return due(clock, pauses, self.calendar, self.zone)

    def until(self, due_at: datetime, *, since: datetime) -> DayClock:
        """The clock of which only the last day is known: the version before 0.5.0 kept nothing else."""
        first, last = day_of(since, self.zone), day_of(due_at, self.zone)
        days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
        worth = sum(self.calendar.worth(day) for day in days)
        return DayClock(started_at=since, days=ceil(worth / WHOLE), calendar_version=self.calendar.version)

    def answer_due(self, submitted_at: datetime) -> datetime:
        """The last moment for the answer to a message. Nothing stops this clock."""
        return self.due(DayClock(started_at=submitted_at, days=self.answer_days, unit=Unit.CALENDAR))


def _counted(clock: DayClock, pauses: Sequence[Pause], calendar: Calendar, zone: ZoneInfo) -> Iterator[Row]:
    day, total = day_of(clock.started_at, zone), 0
    standing = [(day_of(p.since, zone), day_of(p.until, zone)) for p in pauses if p.until]
    yield Row(day, Why.START, 0, 0, calendar.name(day))
    while total < WHOLE * clock.days:
        day += timedelta(days=1)
        why, counts = _judged(day, clock, calendar)
        if any(first <= day <= last for first, last in standing):
            why, counts = Why.PAUSED, NONE
        total += counts
        yield Row(day, why, counts / WHOLE, total / WHOLE, calendar.name(day))


def _judged(day: date, clock: DayClock, calendar: Calendar) -> tuple[Why, int]:
    if clock.unit == Unit.CALENDAR:
        return Why.COUNTED, WHOLE
    worth = calendar.worth(day)
    if worth == NONE:
        return (Why.WEEKEND if day.weekday() >= WEEK else Why.HOLIDAY), NONE
    return (Why.HALF_DAY if worth == HALF else Why.COUNTED), worth
