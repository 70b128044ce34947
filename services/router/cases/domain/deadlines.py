"""How an assignment stands to its date. Derived from the date and the time of day, never stored."""

from datetime import datetime, timedelta
from enum import StrEnum

SOON = timedelta(days=3)
"""How long before its date an assignment is due soon."""


class DeadlineStatus(StrEnum):
    """Where the hand stands."""

    ON_TIME = "on_time"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"


def deadline_status(due_at: datetime, now: datetime) -> DeadlineStatus:
    """Where the hand stands for a date by which a unit has to reply."""
    if due_at < now:
        return DeadlineStatus.OVERDUE
    return DeadlineStatus.DUE_SOON if due_at < now + SOON else DeadlineStatus.ON_TIME
