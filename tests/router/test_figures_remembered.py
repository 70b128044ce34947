"""Figures are remembered until a month is added up again, and no two processes leave a month half added up."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from bench.rows import rows as made_up
from services.router.cases.domain.work import correct_kind
from services.router.statistics.domain.cells import EVERYTHING
from services.router.statistics.domain.periods import Period, Selection
from services.router.statistics.store.months import Months
from shared.documents import Database
from tests import examples as example
from tests.router.desk import kept
from tests.router.figures import Desk, faculties, stored

YEAR = Period("2026-01", "2026-11")
CHOSEN = Selection(YEAR, "2026")
UNITS = ["fen", "muh", "oidb"]


async def test_a_remembered_page_equals_one_that_is_read_and_follows_each_month(database: Database) -> None:
    await faculties(database)
    rows = list(made_up(600, ["kim", "muh", "oidb"], example.NOW.date(), days=300))
    await stored(database, rows[:500])
    desk = Desk(database)
    before = await desk.months.dashboard(CHOSEN, UNITS)
    assert await desk.months.dashboard(CHOSEN, UNITS) == before
    await stored(database, rows[500:])  # by another process; the oldest months, which are remembered longest
    now = await desk.months.dashboard(CHOSEN, UNITS)
    assert now == await Desk(database).months.dashboard(CHOSEN, UNITS) != before
    assert now.now.number("received") + now.now.number("unwanted") == 600


async def test_a_page_that_was_read_while_a_month_was_written_is_read_again(database: Database) -> None:
    await faculties(database)
    await stored(database, made_up(40, ["kim"], example.NOW.date(), days=5))
    desk, another = Desk(database), Desk(database)
    marks = await desk.months._sums.marks(YEAR)
    await stored(database, [row.model_copy(update={"id": "x"}) for row in made_up(1, ["kim"], example.NOW.date())])
    await desk.months._sums.of(marks, YEAR, EVERYTHING, [], [], [])
    assert await desk.months.summed(YEAR, EVERYTHING) == await another.months.summed(YEAR, EVERYTHING)


async def ended(desk: Desk, month: str) -> int:
    found = await desk.months.summed(Period(month, month), EVERYTHING)
    return sum(summary.number("ended") for summary in found.values())


class _Held(Months):
    """A process that stands still before it writes cells, or after it has written them."""

    def __init__(self, desk: Desk, before: Any = None, after: Any = None) -> None:
        super().__init__(desk.cases.database, desk.units)
        self._before, self._after = before, after

    async def _written(self, month: str, made: Mapping[str, dict[str, Any]]) -> None:
        await (self._before() if self._before else asyncio.sleep(0))
        await super()._written(month, made)
        await (self._after() if self._after else asyncio.sleep(0))


async def test_a_slow_process_that_was_overtaken_does_not_leave_what_it_had_read(database: Database) -> None:
    await faculties(database)
    await stored(database, made_up(40, ["kim"], example.NOW.date(), days=5))
    desk, has_read, may_write = Desk(database), asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        has_read.set()
        await may_write.wait()

    async def let_write() -> None:
        may_write.set()
        await slow

    await desk.months.mark(["2026-11"])
    slow = asyncio.create_task(_Held(desk, before=wait).add_up(paced=False))
    await has_read.wait()
    await database["figure_rows"].delete_many({})
    await desk.months.mark(["2026-11"])
    await _Held(desk, after=let_write).add_up(paced=False)
    await desk.months.add_up(paced=False)
    assert await desk.months.summed(Period("2026-11", "2026-11"), EVERYTHING) == {}


async def test_a_crash_after_a_row_was_written_does_not_leave_the_month_in_which_it_had_ended(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(database)
    await desk.rows.begin()
    case = await kept(database, example.answered_case())
    await desk.counted()
    await database["figure_rows"].update_one({}, {"$set": {"finished": "2026-12-01", "finished_month": "2026-12"}})
    await desk.months.mark(["2026-12"])
    await desk.months.add_up(paced=False)
    assert await ended(desk, "2026-12") == 1
    await desk.cases.save(correct_kind(case, "request", example.officer(), example.NOW))

    async def crash(*_: Any) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(desk.rows, "_forget_former_keys", crash)
        with pytest.raises(ConnectionError):
            await desk.rows.follow()
    await desk.counted()
    assert await ended(desk, "2026-12") == 0
