"""The clock."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Code that needs the time takes a clock as an argument, so that tests can set it."""


def utc_now() -> datetime:
    """Now, in UTC, in milliseconds: MongoDB stores no finer times."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
