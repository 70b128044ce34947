"""Whether the medians may be shown where no table has the share in time.

A median tells on which side of the last day half of the answers are. The medians of the sum and of other rows together
can so tell that few answers of a row were late, or in time, though no table says how many. It is looked for answers
that could be late instead of in time, or the reverse, without a median that is shown telling another side; rows of
which nothing is shown may have each other's cases beside that (``protection``).
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from services.router.statistics.domain.protection import ANSWERED, LATE, ON_TIME, Counts, Hidden, K, Level, small

SUM = "sum"
Used = Counter[tuple[str, str]]
"""By table and row, how many of its answers have turned already."""


class Turning:
    """``tables`` with the levels of their rows; one that is left out has none, so nothing of it is shown."""

    def __init__(
        self, tables: Mapping[str, Counts], levels: Mapping[str, Mapping[str, Level] | None], highest: Level
    ) -> None:
        known = {name: levels[name] or dict.fromkeys(counts.rows, Level.NOTHING) for name, counts in tables.items()}
        self._tables = {name: Hidden(counts, known[name]) for name, counts in tables.items()}
        months = tables["months"]
        sums = {state: sum(months.number(row, {state}) for row in months.rows) for state in ANSWERED}
        self._sum = Hidden(Counts({(SUM, "", state): number for state, number in sums.items()}), {SUM: highest})

    def protects(self) -> bool:
        """Whether no small number of answers that were late, or in time, can be told to be small."""
        return all(
            self._width(name, row, *states) >= K
            for name, table in self._tables.items()
            for row in table.counts.rows
            for states in ((LATE, ON_TIME), (ON_TIME, LATE))
            if small(table.counts.number(row, {states[0]}))
        )

    def _width(self, name: str, row: str, state: str, other: str) -> int:
        """By how much the number of answers of a row in a state could differ, at least."""
        table = self._tables[name]
        pool, counts = table.wholly_hidden(row), table.counts
        gained = self._turned(name, [row, *pool], other, state)
        more = gained[row] + sum(min(counts.number(one, {state}) + gained[one], counts.number(one) - 1) for one in pool)
        fewer = self._turned(name, [row], state, other)[row]
        if pool:
            fewer = max(fewer, table.given(row, pool, {state}))
        return max(more + fewer, table.width(row, {state}))

    def _turned(self, name: str, rows: Iterable[str], given: str, got: str) -> Counter[str]:
        """How many answers of these rows could be ``got`` instead of ``given``, all at once."""
        of_months = sum(self._of_month(month, given, got) for month in self._tables["months"].counts.rows)
        of_cells = self._in_cells(self._tables["kinds"].counts.rows, "kinds", given, got, Used())
        left = min(self._sum.room(SUM, got), of_months, of_cells)
        turned, used = Counter[str](), Used()
        for row in rows:
            own = self._of_month(row, given, got) if name == "months" else self._in_cells([row], name, given, got, used)
            turned[row] = min(own, left)
            left -= turned[row]
        return turned

    def _of_month(self, month: str, given: str, got: str) -> int:
        table = self._tables["months"]
        return min(table.counts.number(month, {given}), table.room(month, got))

    def _in_cells(self, rows: Iterable[str], name: str, given: str, got: str, used: Used) -> int:
        """The same for cells of kinds and faculties: a case that turns does so in both."""
        across, done = "faculties" if name == "kinds" else "kinds", 0
        for row in rows:
            for (beside, state), number in self._tables[name].counts.rows[row].items():
                if state == given:
                    both = ((name, row), (across, beside))
                    turned = min(number, *(self._tables[one].room(at, got) - used[one, at] for one, at in both))
                    used.update(dict.fromkeys(both, turned))
                    done += turned
        return done
