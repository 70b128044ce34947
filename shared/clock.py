"""The time, as documents and events keep it."""

from datetime import UTC, datetime


def clock() -> datetime:
    """Now, in UTC, to the millisecond: the precision in which MongoDB keeps times."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
