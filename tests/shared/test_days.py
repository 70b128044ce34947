"""Days of the institution."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.days import after_working_days, day_of, days_left, first_moment, last_day, last_moment
from shared.events import Language
from shared.web import due
from shared.web.i18n import locales

ISTANBUL = ZoneInfo("Europe/Istanbul")
ZONES = ("Europe/Istanbul", "Europe/Berlin", "America/Santiago", "Pacific/Apia", "UTC")
"""Two of them have days without a midnight, and days that are not there."""
A_YEAR = [date(2011, 7, 1) + timedelta(days=n) for n in range(366)]


def in_istanbul(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment in December 2026."""
    return datetime(2026, 12, day, hour, minute, tzinfo=ISTANBUL)


@pytest.mark.parametrize("zone", [ZoneInfo(name) for name in ZONES], ids=str)
def test_a_day_ends_where_the_next_one_begins(zone: ZoneInfo) -> None:
    for day in A_YEAR:
        end = last_moment(day, zone)
        assert end + timedelta(milliseconds=1) == first_moment(day + timedelta(days=1), zone)
        assert last_day(end, zone) == day or first_moment(day, zone) > end  # Samoa had no 30 December 2011


@pytest.mark.parametrize("zone", [ZoneInfo(name) for name in ZONES[:3]], ids=str)
@pytest.mark.parametrize("days", [1, 3, 7, 60])
def test_something_is_due_at_the_end_of_a_working_day(zone: ZoneInfo, days: int) -> None:
    for hour in range(0, 24 * 14, 5):
        now = datetime(2026, 11, 20, tzinfo=UTC) + timedelta(hours=hour)
        due_at = after_working_days(now, days, zone)
        following = (day_of(now, zone) + timedelta(n) for n in range(1, 100))
        assert due_at == last_moment([day for day in following if day.weekday() < 5][days - 1], zone)


def test_the_last_day_is_counted_where_the_institution_is() -> None:
    # Friday, 23:30 in London is Saturday, 02:30 in Istanbul: the first working day is Monday
    due_at = after_working_days(datetime(2026, 12, 4, 23, 30, tzinfo=UTC), 1, ISTANBUL)
    assert due_at == in_istanbul(8, 0) - timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("now", "left"),
    [(in_istanbul(3, 23, 59), 1), (in_istanbul(4, 0), 0), (in_istanbul(4, 23, 59), 0), (in_istanbul(5, 0), -1)],
)
def test_the_last_day_lasts_until_its_midnight(now: datetime, left: int) -> None:
    assert days_left(in_istanbul(4, 11), now, ISTANBUL) == left


@pytest.mark.parametrize("zone", [ZoneInfo(name) for name in ZONES], ids=str)
@pytest.mark.parametrize("at", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)], ids=str)
def test_a_moment_at_the_edge_of_the_calendar_has_a_day_and_words(zone: ZoneInfo, at: datetime) -> None:
    locale = locales((), zone.key)["tr"]
    assert last_day(at, zone).year == at.year
    assert str(at.year) in locale.date(at)
    assert str(at.year) in locale.format_datetime(at)
    assert due.last_day(locale, at)


@pytest.mark.parametrize(("language", "words"), [("tr", "4 Aralık 2026 Cuma"), ("en", "Friday, 4 December 2026")])
def test_the_last_day_is_said_with_its_weekday(language: Language, words: str) -> None:
    assert due.last_day(locales((), "Europe/Istanbul")[language], in_istanbul(4, 23, 59)) == words


@pytest.mark.parametrize("zone", [ZoneInfo(name) for name in ZONES], ids=str)
def test_the_first_and_the_last_of_all_days_have_an_end(zone: ZoneInfo) -> None:
    assert first_moment(date.min, zone) <= last_moment(date.min, zone)
    assert first_moment(date.max, zone) <= last_moment(date.max, zone) <= datetime.max.replace(tzinfo=UTC)
