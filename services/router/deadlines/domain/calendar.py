"""The calendar of working days: weekends, holidays, half days."""

from collections.abc import Mapping
from datetime import date

from shared.state import State

WEEK = 5
"""Monday to Friday."""
WHOLE, HALF, NONE = 2, 1, 0
"""What a day is worth, in half days."""


class Calendar(State):
    """The days on which the institution does not work, or works until 13:00, each with its name.

    A day that is in both is a holiday. ``version`` grows with each change; a last day names the one that it follows.
    """

    version: int = 1
    holidays: Mapping[date, str] = {}
    half_days: Mapping[date, str] = {}

    def worth(self, day: date) -> int:
        """How much of the day is worked, in half days: 0, 1 or 2."""
        if day.weekday() >= WEEK or day in self.holidays:
            return NONE
        return HALF if day in self.half_days else WHOLE

    def name(self, day: date) -> str:
        """What the holiday or half day is called; empty for another day."""
        return self.holidays.get(day) or self.half_days.get(day, "")
