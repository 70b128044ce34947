"""Deadline status of an assignment. Derived from its last day and today, never stored."""

from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from shared.days import days_left

SOON = 3
"""An assignment is due soon on its last day, and so many days before it, less one."""


class DeadlineStatus(StrEnum):
    """Whether a reply is due."""

    ON_TIME = "on_time"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"


def deadline_status(due_at: datetime, now: datetime, zone: ZoneInfo) -> DeadlineStatus:
    """The status of the last day for a unit's reply, where the institution is. It is overdue only afterwards."""
    days = days_left(due_at, now, zone)
    if days < 0:
        return DeadlineStatus.OVERDUE
    return DeadlineStatus.DUE_SOON if days < SOON else DeadlineStatus.ON_TIME
