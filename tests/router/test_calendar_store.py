"""The stored calendar: filled in once, changed with its history, read anew by every process."""

import json
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.router.deadlines.domain.counting import Unit
from services.router.deadlines.domain.ical import BadCalendar, days_in
from services.router.deadlines.domain.stored import (
    CalendarDay,
    change_calendar,
    differing,
    filled,
    missing,
    of_turkey,
    span,
)
from services.router.deadlines.domain.turkey import turkey
from services.router.deadlines.forms import ApplyForm
from services.router.deadlines.store import CalendarStore, CurrentDeadlines
from services.router.texts.domain.institution import KindSettings
from services.router.texts.store import InstitutionStore
from shared.documents import Database
from shared.events import done_by
from shared.refused import Refused
from tests import examples as example
from tests.conftest import Make

ISTANBUL = ZoneInfo("Europe/Istanbul")
LEAVE = CalendarDay(name="İdari izin")
OFFICER = example.officer()
YEARS = range(2020, 2041)


def test_the_calendar_begins_with_the_days_of_turkey_in_its_first_version() -> None:
    calendar = filled().calendar
    assert calendar.version == 1
    assert (dict(calendar.holidays), dict(calendar.half_days)) == (
        dict(turkey().holidays),
        {day: name for day, name in turkey().half_days.items() if day not in turkey().holidays},
    )


def test_a_change_has_a_version_a_history_of_its_days_alone_and_an_entry_for_the_audit_log() -> None:
    wanted = span(date(2026, 12, 1), date(2026, 12, 2), LEAVE) | {date(2026, 10, 28): None}
    after, audited = change_calendar(filled(), wanted, by=OFFICER.actor, now=example.NOW)
    assert after.version == 2
    assert after.of(date(2026, 12, 1)) == LEAVE and after.of(date(2026, 10, 28)) is None
    assert audited.fields == ("2026-10-28", "2026-12-01", "2026-12-02")
    assert (after.history[0].by, list(after.history[0].fields)) == (OFFICER.actor, list(audited.fields))
    assert after.history[0].fields["2026-12-01"] == (None, ["İdari izin", False])
    assert after.changed_since(1) == {
        date(2026, 10, 28): "",
        date(2026, 12, 1): "İdari izin",
        date(2026, 12, 2): "İdari izin",
    }
    assert after.changed_since(2) == {}


def test_what_is_so_already_is_no_change() -> None:
    with pytest.raises(Refused, match="already"):
        differing(filled(), of_turkey(2026))


def test_filling_in_a_year_leaves_what_somebody_has_changed() -> None:
    changed, _ = change_calendar(
        filled(),
        {date(2026, 5, 1): CalendarDay(name="Bizim adımız", half=True), date(2026, 5, 19): None},
        by=OFFICER.actor,
        now=example.NOW,
    )
    assert missing(changed, of_turkey(2026)) == {date(2026, 5, 19): of_turkey(2026)[date(2026, 5, 19)]}


async def test_another_process_counts_by_the_changed_calendar_and_the_changed_terms(
    database: Database, make: Make
) -> None:
    settings = make("router").state.provided
    here = next(part for part in settings.values() if isinstance(part, CurrentDeadlines))
    calendars, institutions = settings[CalendarStore], settings[InstitutionStore]
    others, their_institutions = CalendarStore(database), InstitutionStore(database)
    await others.refresh()
    await calendars.refresh()
    before = here()
    changed, audited = change_calendar(
        await others.stored(), {date(2026, 12, 1): LEAVE}, by=OFFICER.actor, now=example.NOW
    )
    await others.save(changed, announcing=done_by(OFFICER.actor, audited))
    kinds = (KindSettings(id="request", label={"tr": "Talep"}, unit_days=5, unit_counts="calendar", answer_days=15),)
    said = await their_institutions.stored()
    await their_institutions.save(said.model_copy(update={"unit_days": 4, "kinds": kinds}))
    assert here() == before
    await calendars.refresh()
    await institutions.refresh()
    after = here()
    assert (after.calendar.version, after.calendar.holidays[date(2026, 12, 1)]) == (2, "İdari izin")
    assert after.for_unit(example.NOW).days == 4
    of_kind = after.for_unit(example.NOW, kind="request")
    assert (of_kind.days, of_kind.unit, of_kind.calendar_version) == (5, Unit.CALENDAR, 2)
    assert after.for_unit(example.NOW, 2, kind="request").unit is Unit.WORKING, "days that an officer has said"
    assert after.for_answer(example.NOW, "request").days == 15
    assert after.for_answer(example.NOW, "complaint").days == 30


