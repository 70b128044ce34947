"""Rows follow the cases: once for each change, by any number of processes; erased cases keep theirs."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bench.rows import rows as made_up
from services.router.cases.domain.work import correct_kind
from services.router.deadlines.domain.calendar import Calendar
from services.router.statistics.domain.cells import ALL, Key
from services.router.statistics.domain.periods import Period, Selection
from services.router.statistics.domain.row import row_key
from services.router.statistics.store.rows import Counted
from shared.documents import Database
from tests import examples as example
from tests.router.desk import kept
from tests.router.figures import Desk, faculties, stored

NOVEMBER = Period("2026-11", "2026-11")


@pytest.fixture
async def desk(database: Database) -> Desk:
    made = Desk(database)
    await made.rows.begin()
    return made


async def rows(database: Database) -> list[dict[str, Any]]:
    return [row async for row in database["figure_rows"].find()]


async def received(desk: Desk, key: Key | None = None) -> int:
    found = await desk.months.summed(NOVEMBER, key or Key())
    return sum(summary.number("received") for summary in found.values())


async def test_a_case_has_one_row_which_follows_it(desk: Desk, database: Database) -> None:
    case = await kept(database, example.answered_case())
    await desk.counted()
    await desk.cases.save(correct_kind(case, "request", example.officer(), example.NOW))
    await desk.counted()
    (row,) = await rows(database)
    assert (row["_id"], row["kind"], row["revision"]) == (
        row_key(case.id, example.SECRET),
        "request",
        case.revision + 1,
    )
    assert (await received(desk, Key(kind="request")), await received(desk, Key(kind="complaint"))) == (1, 0)


async def test_a_row_of_an_older_revision_does_not_come_back(desk: Desk, database: Database) -> None:
    case = await kept(database, example.case())
    await desk.counted()
    await database["figure_rows"].update_one({}, {"$set": {"revision": 9, "kind": "newer"}})
    await Desk(database).rows.follow()
    assert [(row["revision"], row["kind"]) for row in await rows(database)] == [(9, "newer")]
    assert case.revision == 0


async def test_a_newer_row_is_written_although_another_process_was_faster_with_the_first_older_one(
    desk: Desk, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await kept(database, example.case())
    newer = await desk.cases.save(correct_kind(case, "request", example.officer(), example.NOW))
    slow, put = Desk(database).rows, desk.rows._put

    async def overtaken(writes: Any) -> None:
        monkeypatch.setattr(desk.rows, "_put", put)
        await slow._write([case], Counted())
        await put(writes)

    monkeypatch.setattr(desk.rows, "_put", overtaken)
    await desk.rows.follow()
    assert [(row["revision"], row["kind"]) for row in await rows(database)] == [(newer.revision, "request")]


async def test_the_row_of_an_erased_case_stays_and_is_counted(desk: Desk, database: Database) -> None:
    case = await kept(database, example.answered_case())
    await desk.counted()
    await database["cases"].replace_one({"_id": case.id}, {"_id": case.id, "revision": 9, "erased_at": example.NOW})
    found = await desk.kept.count_all()
    assert (found.cases, found.rows, await received(desk)) == (0, 1, 1)


async def test_what_an_anonymised_case_no_longer_says_stays_in_its_row(desk: Desk, database: Database) -> None:
    case = await kept(database, example.answered_case())
    await desk.counted()
    before = await rows(database)
    changes = {"anonymised_at": example.NOW, "timeline": [], "assignments": [], "revision": 9}
    await database["cases"].update_one({"_id": case.id}, {"$set": changes})
    await desk.kept.count_all()
    assert await rows(database) == before


async def test_a_recount_says_and_mends_what_is_missing_and_what_differs(desk: Desk, database: Database) -> None:
    for _ in range(3):
        await kept(database, example.answered_case())
    await desk.counted()
    before = await rows(database)
    await database["figure_rows"].delete_one({"_id": before[0]["_id"]})
    await database["figure_rows"].update_one({"_id": before[1]["_id"]}, {"$set": {"to_answer": 99}})
    found = await desk.kept.count_all()
    assert (found.cases, found.missing, found.different) == (3, 1, 1)
    assert sorted(await rows(database), key=lambda row: row["_id"]) == sorted(before, key=lambda row: row["_id"])


async def test_another_calendar_moves_the_hours_of_all_rows(desk: Desk, database: Database) -> None:
    await kept(database, example.answered_case())
    await desk.kept.recount_if_due()
    assert [row["to_answer"] for row in await rows(database)] == [2]
    days = Calendar(version=2, holidays={date(2026, 11, 23): "x"})
    desk.deadlines = replace(desk.deadlines, calendar=days)
    await desk.kept.recount_if_due()
    assert [(row["to_answer"], row["calendar"]) for row in await rows(database)] == [(0, 2)]


async def test_a_unit_that_belongs_to_another_one_moves_its_figures(desk: Desk, database: Database) -> None:
    await faculties(database)
    await kept(database, example.answered_case())
    await desk.kept.recount_if_due()
    await desk.months.add_up(paced=False)
    assert await received(desk, Key("fen")) == 0
    await database["units"].update_one({"_id": "kddb"}, {"$set": {"parent": "fen"}})
    await desk.kept.recount_if_due()
    await desk.months.add_up(paced=False)
    assert await received(desk, Key("fen")) == 1


async def test_a_new_secret_key_gives_a_row_a_new_key_and_no_second_row(desk: Desk, database: Database) -> None:
    case = await kept(database, example.answered_case())
    await desk.counted()
    found = await Desk(database, None, "another key", example.SECRET).rows.recount()
    assert (found.missing, [row["_id"] for row in await rows(database)]) == (1, [row_key(case.id, "another key")])


async def test_a_month_that_is_marked_while_it_is_added_up_is_added_up_again(desk: Desk, database: Database) -> None:
    await desk.months.mark(["2026-11"])
    await desk.months.add_up()
    await desk.months.mark(["2026-11"])
    (month,) = [one async for one in database["figure_months"].find()]
    assert month["marks"] == month["done"] + 1


async def test_a_month_rests_after_it_was_added_up(desk: Desk, database: Database) -> None:
    await desk.months.mark(["2026-11"])
    later = example.NOW + timedelta(days=400)
    await database["figure_months"].update_one({}, {"$set": {"rests_until": later}})
    await desk.months.add_up()
    assert [month.get("done") async for month in database["figure_months"].find()] == [None]


async def test_a_page_reads_cells_by_an_index_and_no_more_of_them_than_it_shows(database: Database) -> None:
    desk = Desk(database)
    await desk.months.prepare()
    await faculties(database)
    await stored(database, made_up(600, ["kim", "muh", "oidb"], example.NOW.date(), days=300))
    cells = database["figure_cells"]
    query = {"unit": ALL, "kind": ALL, "channel": ALL, "month": {"$gte": "2026-01", "$lte": "2026-11"}}
    for different in ({}, {"unit": {"$in": ["fen", "muh", "oidb"]}}):
        told = await database.mongodb.command(
            "explain", {"find": "figure_cells", "filter": query | different}, verbosity="executionStats"
        )
        stats = told["executionStats"]
        assert stats["totalDocsExamined"] == stats["nReturned"] > 0
        assert stats["totalKeysExamined"] <= stats["nReturned"] + 10
    assert await cells.count_documents({}) > 10 * stats["nReturned"]


async def test_rows_of_a_file_are_those_of_the_period_the_unit_and_the_kind(database: Database) -> None:
    await faculties(database)
    await stored(database, made_up(300, ["kim", "muh"], example.NOW.date(), days=90))
    chosen = Selection(Period("2026-10", "2026-10"), "2026-10", "kim", "complaint")
    found = [row async for row in Desk(database).rows.of(chosen, {"kim"})]
    assert found and {(row.month, row.kind) for row in found} == {("2026-10", "complaint")}
    assert all("kim" in row.units and not row.unwanted for row in found)
