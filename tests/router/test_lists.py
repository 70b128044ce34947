"""Lists of cases: who finds what, in which order, and by which index."""

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from scripts.browser import Browser
from services.router.access import Role
from services.router.cases.domain.alarms import DANGERS
from services.router.cases.domain.case import Case
from services.router.cases.domain.lists import DUE, CaseFilter, Filters, Position, Sort, View, sorts
from services.router.cases.domain.parts import Rating, Release, Restriction
from services.router.cases.domain.states import CaseState, Priority
from services.router.cases.labels import ALARMS
from services.router.cases.pages.listing import list_in
from services.router.cases.store.cases import Cases
from services.router.cases.store.inbox import PER_PAGE, Inbox
from shared.clock import utc_now
from shared.documents import Database
from tests import examples as example
from tests.router.desk import kept, log_in, shown

FILTERS = (
    *(Filters(kind="complaint"), Filters(unit="kddb"), Filters(state="new"), Filters(priority="normal")),
    *(Filters(officer="o1"), Filters(channel="web"), Filters(language="tr"), Filters(rating="4"), Filters(files="yes")),
    *(Filters(objection="yes"), Filters(tag="yol"), Filters(since=date(2026, 11, 1), until=date(2026, 12, 1))),
    Filters(kind="complaint", language="tr", officer="o1", since=date(2026, 11, 1)),
)


async def desk(database: Database, *cases: Case) -> Inbox:
    store = Cases(database)
    await store.prepare_lists()
    for case in cases:
        await store.add(case)
    return Inbox(store)


def due(days: float, **different: Any) -> Case:
    """A case whose unit has so many days left."""
    case = example.routed_case(**different)
    at = utc_now() + timedelta(days=days)
    return case.model_copy(update={"assignments": tuple(a.model_copy(update={"due_at": at}) for a in case.assignments)})


async def found(inbox: Inbox, view: View, reader: str = "o1", **filters: Any) -> list[str]:
    page = await inbox.page(CaseFilter(view, filters=Filters(**filters), reader=reader))
    assert await inbox.count(CaseFilter(view, filters=Filters(**filters), reader=reader)) == len(page.cases)
    return [case.subject for case in page.cases]


async def test_no_list_reads_the_collection_or_sorts_in_memory(database: Database) -> None:
    inbox = await desk(database, *(example.case() for _ in range(3)), due(-1), due(0), example.answered_case())
    keys: dict[Sort, datetime | int] = {Sort.PRIORITY: 2, Sort.TIME_LEFT: example.NOW}
    for view in View:
        keys[Sort.TIME_LEFT] = utc_now() if view is View.TODAY else example.NOW  # where the list can have such a place
        await database.mongodb.command("profile", 2)
        for sort in sorts(view):
            chosen = CaseFilter(view, Position(example.NOW, "x", keys.get(sort)), sort=sort, reader="o1")
            lists = [replace(chosen, after=None), chosen]
            await asyncio.gather(*map(inbox.page, [*lists, *(replace(chosen, filters=each) for each in FILTERS)]))
        await database.mongodb.command("profile", 0)
        query = {"op": "query", "ns": f"{database.mongodb.name}.cases"}
        queries = [each async for each in database["system.profile"].find(query)]
        await database["system.profile"].drop()
        assert {each["planSummary"].partition(" ")[0] for each in queries} == {"IXSCAN"}
        assert [each["command"] for each in queries if each.get("hasSortStage")] == []


async def test_each_view_finds_its_cases(database: Database) -> None:
    held = Release(at=example.NOW, by="x", actor=example.officer().actor, role="officer", kind="closure", payload={})
    inbox = await desk(
        database,
        example.case(subject="new"),
        example.case(subject="mine", officer="o1"),
        example.case(subject="theirs", officer="o2"),
        example.case(subject="unwanted", doubts=("link",)),
        example.case(subject="held", release=held),
        example.case(subject="approval", release=held.model_copy(update={"kind": "answer_for_approval"})),
        due(-1, subject="late"),
        due(0, subject="today"),
        due(9, subject="later"),
        example.declined_case(subject="declined"),
        example.answered_case(subject="answered"),
        example.case(subject="closed", state=CaseState.CLOSED),
    )
    assert sorted(await found(inbox, View.NEW)) == ["mine", "new", "theirs"]
    assert await found(inbox, View.MINE) == ["mine"]
    assert await found(inbox, View.OVERDUE) == ["late"]
    assert await found(inbox, View.TODAY) == ["today"]
    assert await found(inbox, View.ROUTED) == ["late", "today", "later"]
    assert await found(inbox, View.DECLINED) == ["declined"]
    assert await found(inbox, View.HELD) == ["held"]
    assert await found(inbox, View.FOUR_EYES) == ["approval"]
    assert await found(inbox, View.DOUBTFUL) == ["unwanted"]
    assert await found(inbox, View.CLOSED) == ["closed"]
    assert len(await found(inbox, View.ALL)) == 12
    assert await inbox.overdue_by_unit("o1", limit=3) == [(example.LIBRARY.model_dump(), 1)]


