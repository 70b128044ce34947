"""Cells, added up and remembered: a page reads again only what has changed since.

What was added up is known by the marks of its months, which one small read brings. The newest months change all day and
are a stretch of their own, so that the long rest of a period is hardly ever read twice.
"""

from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from services.router.statistics.domain.cells import ALL, Key, Summary
from services.router.statistics.domain.periods import Period

RECENT: Final = 3
"""Months in which nearly all changes are: those of the messages that came last."""
MOST: Final = 48
"""Stretches that are remembered: of one, the figures of sixty units are half a megabyte."""
EACH: Final = {"$gt": ALL}
Found = dict[tuple[str, ...], Summary]
Marks = Mapping[str, tuple[Any, ...]]
"""By month, which adding up its cells are from."""


class Stretch(NamedTuple):
    """Which cells: those of some months in a row. Without ``clocks`` all values are read."""

    first: str
    last: str
    of: Key
    by: tuple[str, ...]
    units: tuple[str, ...]
    clocks: tuple[str, ...]


class Sums:
    """Adds cells up. What it returns is remembered: nobody may change it."""

    def __init__(self, cells: Any, months: Any) -> None:
        self._cells, self._months = cells, months
        self._known: OrderedDict[Stretch, tuple[Marks, Found]] = OrderedDict()

    async def marks(self, period: Period) -> Marks:
        """To be read before the cells: what is written meanwhile has other marks, and is read again."""
        query = {"_id": {"$gte": period.first, "$lte": period.last}}
        months = await self._months.find(query, {"done": 1, "rests_until": 1}).to_list()
        return {month["_id"]: (month.get("done"), month.get("rests_until")) for month in months}

    async def of(
        self, marks: Marks, period: Period, of: Key, by: Sequence[str], units: Sequence[str], clocks: Sequence[str]
    ) -> Found:
        """What the cells of a period come to; ``marks`` are those of its months, and may be of more."""
        months = period.months
        newest = max((month for month in months if month in marks), default=period.last)
        cut = max(months.index(newest) + 1 - RECENT, 0)
        found: Found = {}
        for some in (months[:cut], months[cut:]):
            if some:
                stretch = Stretch(some[0], some[-1], of, tuple(by), tuple(units), tuple(clocks))
                for key, summary in (await self._stretch(stretch, marks)).items():
                    found[key] = Summary().add(found[key]).add(summary) if key in found else summary
        return found

    async def _stretch(self, stretch: Stretch, marks: Marks) -> Found:
        now = {month: mark for month, mark in marks.items() if stretch.first <= month <= stretch.last}
        known = self._known.get(stretch)
        if known and known[0] == now:
            self._known.move_to_end(stretch)
            return known[1]
        found = await self._read(stretch)
        self._known[stretch] = now, found
        self._known.move_to_end(stretch)
        if len(self._known) > MOST:
            self._known.popitem(last=False)
        return found

    async def _read(self, stretch: Stretch) -> Found:
        query: dict[str, Any] = {**stretch.of._asdict(), **{name: EACH for name in stretch.by if name != "month"}}
        if stretch.units:
            query["unit"] = {"$in": list(stretch.units)}
        query["month"] = {"$gte": stretch.first, "$lte": stretch.last}
        values = [f"values.{clock}" for clock in stretch.clocks] or ["values"]
        fields = {"_id": 0} | dict.fromkeys((*stretch.by, "counts", *values), 1)
        found: Found = {}
        for cell in await self._cells.find(query, fields).to_list():
            _add(found.setdefault(tuple(cell[name] for name in stretch.by), Summary()), cell)
        return found


def _add(to: Summary, cell: Mapping[str, Any]) -> None:
    """Add a stored cell, whose values are each value and how often it came, one after the other."""
    for name, number in cell["counts"].items():
        to.counts[name] += number
    for clock, stored in cell.get("values", {}).items():
        known, pairs = to.values.setdefault(clock, Counter()), iter(stored)
        for value, number in zip(pairs, pairs, strict=True):
            known[value] = known.get(value, 0) + number
