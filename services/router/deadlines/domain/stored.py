"""The calendar as the desk keeps it: its days, its changes, and what a change would be before it is made. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache

from services.router.access import AuditAction
from services.router.deadlines.domain.calendar import Calendar
from services.router.deadlines.domain.turkey import turkey
from services.router.history import KEPT, Change, WithHistory
from shared.events import RouterAudited
from shared.refused import Refused
from shared.state import Actor, State

CALENDAR = "calendar"
"""The id of the one document."""
NOTHING_CHANGES = "The calendar says this already. Nothing would change."
MOST_DAYS = 1_000
"""Days that one change may have."""


class CalendarDay(State):
    """A day on which the institution does not work, or works until 13:00 (``half``)."""

    name: str
    half: bool = False


Changes = Mapping[date, CalendarDay | None]
"""Days that are to be so from now on; None: a day like any other of the week."""


class StoredCalendar(WithHistory):
    """The days by date, as ISO 8601 says it. ``version`` is one more with each change, which the history has too."""

    version: int = 1
    days: Mapping[str, CalendarDay] = {}

    @property
    def calendar(self) -> Calendar:
        """The calendar by which clocks count."""
        holidays = {date.fromisoformat(day): one.name for day, one in self.days.items() if not one.half}
        half_days = {date.fromisoformat(day): one.name for day, one in self.days.items() if one.half}
        return Calendar(version=self.version, holidays=holidays, half_days=half_days)

    def of(self, day: date) -> CalendarDay | None:
        """What the calendar says about a day; None for a day like any other of the week."""
        return self.days.get(day.isoformat())

    def of_year(self, year: int) -> list[tuple[date, CalendarDay]]:
        """The days of a year, in their order."""
        return [(date.fromisoformat(day), one) for day, one in sorted(self.days.items()) if day[:4] == f"{year:04}"]

    def changed_since(self, version: int) -> dict[date, str]:
        """The days that changed after this version, with the name that each has now; empty for a usual day."""
        newest = self.history[-(self.version - version) :] if version < self.version else ()
        days = sorted({day for change in newest for day in change.fields})
        return {date.fromisoformat(day): self.days[day].name if day in self.days else "" for day in days}


@cache  # it has hundreds of days, and nobody changes it
def filled() -> StoredCalendar:
    """The calendar before the desk has changed it: the days of Türkiye."""
    return StoredCalendar(id=CALENDAR, days={day.isoformat(): one for day, one in _turkish().items()})


def of_turkey(year: int) -> dict[date, CalendarDay]:
    """Türkiye's holidays and half days of a year."""
    return {day: one for day, one in _turkish().items() if day.year == year}


def span(first: date, last: date, one: CalendarDay | None) -> dict[date, CalendarDay | None]:
    """The same for each day of a span, both ends included."""
    return {date.fromordinal(day): one for day in range(first.toordinal(), last.toordinal() + 1)}


def differing(stored: StoredCalendar, wanted: Changes) -> dict[date, CalendarDay | None]:
    """Of the wanted days those that are not so already, in their order. Raises Refused when there is none."""
    found = {day: one for day, one in sorted(wanted.items()) if stored.of(day) != one}
    if not found:
        raise Refused(NOTHING_CHANGES)
    return found


def missing(stored: StoredCalendar, offered: Mapping[date, CalendarDay]) -> dict[date, CalendarDay | None]:
    """Of the offered days those that the calendar has not: what somebody has changed stays."""
    return {day: one for day, one in offered.items() if stored.of(day) is None}


def with_days(stored: StoredCalendar, changes: Changes) -> StoredCalendar:
    """The calendar with these days, in its next version."""
    days = {day.isoformat(): one for day, one in changes.items()}
    kept = {day: one for day, one in stored.days.items() if day not in days}
    added = {day: one for day, one in days.items() if one}
    return StoredCalendar.model_validate(
        {**stored.model_dump(), "version": stored.version + 1, "days": dict(sorted((kept | added).items()))}
    )


def change_calendar(
    stored: StoredCalendar, changes: Changes, *, by: Actor, now: datetime
) -> tuple[StoredCalendar, RouterAudited]:
    """The calendar with these days, and the entry for the audit log. Raises Refused when nothing changes.

    The history has the days alone that changed: the calendar has hundreds.
    """
    differ = differing(stored, changes)
    fields = {day.isoformat(): (_said(stored.of(day)), _said(one)) for day, one in differ.items()}
    change = Change(at=now, by=by, fields=fields)
    after = with_days(stored, differ).model_copy(update={"history": (*stored.history, change)[-KEPT:]})
    audited = RouterAudited(
        action=AuditAction.CALENDAR_CHANGED,
        object_kind="calendar",
        object_id=CALENDAR,
        fields=tuple(_first(fields, 100)),
        at=now,
    )
    return after, audited


def _turkish() -> dict[date, CalendarDay]:
    found = turkey()
    half = {day: CalendarDay(name=name, half=True) for day, name in found.half_days.items()}
    return half | {day: CalendarDay(name=name) for day, name in found.holidays.items()}


def _said(day: CalendarDay | None) -> list[object] | None:
    return [day.name, day.half] if day else None


def _first(days: Iterable[str], most: int) -> list[str]:
    return list(days)[:most]
