"""How an assignment stands to its date. Derived from the date and the time of day, never stored."""

from datetime import datetime, timedelta
from enum import StrEnum

SOON = timedelta(days=3)
"""How long before its date an assignment is due soon."""


class Clock(StrEnum):
    """Where the hand stands."""

    ON_TIME = "on_time"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"


def clock_of(due_at: datetime, now: datetime) -> Clock:
    """Where the hand stands for a date by which a unit has to reply."""
    if due_at < now:
        return Clock.OVERDUE
    return Clock.DUE_SOON if due_at < now + SOON else Clock.ON_TIME