def event(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VEVENT", "UID:1@x", "DTSTAMP:20261101T000000Z", *lines, "END:VEVENT"])


def file(*events: str) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//TR", *events, "END:VCALENDAR", ""])


@pytest.mark.parametrize(
    ("lines", "days"),
    [
        (["DTSTART;VALUE=DATE:20261201", "SUMMARY:İdari izin"], {"2026-12-01": ("İdari izin", False)}),
        (
            ["DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261203", "SUMMARY:Kar\\, tatil"],
            {"2026-12-01": ("Kar, tatil", False), "2026-12-02": ("Kar, tatil", False)},
        ),
        (["DTSTART;VALUE=DATE:20261201", "DURATION:P1D", "SUMMARY:Bir gün"], {"2026-12-01": ("Bir gün", False)}),
        (["DTSTART;VALUE=DATE:20260319", "SUMMARY:Bayram Arifesi"], {"2026-03-19": ("Bayram Arifesi", True)}),
        (
            ["DTSTART;TZID=Europe/Istanbul:20261201T130000", "DURATION:PT5H", "SUMMARY:Öğleden sonra"],
            {"2026-12-01": ("Öğleden sonra", True)},
        ),
        (["DTSTART:20261130T210000Z", "DURATION:P1D", "SUMMARY:Bütün gün"], {"2026-12-01": ("Bütün gün", False)}),
        (
            ["DTSTART;VALUE=DATE:20380501", "RRULE:FREQ=YEARLY;UNTIL=20450501", "SUMMARY:Her yıl"],
            {f"{year}-05-01": ("Her yıl", False) for year in (2038, 2039, 2040)},
        ),
        (["DTSTART;VALUE=DATE:20261201"], {"2026-12-01": ("–", False)}),
        (
            [
                "DTSTART;VALUE=DATE:20380501",
                "RRULE:FREQ=YEARLY;COUNT=2",
                "EXDATE;VALUE=DATE:20380501",
                "SUMMARY:Bir kez",
            ],
            {"2039-05-01": ("Bir kez", False)},
        ),
    ],
)
def test_each_event_of_a_calendar_file_is_its_days(lines: list[str], days: dict[str, tuple[str, bool]]) -> None:
    found = days_in("\ufeff" + file(event(*lines)), ISTANBUL, years=YEARS)
    assert {day.isoformat(): (one.name, one.half) for day, one in found.items()} == days


def test_a_whole_day_takes_the_place_of_a_half_one_and_what_was_cancelled_does_not_count() -> None:
    text = file(
        event("DTSTART;VALUE=DATE:20261201", "SUMMARY:Yarım gün"),
        event("DTSTART;VALUE=DATE:20261201", "SUMMARY:İdari izin"),
        event("DTSTART;VALUE=DATE:20261202", "SUMMARY:Olmadı", "STATUS:CANCELLED"),
    )
    assert days_in(text, ISTANBUL, years=YEARS) == {date(2026, 12, 1): LEAVE}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not a calendar file"),
        ("Merhaba", "not a calendar file"),
        (file(event("DTSTART:yarın", "SUMMARY:x")), "not a calendar file"),
        (file(event("SUMMARY:x")), "not a calendar file"),
        (file(event("DTSTART;VALUE=DATE:20261201", "RRULE:FREQ=YEARLY;BYEASTER=x")), "every year"),
        (file(event("DTSTART;VALUE=DATE:20261201", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")), "every year"),
        (file(event("DTSTART;VALUE=DATE:20261201", "RRULE:FREQ=YEARLY;INTERVAL=0;BYMONTHDAY=30")), "every year"),
        (file(event("DTSTART;VALUE=DATE:20261201", "RRULE:FREQ=YEARLY;BYSECOND=1,2,3")), "every year"),
        (file(event("DTSTART;VALUE=DATE:99991231", "DURATION:P30D", "SUMMARY:Son")), "not a calendar file"),
        (file(event("DTSTART:99991231T200000Z", "DURATION:P1D", "SUMMARY:Son")), "not a calendar file"),
        (file(), "no event"),
        (file(event("DTSTART;VALUE=DATE:18501201", "SUMMARY:Eski")), "no event"),
        (file(event("DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20270301", "SUMMARY:Kış")), "longer than a month"),
        (file(event("DTSTART;VALUE=DATE:20261201", "RRULE:FREQ=SECONDLY", "SUMMARY:Hep")), "every year"),
        (file(event("DTSTART;VALUE=DATE:00010101", "RRULE:FREQ=YEARLY", "SUMMARY:Hep")), "every year"),
        (file(*[event("DTSTART;VALUE=DATE:20261201")] * 1_001), "thousand"),
    ],
)
def test_a_file_that_cannot_be_imported_is_refused_in_words(text: str, says: str) -> None:
    with pytest.raises(BadCalendar, match=says):
        days_in(text, ISTANBUL, years=YEARS)


def test_the_name_of_a_day_is_one_clean_line() -> None:
    text = file(event("DTSTART;VALUE=DATE:20261201", "SUMMARY:\u202e\x00İdari\\n  \ufffdzin"))
    assert days_in(text, ISTANBUL, years=YEARS)[date(2026, 12, 1)].name == "İdari ?zin"


@pytest.mark.parametrize(
    "days",
    [
        {"9999-12-31": {"name": "Son"}},
        {"2026-12-01": {"name": "x" * 151}},
        {"2026-12-01": {"name": "\u202e"}},
        {"2026-12-01": {"half": True}},
        {"yarın": None},
        {f"{2020 + n // 300}-{n % 12 + 1:02}-{n % 28 + 1:02}-{n}": None for n in range(1001)},
    ],
)
def test_what_no_preview_has_written_is_not_applied(days: object) -> None:
    with pytest.raises(ValueError):
        _ = ApplyForm(days=json.dumps(days), version=1).changes


def test_the_days_of_a_version_are_kept_when_a_document_is_read_again() -> None:
    stored, _ = change_calendar(filled(), {date(2026, 12, 1): LEAVE}, by=OFFICER.actor, now=datetime.now(ISTANBUL))
    assert type(stored).model_validate(stored.model_dump()) == stored
