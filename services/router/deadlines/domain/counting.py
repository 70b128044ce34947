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
from services.router.texts.domain.institution import KindSettings
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
    """The institution's terms as they are now: days, those of each kind, and the calendar.

    ``answer_days`` are calendar days (Law 3071, article 7). ``kinds`` are those of the institution, with their terms.
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Istanbul"))
    unit_days: int = 7
    revision_days: int = 3
    answer_days: int = 30
    calendar: Calendar = field(default_factory=turkey)
    kinds: tuple[KindSettings, ...] = ()

    def for_unit(self, now: datetime, days: int | None = None, *, kind: str = "") -> DayClock:
        """The clock of a unit that is asked now about a message of this kind.

        ``days``: working days that an officer has said instead.
        """
        terms = self._of(kind)
        if days or terms is None or terms.unit_days is None:
            return self._clock(now, days or self.unit_days, Unit.WORKING)
        return self._clock(now, terms.unit_days, terms.unit_counts)

    def for_answer(self, submitted_at: datetime, kind: str = "") -> DayClock:
        """The clock of the law for a message of this kind. Nothing stops it."""
        terms = self._of(kind)
        if terms is None or terms.answer_days is None:
            return self._clock(submitted_at, self.answer_days, Unit.CALENDAR)
        return self._clock(submitted_at, terms.answer_days, terms.answer_counts)

    def due(self, clock: DayClock, pauses: Sequence[Pause] = ()) -> datetime:
        """The last moment of the clock's last day."""
        return due(clock, pauses, self.calendar, self.zone)

    def explain(self, clock: DayClock, pauses: Sequence[Pause] = ()) -> list[Row]:
        """How the last day was counted, day by day."""
        return explain(clock, pauses, self.calendar, self.zone)

    def until(self, due_at: datetime, *, since: datetime) -> DayClock:
        """The clock of which only the last day is known: the version before 0.5.0 kept nothing else."""
        first, last = day_of(since, self.zone), day_of(due_at, self.zone)
        days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
        worth = sum(self.calendar.worth(day) for day in days)
        return self._clock(since, ceil(worth / WHOLE), Unit.WORKING)

    def again(self, clock: DayClock) -> DayClock:
        """The clock, counted by the calendar as it is now."""
        return clock.model_copy(update={"calendar_version": self.calendar.version})

    def answer_due(self, submitted_at: datetime, kind: str = "") -> datetime:
        """The last moment for the answer to a message of this kind."""
        return self.due(self.for_answer(submitted_at, kind))

    def _of(self, kind: str) -> KindSettings | None:
        return next((one for one in self.kinds if one.id == kind), None)

    def _clock(self, start: datetime, days: int, unit: str) -> DayClock:
        return DayClock(started_at=start, days=days, unit=unit, calendar_version=self.calendar.version)


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
