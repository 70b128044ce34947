"""The time, as documents and events keep it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Whoever needs the time takes a clock as an argument, so that a test can set it."""


def utc_now() -> datetime:
    """Now, in UTC, to the millisecond: the precision in which MongoDB keeps times."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
