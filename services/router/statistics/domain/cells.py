"""Rows, added up: one cell for each month, unit, kind and channel, and for all units, kinds and channels. Pure.

A cell counts each whole working hour, so that medians and 90th percentiles of any cells together are exact. Cells are
always made anew from the rows of their month, so that making them twice changes nothing.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import ceil
from typing import Final, NamedTuple, Self

from services.router.cases.domain.states import ClosureReason
from services.router.statistics.domain.row import FigureRow

ALL: Final = ""
"""In the place of a unit, a kind or a channel: all of them."""
CLOCKS: Final = ("routing", "reply", "review", "answer", "days", "rating")
"""What is counted by its value: working hours, but ``days`` (calendar days to the answer) and ``rating`` (1 to 5)."""
Above = Mapping[str, Collection[str]]
"""By code, the unit itself and the units to which it belongs, however indirectly."""


class Key(NamedTuple):
    """Whose cell it is. ``unit`` has the units below it as well."""

    unit: str = ALL
    kind: str = ALL
    channel: str = ALL


EVERYTHING: Final = Key()


@dataclass
class Summary:
    """What rows add up to. ``counts`` are numbers of cases, of units' replies or of what happened, by name;
    ``values`` are by clock how often each value came.
    """

    counts: Counter[str] = field(default_factory=Counter)
    values: dict[str, Counter[int]] = field(default_factory=dict)

    def add(self, other: Self) -> Self:
        """This, and the other as well."""
        for name, number in other.counts.items():  # Counter.update is slower for the few names that there are
            self.counts[name] += number
        for clock, values in other.values.items():
            if known := self.values.get(clock):
                for value, number in values.items():
                    known[value] += number
            else:
                self.values[clock] = Counter(values)
        return self

    def number(self, name: str) -> int:
        """How many; 0 where there is none."""
        return self.counts[name]

    @property
    def open(self) -> int:
        """The cases that are neither answered nor closed."""
        return self.counts["received"] - self.counts["finished"]

    def of_clock(self, clock: str) -> int:
        """How many values a clock has."""
        return sum(self.values.get(clock, {}).values())

    def median(self, clock: str) -> float | None:
        """The value in the middle, or between the two in the middle; None without values."""
        total = self.of_clock(clock)
        if not total:
            return None
        low, high = self._at(clock, (total + 1) // 2, total // 2 + 1)
        return (low + high) / 2

    def p90(self, clock: str) -> int | None:
        """The smallest value that at least nine in ten do not exceed (nearest rank); None without values."""
        total = self.of_clock(clock)
        return self._at(clock, ceil(total * 9 / 10))[0] if total else None

    def share(self, name: str, of: str) -> float | None:
        """The share of one count in another; None where the other is 0."""
        return self.counts[name] / self.counts[of] if self.counts[of] else None

    def _at(self, clock: str, *ranks: int) -> list[int]:
        """The values at these places, from 1, of all in their order."""
        numbers = self.values[clock]
        ordered = sorted(numbers)
        reached = list(accumulate(numbers[value] for value in ordered))
        return [ordered[bisect_left(reached, rank)] for rank in ranks]


def cells_of(rows: Iterable[FigureRow], ended: Iterable[FigureRow], above: Above) -> dict[Key, Summary]:
    """The cells of one month: of the cases that came in it, and (``ended``) of those that were finished in it.

    A restricted case counts in the cell of everything, and in no other. One that was closed as spam counts as unwanted.
    """
    groups: dict[tuple[tuple[str, ...], str, str], list[FigureRow]] = {}
    for row in rows:
        groups.setdefault((row.units, row.kind, row.channel), []).append(row)
    cells: dict[Key, Summary] = {}
    for (units, kind, channel), group in groups.items():
        _spread(cells, _cases(group), _nodes(units, above), kind, channel)
        for unit in units:
            asked = asked_of(group, unit)
            _spread(cells, asked, _nodes([unit], above), kind, channel)
    for row in ended:
        if not row.unwanted:
            _spread(cells, Summary(Counter(ended=1)), _nodes(row.units, above), row.kind, row.channel)
    return cells


def summary_of(rows: Sequence[FigureRow]) -> Summary:
    """What these rows add up to."""
    total = _cases(rows)
    for unit in {asked.unit for row in rows for asked in row.asked}:
        total.add(asked_of(rows, unit))
    return total


def _nodes(units: Iterable[str], above: Above) -> set[str]:
    return {ALL}.union(*(above.get(unit, (unit,)) for unit in units))


def _spread(cells: dict[Key, Summary], part: Summary, units: Iterable[str], kind: str, channel: str) -> None:
    for unit in units:
        for of_kind in {kind, ALL}:
            for of_channel in {channel, ALL}:
                cells.setdefault(Key(unit, of_kind, of_channel), Summary()).add(part)


def _cases(rows: Iterable[FigureRow]) -> Summary:
    """What concerns the cases themselves."""
    found: Counter[str] = Counter()
    values: dict[str, list[int]] = {clock: [] for clock in CLOCKS}
    for row in rows:
        if row.unwanted:
            found["unwanted"] += 1
            continue
        found["received"] += 1
        found["finished"] += row.ended
        if row.restricted:
            found["restricted"] += 1
            continue
        found["answered"] += row.to_answer is not None
        found["withdrawn"] += row.closure_reason == ClosureReason.WITHDRAWN
        found["judged"] += row.in_time is not None
        found["in_time"] += row.in_time is True
        found["rerouted"] += row.reroutes > 0
        found["reopened"] += row.reopens > 0
        found["objected"] += row.objections > 0
        found["informed"] += row.interims > 0
        found["reroutes"] += row.reroutes
        found["reopens"] += row.reopens
        found["interims"] += row.interims
        for clock, value in _values(row):
            values[clock].append(value)
    return Summary(+found, {clock: Counter(numbers) for clock, numbers in values.items() if numbers})


def _values(row: FigureRow) -> Iterable[tuple[str, int]]:
    known = (row.to_routing, row.to_review, row.to_answer, row.answer_days, row.rating)
    names = ("routing", "review", "answer", "days", "rating")
    return ((name, value) for name, value in zip(names, known, strict=True) if value is not None)


def asked_of(rows: Iterable[FigureRow], unit: str) -> Summary:
    """What this unit was asked in these cases."""
    found: Counter[str] = Counter()
    hours: list[int] = []
    for asked in (one for row in rows if not row.unwanted for one in row.asked if one.unit == unit):
        found["asked"] += 1
        found["declined"] += asked.declined
        found["awaited"] += asked.open
        found["timed"] += asked.on_time is not None
        found["on_time"] += asked.on_time is True
        found["reviewed"] += asked.accepted_at_once is not None
        found["at_once"] += asked.accepted_at_once is True
        if asked.hours is not None:
            hours.append(asked.hours)
    return Summary(+found, {"reply": Counter(hours)} if hours else {})
