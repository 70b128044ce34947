"""The calendar on the desk: a preview first, then open cases follow, each explained."""

import asyncio
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.access import Role
from services.router.cases.domain.case import Case
from services.router.cases.domain.moving import counted_by, move
from services.router.cases.domain.parts import Restriction
from services.router.cases.domain.routing import route
from services.router.cases.domain.statutory import with_answer_clock
from services.router.cases.domain.stopping import stop
from services.router.cases.jobs import CalendarMoves
from services.router.cases.store.cases import Cases
from services.router.deadlines.domain.counting import Deadlines, Unit
from services.router.deadlines.domain.stored import CalendarDay, StoredCalendar, change_calendar, filled
from services.router.deadlines.store import CalendarStore, CurrentDeadlines
from services.router.texts.domain.institution import KindSettings
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make, Visit
from tests.router.desk import announced, kept, log_in, send, shown

ISTANBUL = ZoneInfo("Europe/Istanbul")
DAYS = Deadlines(ISTANBUL)
NOW = example.NOW
"""A Monday, 23 November 2026."""
PAGE = "/administration/calendar"
LEAVE = {"first": "2026-12-01", "last": "", "name": "İdari izin", "worth": "none"}


def at_unit(deadlines: Deadlines = DAYS, case: Case | None = None) -> Case:
    """A case whose unit has seven working days, to Wednesday, 2 December."""
    case = with_answer_clock(case or example.case(submitted_at=NOW), deadlines)
    clock = deadlines.for_unit(NOW, kind=case.kind)
    routed, _ = route(
        case,
        [example.LIBRARY],
        ids=[f"a-{case.id}"],
        text="Metin.",
        note="",
        share_identity=True,
        due_at=deadlines.due(clock),
        clock=clock,
        by=example.officer(),
        now=NOW,
    )
    return example.saved(routed)


def with_leave() -> StoredCalendar:
    one = {date(2026, 12, 1): CalendarDay(name="İdari izin")}
    return change_calendar(filled(), one, by=example.officer().actor, now=NOW)[0]


def last_day(at: datetime | None) -> str:
    return at.astimezone(ISTANBUL).date().isoformat() if at else ""


LATER = Deadlines(ISTANBUL, calendar=with_leave().calendar)
CHANGED = with_leave().changed_since(1)


def test_a_running_clock_moves_and_the_timeline_says_from_when_to_when_and_why() -> None:
    moved = move(at_unit(), LATER, CHANGED, NOW)
    assert moved
    after, (told,) = moved
    assert (last_day(after.due_at), after.assignments[0].clock and after.assignments[0].clock.calendar_version) == (
        "2026-12-03",
        2,
    )
    assert (told.model_dump()["cause"], last_day(told.model_dump()["due_at"])) == ("calendar", "2026-12-03")
    entry = after.timeline[-1]
    assert (entry.what, last_day(entry.due_before)) == ("rescheduled", "2026-12-02")
    assert last_day(entry.due_at) == "2026-12-03"
    assert entry.days == {"2026-12-01": "İdari izin"}
    assert move(after, LATER, CHANGED, NOW) is None, "it follows this calendar already"


def test_a_day_after_the_last_one_moves_nothing_and_the_clock_is_known_to_be_counted() -> None:
    calendar, _ = change_calendar(
        filled(), {date(2026, 12, 7): CalendarDay(name="İdari izin")}, by=example.officer().actor, now=NOW
    )
    moved = move(at_unit(), Deadlines(ISTANBUL, calendar=calendar.calendar), calendar.changed_since(1), NOW)
    assert moved
    assert (moved[0].due_at, moved[1]) == (at_unit().due_at, [])
    assert "rescheduled" not in [entry.what for entry in moved[0].timeline]
    assert counted_by(moved[0]) == 2


