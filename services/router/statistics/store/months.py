"""The collections ``figure_cells``, and ``figure_months``: which months are to be added up again.

A month is marked after its rows were written. Whoever adds it up reads the marks first, so that a row that is written
meanwhile has the month added up once more; whoever was overtaken by another marks it again. At a million cases that
takes a second or two; a month that took long rests for twenty times as long, so that it costs a twentieth of the time.
"""

import asyncio
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from pymongo import DeleteOne, IndexModel, ReplaceOne

from services.router.directory.domain.units import Unit
from services.router.directory.store import Units
from services.router.statistics.domain.cells import ALL, Key, Summary, cells_of
from services.router.statistics.domain.dashboard import Dashboard, dashboard_of
from services.router.statistics.domain.periods import Period, Selection
from services.router.statistics.domain.row import FigureRow
from services.router.statistics.store.sums import Sums
from shared.documents import Database

LONGEST: Final = timedelta(minutes=10)
"""Whoever has not added a month up by then has died."""
RESTS: Final = 20
WRITTEN: Final = 500
"""Cells that are written together."""
SHAPE: Final = [("unit", 1), ("kind", 1), ("channel", 1), ("month", 1)]


class Months:
    """Adds the rows of each month up, and reads what that comes to."""

    def __init__(self, database: Database, units: Units) -> None:
        self._cells, self._months, self.rows = (database[f"figure_{name}"] for name in ("cells", "months", "rows"))
        self.state = database["figure_state"]
        self._units, self._now, self._sums = units, database.clock, Sums(self._cells, self._months)

    async def prepare(self) -> None:
        """Create the indexes: by what a cell is of, and by month."""
        await self._cells.create_indexes([IndexModel(SHAPE), IndexModel("month")])

    async def mark(self, months: Iterable[str]) -> None:
        """The rows of these months have changed."""
        for month in sorted(months):
            await self._months.update_one({"_id": month}, {"$inc": {"marks": 1}}, upsert=True)

    async def mark_all(self) -> None:
        """All months are to be added up: units belong to others than before."""
        await self._months.update_many({}, {"$inc": {"marks": 1}})

    async def add_up(self, *, paced: bool = True) -> bool:
        """Add up the months that are marked, of which nobody else does it. Returns False: no more to do at once."""
        waiting = [
            one["_id"] async for one in self._months.find({"$expr": {"$ne": ["$marks", "$done"]}}).sort("_id", -1)
        ]
        above = above_of(await self._units.all()) if waiting else {}
        for month in waiting:
            await self._if_free(month, above, paced=paced)
        return False

    async def _if_free(self, month: str, above: Mapping[str, Collection[str]], *, paced: bool) -> None:
        now, free = self._now(), {"$or": [{"rests_until": None}, {"rests_until": {"$lte": self._now()}}]}
        claim = {"$set": {"rests_until": now + LONGEST}, "$inc": {"claims": 1}}
        claimed = await self._months.find_one_and_update({"_id": month, **(free if paced else {})}, claim)
        if claimed:
            began = time.monotonic()
            await self._add_up(month, above)
            rests = self._now() + timedelta(seconds=RESTS * (time.monotonic() - began))
            own = {"_id": month, "claims": claimed.get("claims", 0) + 1}
            done = await self._months.update_one(own, {"$set": {"done": claimed["marks"], "rests_until": rests}})
            if not done.matched_count:  # another one has begun meanwhile, and whose cells are there now is not known
                await self.mark([month])

    async def _add_up(self, month: str, above: Mapping[str, Collection[str]]) -> None:
        found = await self.rows.find({"$or": [{"month": month}, {"finished_month": month}]}).to_list()
        await self._written(month, await asyncio.to_thread(_made, month, found, above))

    async def _written(self, month: str, made: Mapping[str, dict[str, Any]]) -> None:
        """Only the cells that have changed."""
        kept = {cell["_id"]: cell async for cell in self._cells.find({"month": month})}
        writes: list[ReplaceOne[dict[str, Any]] | DeleteOne] = [
            ReplaceOne({"_id": cell_id}, cell, upsert=True)
            for cell_id, cell in made.items()
            if kept.get(cell_id) != cell
        ]
        writes += [DeleteOne({"_id": cell_id}) for cell_id in kept if cell_id not in made]
        for first in range(0, len(writes), WRITTEN):
            await self._cells.bulk_write(writes[first : first + WRITTEN], ordered=False)

    async def dashboard(self, chosen: Selection, units: Sequence[str]) -> Dashboard:
        """What a page of figures shows; of the units, these. Of units, kinds and channels it has the times it says."""
        period, of = chosen.period, chosen.key
        both = Period(period.before.first, period.last)
        marks = await self._sums.marks(both)
        by_month, by_unit, by_kind, by_channel = await asyncio.gather(
            self._sums.of(marks, both, of, ["month"], [], []),
            self._sums.of(marks, period, of, ["unit"], units, ["reply"]) if units else _nothing(),
            self._sums.of(marks, period, of, ["kind"], [], ["answer"]) if not of.kind else _nothing(),
            self._sums.of(marks, period, of, ["channel"], [], ["answer"]) if not of.channel else _nothing(),
        )
        by = {"units": by_unit, "kinds": by_kind, "channels": by_channel}
        return dashboard_of(chosen, _plain(by_month), **{name: _plain(found) for name, found in by.items()})

    async def first(self) -> str | None:
        """The month of the first message; None before there is one."""
        found = await self._cells.find_one({**Key()._asdict(), "counts.received": {"$gt": 0}}, sort=[("month", 1)])
        return found["month"] if found else None

    async def summed(
        self, period: Period, of: Key, *, by: Sequence[str] = (), units: Sequence[str] = ()
    ) -> dict[tuple[str, ...], Summary]:
        """What the cases of a period come to, by some of month, unit, kind and channel: in the order of ``by``.

        A unit has those below it as well, so that units do not add up; ``units`` names those that are wanted.
        Summaries are remembered: nobody may change them.
        """
        return await self._sums.of(await self._sums.marks(period), period, of, by, units, [])


