"""Deadline status of an assignment. Derived from its date and the time, never stored."""

from datetime import datetime, timedelta
from enum import StrEnum

SOON = timedelta(days=3)
"""An assignment is due soon for this long before its date."""


class DeadlineStatus(StrEnum):
    """Whether a reply is due."""

    ON_TIME = "on_time"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"


def deadline_status(due_at: datetime, now: datetime) -> DeadlineStatus:
    """The status of the date by which a unit has to reply."""
    if due_at < now:
        return DeadlineStatus.OVERDUE
    return DeadlineStatus.DUE_SOON if due_at < now + SOON else DeadlineStatus.ON_TIME
