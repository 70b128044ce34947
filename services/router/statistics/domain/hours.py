"""Working hours between two moments, by the institution's calendar. Pure.

A working day has eight: from 8 to 12 and from 13 to 17 o'clock where the institution is (Law 657, article 99 leaves the
hours to each office; these are the usual ones). A half day ends at 13:00, so that it has four.
"""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from services.router.deadlines.domain.calendar import HALF, NONE, Calendar
from shared.days import local

SPANS: Final = ((8 * 60, 12 * 60), (13 * 60, 17 * 60))
"""From when to when a day is worked, in minutes after midnight."""
HALF_ENDS: Final = 13 * 60
FIRST: Final = date(2000, 1, 1).toordinal()
LAST: Final = date(2200, 1, 1).toordinal()


class WorkingHours:
    """Counts by one calendar. It remembers what the days before a day add up to, so that each span is two look-ups."""

    def __init__(self, calendar: Calendar, zone: ZoneInfo) -> None:
        self._calendar, self._zone = calendar, zone
        self._before = [0]
        """Minutes that were worked before each day, from FIRST on."""

    @property
    def version(self) -> int:
        """The version of the calendar."""
        return self._calendar.version

    def day(self, at: datetime) -> date:
        """The day on which a moment lies."""
        return local(at, self._zone).date()

    def minutes(self, since: datetime, until: datetime) -> int:
        """Working minutes from one moment to another; 0 if the other is not later."""
        return max(self._until(until) - self._until(since), 0)

    def _until(self, at: datetime) -> int:
        here = local(at, self._zone)
        number = min(max(here.date().toordinal(), FIRST), LAST) - FIRST
        while len(self._before) <= number:
            self._before.append(self._before[-1] + self._worked(len(self._before) - 1, 24 * 60))
        return self._before[number] + self._worked(number, here.hour * 60 + here.minute)

    def _worked(self, number: int, minute: int) -> int:
        """Minutes of a day that were worked before this one of its minutes."""
        worth = self._calendar.worth(date.fromordinal(FIRST + number))
        if worth == NONE:
            return 0
        end = min(minute, HALF_ENDS) if worth == HALF else minute
        return sum(max(min(end, to) - since, 0) for since, to in SPANS)


def whole_hours(minutes: int) -> int:
    """Minutes as whole hours; half an hour counts as one."""
    return (minutes + 30) // 60
