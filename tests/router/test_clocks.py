"""The clocks of units and of the law, beside a count by hand."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.deadlines.domain.calendar import Calendar
from services.router.deadlines.domain.counting import DayClock, Deadlines, Pause, Unit, Why, due, explain
from services.router.deadlines.domain.turkey import turkey

ISTANBUL = ZoneInfo("Europe/Istanbul")
ZONES = st.sampled_from([ISTANBUL, ZoneInfo("UTC"), ZoneInfo("America/New_York")])
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))
FEW_DAYS = st.dictionaries(st.dates(date(2026, 1, 1), date(2029, 12, 31)), st.just("tatil"), max_size=60)
CALENDARS = st.builds(Calendar, holidays=FEW_DAYS, half_days=FEW_DAYS) | st.builds(turkey)
CLOCKS = st.builds(DayClock, started_at=MOMENTS, days=st.integers(0, 40), unit=st.sampled_from(Unit))


@st.composite
def stood(draw: st.DrawFn, clock: DayClock) -> list[Pause]:
    """Pauses after the clock's start, which may touch or contain one another."""
    spans = draw(st.lists(st.tuples(st.integers(0, 60 * 24 * 40), st.integers(0, 60 * 24 * 20)), max_size=4))
    begun = [(clock.started_at + timedelta(minutes=after), timedelta(minutes=length)) for after, length in spans]
    return [Pause(since=since, until=since + length) for since, length in begun]


def counted_by_hand(clock: DayClock, pauses: list[Pause], calendar: Calendar, zone: ZoneInfo) -> date:
    """Day by day, in hours of work: eight on a working day, four on a half day."""
    day, missing = clock.started_at.astimezone(zone).date(), clock.days * 8
    while missing > 0:
        day += timedelta(days=1)
        hours = 8
        if clock.unit is Unit.WORKING:
            hours = (
                0 if day.isoweekday() in (6, 7) or day in calendar.holidays else 4 if day in calendar.half_days else 8
            )
        for pause in pauses:
            assert pause.until
            touched = pause.since.astimezone(zone).date()
            while touched <= pause.until.astimezone(zone).date():
                hours = 0 if touched == day else hours
                touched += timedelta(days=1)
        missing -= hours
    return day


@given(st.data(), CLOCKS, CALENDARS, ZONES)
def test_the_last_day_is_the_one_that_a_count_by_hand_finds_and_ends_at_its_midnight(
    data: st.DataObject, clock: DayClock, calendar: Calendar, zone: ZoneInfo
) -> None:
    pauses = data.draw(stood(clock))
    at = due(clock, pauses, calendar, zone)
    assert at.astimezone(zone).date() == counted_by_hand(clock, pauses, calendar, zone)
    after = (at + timedelta(milliseconds=1)).astimezone(zone)
    assert after.date() == at.astimezone(zone).date() + timedelta(days=1)
    rows = explain(clock, pauses, calendar, zone)
    assert [row.day for row in rows] == [rows[0].day + timedelta(days=number) for number in range(len(rows))]
    assert (rows[-1].day, rows[-1].total) == (at.astimezone(zone).date(), sum(row.counts for row in rows))
    assert clock.days <= rows[-1].total < clock.days + 1


@pytest.fixture(params=["UTC", "Europe/Istanbul"])
def of_server(request: pytest.FixtureRequest) -> Iterator[None]:
    """A server whose own time zone is this one."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    time.tzset()


@pytest.mark.usefixtures("of_server")
def test_the_last_day_is_the_same_at_every_minute_of_the_day_whatever_the_servers_time_zone() -> None:
    midnight = datetime(2026, 11, 23, tzinfo=ISTANBUL)
    days = Deadlines(ISTANBUL)
    lasts = {days.due(days.for_unit(midnight + timedelta(minutes=minute))) for minute in range(24 * 60)}
    assert lasts == {datetime(2026, 12, 2, 23, 59, 59, 999_000, ISTANBUL)}


@pytest.mark.parametrize(
    ("submitted", "last"), [("2028-02-01", "2028-03-02"), ("2027-02-01", "2027-03-03"), ("2028-01-30", "2028-02-29")]
)
def test_the_law_counts_calendar_days_leap_days_too(submitted: str, last: str) -> None:
    at = Deadlines(ISTANBUL).answer_due(datetime.fromisoformat(f"{submitted}T10:00").replace(tzinfo=ISTANBUL))
    assert at.astimezone(ISTANBUL).date() == date.fromisoformat(last)


def test_each_day_of_a_clock_says_why_it_counts_as_it_does() -> None:
    wednesday = datetime(2026, 10, 27, 16, tzinfo=ISTANBUL)  # the half day before 29 October follows
    clock = DayClock(started_at=wednesday, days=2)
    paused = Pause(since=datetime(2026, 11, 2, 9, tzinfo=ISTANBUL), until=datetime(2026, 11, 2, 17, tzinfo=ISTANBUL))
    rows = [(row.day.day, row.why, row.total) for row in explain(clock, [paused], turkey(), ISTANBUL)]
    assert rows == [
        (27, Why.START, 0),
        (28, Why.HALF_DAY, 0.5),
        (29, Why.HOLIDAY, 0.5),
        (30, Why.COUNTED, 1.5),
        (31, Why.WEEKEND, 1.5),
        (1, Why.WEEKEND, 1.5),
        (2, Why.PAUSED, 1.5),
        (3, Why.COUNTED, 2.5),
    ]


NATIONAL = ["01-01", "04-23", "05-01", "05-19", "07-15", "08-30", "10-29"]
"""Law 2429, articles 1 and 2: New Year, 23 April, 1 May, 19 May, 15 July, 30 August, 29 October."""
FEASTS = {
    2026: ["03-20", "03-21", "03-22", "05-27", "05-28", "05-29", "05-30"],
    2027: ["03-09", "03-10", "03-11", "05-16", "05-17", "05-18", "05-19"],
    2028: ["02-26", "02-27", "02-28", "05-05", "05-06", "05-07", "05-08"],
}
"""Three days of Ramazan Bayramı and four of Kurban Bayramı, as the Presidency of Religious Affairs announces them."""
EVES = {
    2026: ["03-19", "05-26", "10-28"],
    2027: ["03-08", "05-15", "10-28"],
    2028: ["02-25", "05-04", "10-28"],
}
"""Half days from 13:00: the eves of the feasts, and 28 October."""


@pytest.mark.parametrize("year", [2026, 2027, 2028])
def test_the_days_of_turkey_are_those_of_the_law_and_of_the_feasts(year: int) -> None:
    def of_year(days: list[str]) -> set[date]:
        return {date.fromisoformat(f"{year}-{day}") for day in days}

    assert {day for day in turkey().holidays if day.year == year} == of_year(NATIONAL + FEASTS[year])
    assert {day for day in turkey().half_days if day.year == year} == of_year(EVES[year])


@given(MOMENTS, st.integers(1, 60))
def test_a_clock_of_which_only_the_last_day_is_known_ends_on_that_day_or_a_half_day_later(
    started_at: datetime, days: int
) -> None:
    deadlines = Deadlines(ISTANBUL)
    known = deadlines.due(deadlines.for_unit(started_at, days))
    assert known <= deadlines.due(deadlines.until(known, since=started_at)) <= known + timedelta(days=14)