async def _nothing() -> dict[tuple[str, ...], Summary]:
    return {}


def _plain(found: Mapping[tuple[str, ...], Summary]) -> dict[str, Summary]:
    return {key: summary for (key,), summary in found.items()}


def above_of(units: Iterable[Unit]) -> dict[str, set[str]]:
    """By code, a unit and those to which it belongs."""
    parents = {unit.id: unit.parent for unit in units}
    above: dict[str, set[str]] = {}
    for code in parents:
        reached, at = {code}, code
        while (at := parents.get(at) or ALL) and at in parents and at not in reached:
            reached.add(at)
        above[code] = reached
    return above


def row_in(document: Mapping[str, Any]) -> FigureRow:
    """The row in a stored document."""
    fields = {name: document[name] for name in FigureRow.model_fields if name in document}
    return FigureRow.model_validate({"id": document["_id"], **fields})


def _made(
    month: str, rows: Iterable[Mapping[str, Any]], above: Mapping[str, Collection[str]]
) -> dict[str, dict[str, Any]]:
    known = [row_in(row) for row in rows]
    cells = cells_of(
        [row for row in known if row.month == month],
        [row for row in known if row.finished and row.finished[:7] == month],
        above,
    )
    return {(cell_id := "|".join((month, *key))): stored_cell(cell_id, month, key, cells[key]) for key in sorted(cells)}


def stored_cell(cell_id: str, month: str, key: Key, summary: Summary) -> dict[str, Any]:
    """A cell as it is stored; ``values`` are each value and how often it came, one after the other."""
    values = {
        clock: [number for pair in sorted(counted.items()) for number in pair]
        for clock, counted in sorted(summary.values.items())
    }
    return {
        "_id": cell_id,
        "month": month,
        **key._asdict(),
        "counts": {name: number for name, number in sorted(summary.counts.items()) if number},
        "values": values,
    }