def test_a_clock_that_stands_or_counts_calendar_days_or_whose_case_is_finished_is_left() -> None:
    stopped, _ = stop(at_unit(), DAYS, by=example.officer().actor, now=NOW)
    assert counted_by(stopped.model_copy(update={"assignments": ()})) is None
    kinds = (KindSettings(id="request", label={}, unit_days=5, unit_counts="calendar"),)
    by_calendar_days = at_unit(Deadlines(ISTANBUL, kinds=kinds), example.case(kind="request", submitted_at=NOW))
    assert by_calendar_days.assignments[0].clock and by_calendar_days.assignments[0].clock.unit is Unit.CALENDAR
    assert move(by_calendar_days, LATER, CHANGED, NOW) is None
    assert counted_by(at_unit().model_copy(update={"state": "closed"})) is None


def test_the_clock_of_the_law_moves_where_a_kind_counts_working_days() -> None:
    kinds = (KindSettings(id="request", label={}, answer_days=15, answer_counts="working"),)
    of_law = with_answer_clock(example.case(kind="request", submitted_at=NOW), Deadlines(ISTANBUL, kinds=kinds))
    moved = move(of_law, LATER, CHANGED, NOW)
    assert moved and last_day(of_law.answer_due_at) == "2026-12-14"
    assert (last_day(moved[0].answer_due_at), moved[0].timeline[-1].what, moved[1]) == (
        "2026-12-15",
        "answer_rescheduled",
        [],
    )


async def test_a_day_of_administrative_leave_moves_forty_open_cases_once_each_explained(
    admin: Browser, app: FastAPI, database: Database, make: Make
) -> None:
    cases = Cases(database)
    for number in range(40):
        await cases.add(at_unit(case=example.case(reference=f"26-{number:04}-0A", submitted_at=NOW)))
    await kept(database, example.case())
    await admin.open(PAGE)
    preview = await send(admin, f"{PAGE}/days", **LEAVE)
    assert "40 open cases move" in shown(preview) and "Thursday, 3 December 2026" in shown(preview)
    assert (await CalendarStore(database).stored()).version == 1, "nothing is stored before it is applied"
    admin.page = preview
    applied = await send(admin, PAGE)
    assert "The calendar was changed" in shown(applied)
    replicas = [make("router").state.provided for _ in range(2)]
    jobs = []
    for parts in [app.state.provided, *replicas]:
        await parts[CalendarStore].refresh()
        jobs.append(CalendarMoves(parts[Cases], parts[CalendarStore], parts[CurrentDeadlines]))
    await asyncio.gather(*(job.run() for job in jobs))
    moved = [case async for case in cases.counted()]
    assert {last_day(case.due_at) for case in moved} == {"2026-12-03"} and len(moved) == 40
    for case in moved:
        assert [entry.what for entry in case.timeline].count("rescheduled") == 1
        told = [event for event in await announced(database, case.id) if event["type"] == "assignment.rescheduled"]
        assert [event["cause"] for event in told] == ["calendar"]
    page = shown(await admin.client.get(f"/cases/{moved[0].id}"))
    assert "Last day so far: Wednesday, 2 December 2026. New last day: Thursday, 3 December 2026" in page
    assert "1 December 2026: İdari izin" in page
    explained = shown(await admin.client.get(f"/cases/{moved[0].id}/deadlines"))
    assert "Tuesday, 1 December 2026 Holiday: İdari izin" in " ".join(explained.split())
    assert "Wednesday, 23 December 2026" in explained, "the last day by law"
    history = shown(await admin.client.get(PAGE))
    assert "Tuesday, 1 December 2026: A day like any other → İdari izin" in history
    found = await database["calendar"].find_one({"_id": "calendar"})
    assert found and [example.unpublished_data(one)["action"] for one in found["outbox"]] == ["calendar_changed"]


