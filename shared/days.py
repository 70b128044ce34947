"""Days of the institution: a day begins and ends at midnight in its time zone. Pure; moments are aware datetimes.

A date by which somebody has to reply is stored as a moment, and means the whole day on which it lies.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_WEEK = 5
"""Monday to Friday."""
_TICK = timedelta(milliseconds=1)
"""MongoDB stores no finer times."""


def local(at: datetime, zone: ZoneInfo) -> datetime:
    """The moment in local time; as it is, where that lies beyond the first or the last day that a datetime can hold."""
    try:
        return at.astimezone(zone)
    except OverflowError:
        return at


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """The day on which a moment lies."""
    return local(at, zone).date()


def first_moment(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which the day begins, in UTC; the first or the last of all moments where it lies beyond those."""
    try:
        return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return (datetime.min if day.year == date.min.year else datetime.max).replace(tzinfo=UTC)


def last_moment(day: date, zone: ZoneInfo) -> datetime:
    """The last moment of the day, in UTC: a millisecond before the midnight that ends it."""
    if day == date.max:
        return datetime.max.replace(tzinfo=UTC)
    return first_moment(day + timedelta(days=1), zone) - _TICK


def last_day(due_at: datetime, zone: ZoneInfo) -> date:
    """The last day on which something may be done that is due at this moment."""
    return day_of(due_at, zone)


def days_left(due_at: datetime, now: datetime, zone: ZoneInfo) -> int:
    """Days until the last day: 0 on that day, negative afterwards."""
    return (last_day(due_at, zone) - day_of(now, zone)).days


def after_working_days(now: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The last moment of the day that is so many working days (Monday to Friday) after today."""
    day = day_of(now, zone)
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() < _WEEK
    return last_moment(day, zone)


def quiet(at: datetime, zone: ZoneInfo, *, since: int, until: int) -> bool:
    """Whether the moment lies in the quiet hours, from one hour of the day until another; equal hours: in none."""
    hour = local(at, zone).hour
    return since <= hour < until if since <= until else hour >= since or hour < until


def after_quiet(at: datetime, zone: ZoneInfo, *, since: int, until: int) -> datetime:
    """The end of the quiet hours in which the moment lies, in UTC; the moment itself outside of them."""
    if not quiet(at, zone, since=since, until=until):
        return at
    day = day_of(at, zone)
    ends = (datetime.combine(day + timedelta(days=ahead), time(until), tzinfo=zone).astimezone(UTC) for ahead in (0, 1))
    return next(end for end in ends if end > at)