async def test_filters_are_joined(database: Database) -> None:
    rating = Rating(score=4, at=example.NOW)
    inbox = await desk(
        database,
        example.case(subject="a", kind="request", channel="paper", language="en", tags=("yol",)),
        example.case(subject="b", kind="request", priority=Priority.HIGH, officer="o2"),
        example.case(subject="c", kind="complaint", rating=rating, submitted_at=example.NOW - timedelta(days=9)),
    )
    assert await found(inbox, View.NEW, kind="request", channel="paper") == ["a"]
    assert await found(inbox, View.NEW, kind="request", priority="high") == ["b"]
    assert await found(inbox, View.ALL, rating="4") == ["c"]
    assert await found(inbox, View.NEW, officer="o2", language="en") == []
    assert await found(inbox, View.NEW, tag="yol") == ["a"]
    assert await found(inbox, View.NEW, until=date(2026, 11, 20)) == ["c"]
    assert sorted(await found(inbox, View.NEW, since=date(2026, 11, 23), until=date(2026, 11, 23))) == ["a", "b"]
    assert await found(inbox, View.NEW, kind="$kind") == []


async def test_a_restricted_case_is_in_no_list_of_others_and_in_no_number(database: Database) -> None:
    named = Restriction(why="health", to=("o2",), at=example.NOW)
    inbox = await desk(database, example.case(subject="secret", restriction=named), due(-1, restriction=named))
    for view in View:
        assert await found(inbox, view) == []
    assert await found(inbox, View.NEW, kind="complaint@o2") == []
    assert await inbox.overdue_by_unit("o1", limit=3) == []
    assert await found(inbox, View.NEW, reader="o2", kind="complaint") == ["secret"]


async def test_urgent_cases_are_at_the_top_of_the_new_ones(database: Database) -> None:
    inbox = await desk(
        database,
        example.case(subject="old"),
        example.case(subject="gas", alarms=("gas",), submitted_at=example.NOW + timedelta(hours=1)),
        example.case(subject="low", priority=Priority.LOW, submitted_at=example.NOW - timedelta(hours=1)),
    )
    assert await found(inbox, View.NEW) == ["gas", "old", "low"]


@pytest.mark.parametrize("sort", list(Sort))
async def test_pages_follow_one_another_in_every_sort(database: Database, sort: Sort) -> None:
    cases = [
        due(number % 4, priority=[*Priority][number % 3], submitted_at=example.NOW + timedelta(minutes=number // 5))
        for number in range(2 * PER_PAGE + 3)
    ]
    inbox = await desk(database, *cases)
    chosen, pages = CaseFilter(View.ROUTED, sort=sort), []
    while True:
        pages.append(await inbox.page(chosen))
        if pages[-1].next is None:
            break
        chosen = CaseFilter(View.ROUTED, Position.read(str(pages[-1].next), sort), sort=sort)
    listed = [case for page in pages for case in page.cases]
    assert ([len(page.cases) for page in pages], len({case.id for case in listed})) == ([25, 25, 3], 53)
    keys = {
        Sort.PRIORITY: lambda case: (case.rank, case.submitted_at, case.id),
        Sort.TIME_LEFT: lambda case: (case.time_left, case.submitted_at, case.id),
    }
    key: Any = keys.get(sort, lambda case: (case.submitted_at, case.id))
    assert all((key(a) < key(b)) is (sort is not Sort.NEWEST) for a, b in pairwise(listed))
    back = CaseFilter(View.ROUTED, before=Position.read(str(pages[2].previous), sort), sort=sort)
    assert (await inbox.page(back)).cases == pages[1].cases


def test_a_list_stands_in_its_address() -> None:
    officer = example.officer()
    given = {"view": "routed", "kind": "complaint", "since": "2026-11-01", "files": "yes", "sort": "priority"}
    chosen = list_in(given, officer)
    assert chosen.query() == "view=routed&kind=complaint&files=yes&since=2026-11-01&sort=priority"
    assert list_in({"state": "routed"}, officer).view is View.ROUTED


async def test_a_filter_is_a_chip_that_takes_it_away(officer: Browser, database: Database) -> None:
    await kept(database, example.case(subject="Dilek", kind="request"))
    await kept(database, example.case(subject="Dert"))
    page = await officer.open("/?view=new&kind=request&officer=&since=")
    assert str(officer.page.url).endswith("/?view=new&kind=request") if officer.page else False
    assert ("Dilek" in page, "Dert" in page, "Kind: Request" in page) == (True, False, True)
    assert 'href="/?view=new"' in officer.html


async def test_the_first_page_says_what_waits_by_role(officer: Browser, database: Database) -> None:
    me = await database["accounts"].find_one({})
    assert me
    for case in (example.case(officer=me["_id"]), due(-1), due(0), example.case()):
        await kept(database, case)
    page = await officer.open("/")
    assert all(said in page for said in ("1 Mine", "3 Unclaimed", "1 Due today"))
    assert "Objections" not in page
    await log_in(officer, database, role=Role.SUPERVISOR)
    page = await officer.open("/")
    assert "0 Objections" in page
    assert f"1 Overdue: {example.LIBRARY.name_en}" in page
    assert example.LIBRARY.name_en in await officer.open("/?view=overdue&unit=kddb")


def test_what_is_due_is_a_view_by_the_day() -> None:
    assert {View.TODAY, View.OVERDUE} == DUE


async def test_a_danger_is_named_in_the_list_and_on_the_page_of_the_case(officer: Browser, database: Database) -> None:
    case = await kept(database, example.case(alarms=("gas", "of_a_later_version")))
    assert "Gas leak" in shown(await officer.client.get("/"))
    assert "May be urgent: Gas leak, of_a_later_version" in shown(await officer.client.get(f"/cases/{case.id}"))


def test_every_danger_has_its_word() -> None:
    assert set(ALARMS) == set(DANGERS)