async def test_a_preview_of_an_older_calendar_is_shown_anew_and_stores_nothing(
    admin: Browser, database: Database
) -> None:
    await admin.open(PAGE)
    admin.page = await send(admin, f"{PAGE}/days", **LEAVE)
    calendars = CalendarStore(database)
    other, _ = change_calendar(
        await calendars.stored(), {date(2026, 12, 2): CalendarDay(name="Kar")}, by=example.officer().actor, now=NOW
    )
    await calendars.save(other)
    again = await send(admin, PAGE)
    assert again.status_code == 409 and "has changed meanwhile" in shown(again)
    assert (await calendars.stored()).version == 2
    admin.page = again
    assert "The calendar was changed" in shown(await send(admin, PAGE))
    assert set((await calendars.stored()).days) >= {"2026-12-01", "2026-12-02"}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"first": ""}, "choose a day"),
        ({"first": "1999-01-01"}, "from 2020 to 2040"),
        ({"last": "2026-11-30"}, "at most a month later"),
        ({"last": "2027-02-01"}, "at most a month later"),
        ({"name": ""}, "what the day is called"),
        ({"first": "2026-10-29", "name": "Cumhuriyet Bayramı"}, "says this already"),
    ],
)
async def test_days_that_cannot_be_are_refused_in_words_and_what_was_typed_stays(
    admin: Browser, fields: dict[str, str], says: str
) -> None:
    await admin.open(PAGE)
    answer = await send(admin, f"{PAGE}/days", **LEAVE | fields)
    assert answer.status_code in (409, 422) and says in shown(answer)


async def test_a_calendar_file_is_previewed_and_a_file_that_is_none_is_refused(admin: Browser) -> None:
    await admin.open(PAGE)
    text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261201\nSUMMARY:Kar tatili\nEND:VEVENT\nEND:VCALENDAR\n"
    csrf = admin.form(f"{PAGE}/file").fields["csrf"][0]
    sent = await admin.client.post(f"{PAGE}/file", data={"csrf": csrf}, files={"file": ("izin.ics", text.encode())})
    assert "Kar tatili" in shown(sent) and "1 day changes" in shown(sent)
    unreadable = "not a calendar file"
    for content, says in ((b"%PDF-1.7", unreadable), (b"\xff\xfe\x00", unreadable), (b"", "choose a file")):
        refused = await admin.client.post(f"{PAGE}/file", data={"csrf": csrf}, files={"file": ("x.ics", content)})
        assert refused.status_code == 422 and says in shown(refused)
    large = await admin.client.post(f"{PAGE}/file", data={"csrf": csrf}, files={"file": ("x.ics", b"x" * 600_000)})
    assert large.status_code == 422 and "too large" in shown(large)


async def test_a_restricted_case_is_counted_in_a_preview_and_not_shown_to_others(
    admin: Browser, database: Database
) -> None:
    await Cases(database).add(
        at_unit(case=example.case(submitted_at=NOW, restriction=Restriction(why="health", to=("somebody",), at=NOW)))
    )
    await admin.open(PAGE)
    preview = shown(await send(admin, f"{PAGE}/days", **LEAVE))
    assert "1 open case moves" in preview and "1 of them is restricted" in preview
    assert example.case().reference not in preview


async def test_the_usual_terms_are_stored_with_their_history_and_count_from_then_on(
    app: FastAPI, visit: Visit, database: Database
) -> None:
    supervisor = await log_in(visit(app, language="en"), database, role=Role.SUPERVISOR)
    await supervisor.open("/administration/terms")
    stored = await send(supervisor, "/administration/terms", unit_days="5", answer_days="20")
    assert "The terms were changed" in shown(stored)
    assert app.state.provided[CurrentDeadlines]().unit_days == 5
    found = await database["institution"].find_one({})
    assert found and found["history"][0]["fields"] == {"unit_days": [None, 5], "answer_days": [None, 20]}
    entry = example.unpublished_data(found["outbox"][0])
    assert (entry["action"], entry["fields"]) == ("terms_changed", ["unit_days", "answer_days"])
    await supervisor.open("/administration/terms")
    assert (await send(supervisor, "/administration/terms", unit_days="0")).status_code == 422


@pytest.mark.parametrize("year", ["02026" + "1" * 4400, "٢٠٢٦٠", "-2026", "9999", "2026.0"])
async def test_a_year_that_is_none_shows_that_of_today(admin: Browser, year: str) -> None:
    assert (await admin.client.get(PAGE, params={"year": year})).status_code == 200
