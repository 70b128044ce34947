"""Days out of a calendar file (iCalendar, RFC 5545): each event is a day or a span on which nobody works. Pure."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from icalendar import Calendar

from services.router.deadlines.domain.stored import MOST_DAYS, CalendarDay
from shared.alphabet import lower
from shared.characters import clean
from shared.refused import Refused

UNREADABLE = "This is not a calendar file (iCalendar, .ics)."
EMPTY = "There is no event in this file."
TOO_MANY = "There are more than a thousand days in this file. Please import fewer at a time."
NOT_YEARLY = "An event in this file repeats in another way than every year. Please enter its days by hand."
LONGEST_SPAN = 31
MOST_RULES = 100
OLDEST = 1900
"""The first year in which a rule may begin: each year of it costs time."""
UNDERSTOOD = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS", "WKST"})
"""Parts of a rule. Others make thousands of times of one day, or none in thousands of years."""
TOO_LONG = "An event in this file lasts longer than a month. Please enter such a time by hand."
WHOLE_DAY = timedelta(hours=6)
"""An event with hours counts as a whole day from this length on, as a half day below it."""
HALF_DAY_WORDS = ("yarım gün", "arife", "half day", "half-day")
LONGEST_NAME = 150


class BadCalendar(Refused):
    """The file cannot be imported."""

    field = "file"


def days_in(text: str, zone: ZoneInfo, *, years: range) -> dict[date, CalendarDay]:
    """The days of the events in the file that lie in these years. Events that were cancelled do not count.

    A day on which several events lie is a whole day, if one of them is. Raises BadCalendar.
    """
    found: dict[date, CalendarDay] = {}
    for event in _events(text):
        try:
            for day, one in _days_of(event, zone, years):
                if day.year in years and (day not in found or found[day].half):
                    found[day] = one
                if len(found) > MOST_DAYS:
                    raise BadCalendar(TOO_MANY)
        except OverflowError as error:  # it lasts beyond the year 9999
            raise BadCalendar(UNREADABLE) from error
    if not found:
        raise BadCalendar(EMPTY)
    return found


def _events(text: str) -> list[Any]:
    try:
        calendars = Calendar.from_ical(text.lstrip("\ufeff \r\n"), multiple=True)
        events = [e for calendar in calendars for e in calendar.walk("VEVENT") if e.get("STATUS") != "CANCELLED"]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise BadCalendar(UNREADABLE) from error
    if not calendars:
        raise BadCalendar(UNREADABLE)
    if len(events) > MOST_DAYS or sum("RRULE" in event for event in events) > MOST_RULES:
        raise BadCalendar(TOO_MANY)
    return events


def _days_of(event: Any, zone: ZoneInfo, years: range) -> Iterator[tuple[date, CalendarDay]]:
    try:
        start, length = event.start, event.duration
        name = " ".join(clean(str(event.get("SUMMARY", "")).replace("\ufffd", "?")).split())[:LONGEST_NAME] or "–"
        starts = list(_starts(event, start, years))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise BadCalendar(UNREADABLE) from error
    if length > timedelta(days=LONGEST_SPAN):
        raise BadCalendar(TOO_LONG)
    named_half = any(word in lower(name) for word in HALF_DAY_WORDS)
    for begins in starts:
        if isinstance(begins, datetime):
            yield from _timed(begins, length, name, zone, named_half)
        else:
            for number in range(max(length.days, 1)):
                yield begins + timedelta(days=number), CalendarDay(name=name, half=named_half)


def _timed(
    begins: datetime, length: timedelta, name: str, zone: ZoneInfo, named_half: bool
) -> Iterator[tuple[date, CalendarDay]]:
    """The days of an event with hours: a short one is a half day."""
    begins = begins.astimezone(zone) if begins.tzinfo else begins.replace(tzinfo=zone)
    ends = begins + max(length, timedelta(minutes=1))
    day = begins.date()
    while day <= (ends - timedelta(microseconds=1)).date():
        first = max(begins, datetime.combine(day, time.min, tzinfo=zone))
        last = min(ends, datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone))
        afternoon = first.hour >= 12
        yield day, CalendarDay(name=name, half=named_half or afternoon or last - first < WHOLE_DAY)
        day += timedelta(days=1)


def _starts(event: Any, start: date, years: range) -> Iterator[date]:
    """When the event begins: once, or each year that its rule says. Rules of another kind are refused."""
    rule = event.get("RRULE")
    if rule is None:
        yield start
        return
    said = dict(part.split("=", 1) for part in rule.to_ical().decode().split(";"))
    strange = set(said) - UNDERSTOOD or int(said.get("INTERVAL", 1)) < 1
    if said.get("FREQ") != "YEARLY" or start.year < OLDEST or strange:
        raise BadCalendar(NOT_YEARLY)
    if start.year >= years.stop:
        return
    times = int(said.pop("COUNT", MOST_DAYS))
    said["UNTIL"] = min(said.get("UNTIL", "9999"), f"{years.stop}0101")[:8]  # a day is exact enough
    timed = isinstance(start, datetime)
    first = start.replace(tzinfo=None) if isinstance(start, datetime) else datetime.combine(start, time.min)
    left_out = {one.dt.replace(tzinfo=None) if isinstance(one.dt, datetime) else one.dt for one in _exceptions(event)}
    repeated = rrulestr(";".join(f"{name}={value}" for name, value in said.items()), dtstart=first)
    if next(iter(repeated), None) is None:  # never, such as on 30 February: each further one would cost a second
        raise BadCalendar(NOT_YEARLY)
    for at in islice(repeated, min(times, MOST_DAYS + 1)):
        if (at if timed else at.date()) not in left_out:
            yield at.replace(tzinfo=start.tzinfo) if isinstance(start, datetime) else at.date()


def _exceptions(event: Any) -> list[Any]:
    found = event.get("EXDATE", [])
    return [one for dates in (found if isinstance(found, list) else [found]) for one in dates.dts]
