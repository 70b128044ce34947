"""How well a hidden number is protected: what else it could be, for whoever knows all that is published.

A number is protected by other cases that could be exchanged with its own without a published number changing. Three
exchanges are looked at; each changes one property of cases, and so only the tables of that property:

* **moving**: a case of one row moves to another, where all of both rows is hidden. A row keeps at least one case:
  without any it would not stand in the table;
* **swapping**: a case of this row and one of another row, equal in the other property but in another state, change
  places, where the numbers by state of both rows are hidden;
* **turning**: cases change places around a rectangle of hidden cells of the crossed table.

Each is possible at once, so the true interval is at least as wide as what is counted here; a test solves for it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from enum import IntEnum

K = 5
"""The smallest number that is published, apart from 0; also how wide the interval of a hidden smaller number is."""
OPEN, LATE, ON_TIME = "open", "late", "on_time"
STATES = (OPEN, LATE, ON_TIME)
"""Without an answer; answered after the last day; answered by then."""
ANSWERED = frozenset({LATE, ON_TIME})
UNLIMITED = 2**60


class Level(IntEnum):
    """How much of a row is shown."""

    NOTHING = 0
    RECEIVED = 1
    ANSWERED = 2
    ALL = 3


def small(number: int) -> bool:
    """Whether a number must not be published."""
    return 0 < number < K


class Counts:
    """Numbers of cases by row, by another property (``beside``) and by state."""

    def __init__(self, counts: Mapping[tuple[str, str, str], int]) -> None:
        self.rows: dict[str, Counter[tuple[str, str]]] = {}
        for (row, beside, state), number in sorted(counts.items()):
            if number:
                self.rows.setdefault(row, Counter())[beside, state] += number

    def number(self, row: str, states: Collection[str] = STATES) -> int:
        """How many cases of a row are in one of these states."""
        return sum(number for (_, state), number in self.rows[row].items() if state in states)

    def level(self, row: str, highest: Level = Level.ALL) -> Level:
        """How much of a row can be shown by its own numbers."""
        return level_of({state: self.number(row, {state}) for state in STATES}, highest)


def level_of(numbers: Mapping[str, int], highest: Level = Level.ALL) -> Level:
    """How much can be shown of these numbers by state: neither they nor their differences are small."""
    answered = numbers[LATE] + numbers[ON_TIME]
    if small(numbers[OPEN] + answered):
        return Level.NOTHING
    if small(answered) or small(numbers[OPEN]):
        return min(Level.RECEIVED, highest)
    if small(numbers[LATE]) or small(numbers[ON_TIME]):
        return min(Level.ANSWERED, highest)
    return highest


def shows_median(answered: int, level: Level) -> bool:
    """Whether the median of the days is shown. It tells on which side of the last day half of the answers are, so
    where that is hidden, half of them must be enough.
    """
    return answered >= K if level is Level.ALL else level is Level.ANSWERED and (answered - 1) // 2 >= K


class Hidden:
    """A table with the level of each row."""

    def __init__(self, counts: Counts, levels: Mapping[str, Level]) -> None:
        self.counts, self.levels = counts, levels

    def width(self, row: str, states: Collection[str]) -> int:
        """By how much the number of cases of a row in these states could differ, at least."""
        rest = [state for state in STATES if state not in states]
        whole = self.wholly_hidden(row)
        others = [other for other in self.counts.rows if other not in (row, *whole)]
        more = sum(self._moved(other, states) for other in whole) + self._swapped(row, others, rest)
        return more + (self.given(row, whole, states) if whole else self._swapped(row, others, states))

    def _moved(self, row: str, states: Collection[str]) -> int:
        """How many cases in these states could leave a row, of which one case stays."""
        return min(self.counts.number(row, states), self.counts.number(row) - 1)

    def given(self, row: str, whole: Iterable[str], states: Collection[str]) -> int:
        """As ``_moved``, and the last one too where a case in another state takes its place."""
        rest = [state for state in STATES if state not in states]
        replaced = any(self.counts.number(other, rest) for other in whole)
        return self.counts.number(row, states) if replaced else self._moved(row, states)

    def wholly_hidden(self, row: str) -> list[str]:
        """The other rows with which a row may exchange cases: nothing of any of them is shown."""
        if self.levels[row] is not Level.NOTHING:
            return []
        return [other for other in self.counts.rows if other != row and self.levels[other] is Level.NOTHING]

    def _swapped(self, row: str, others: Iterable[str], states: Collection[str]) -> int:
        """How many cases in these states the row could give to others, for as many in another state."""
        own, done = self.counts.rows[row].copy(), 0
        room = {state: self.room(row, state) for state in STATES}
        for other in others:
            theirs = self.counts.rows[other].copy()
            taken = {state: self.room(other, state) for state in STATES}
            for beside, given in self.counts.rows[row]:
                for got in STATES:
                    if given not in states or got in states or not self.unseen(row, other, given, got):
                        continue
                    number = min(own[beside, given], theirs[beside, got], room[got], taken[given])
                    own[beside, given] -= number
                    theirs[beside, got] -= number
                    room[got] -= number
                    taken[given] -= number
                    done += number
        return done

    def unseen(self, row: str, other: str, given: str, got: str) -> bool:
        """Whether cases in these states could change places between two rows, and no published number would change."""
        needed = Level.ANSWERED if {given, got} == ANSWERED else Level.RECEIVED
        return self.levels[row] <= needed and self.levels[other] <= needed

    def room(self, row: str, state: str) -> int:
        """How many more answers of the row could be in a state, for whoever knows its median."""
        answered = self.counts.number(row, ANSWERED)
        if state == OPEN or not shows_median(answered, self.levels[row]):
            return UNLIMITED
        number = self.counts.number(row, {state})
        return UNLIMITED if 2 * number > answered else max(0, (answered - 1) // 2 - number)


class Crossed:
    """The numbers of cases by two properties, of which the cells in ``hidden`` are hidden.

    ``movable``: the rows, and the columns, that are hidden wholly: their cases could be each other's.
    """

    def __init__(
        self,
        counts: Mapping[tuple[str, str, str], int],
        hidden: Collection[tuple[str, str]],
        movable: tuple[Collection[str], Collection[str]],
    ) -> None:
        self.counts, self.hidden, self.movable = Counter(counts), set(hidden), movable

    def number(self, cell: tuple[str, str]) -> int:
        """The number of cases of a cell."""
        return sum(self.counts[*cell, state] for state in STATES)

    def width(self, cell: tuple[str, str]) -> int:
        """By how much the number of a cell could differ, at least."""
        row, column = cell
        rows, columns = ({*names} - {own} for names, own in zip(self.movable, cell, strict=True))
        in_rows = [(other, column) for other in rows] if row in self.movable[0] else []
        in_columns = [(row, other) for other in columns] if column in self.movable[1] else []
        if in_rows or in_columns:
            return max(self._moved(place, [cell, *found]) for place, found in enumerate((in_rows, in_columns)) if found)
        return sum(self._given(cell, state) + self._got(cell, state) for state in STATES)

    def _moved(self, place: int, cells: Iterable[tuple[str, str]]) -> int:
        """How many cases of these cells, of different rows (``place`` 0) or columns (1), could be another's."""
        total = Counter[str]()
        for cell, number in self.counts.items():
            total[cell[place]] += number
        return sum(min(self.number(cell), total[cell[place]] - 1) for cell in cells)

    def corners(self, cell: tuple[str, str]) -> Iterable[tuple[str, str]]:
        """The cells that lie opposite to a cell, in a rectangle of hidden cells."""
        row, column = cell
        rows = [other for other, at in self.hidden if at == column and other != row]
        columns = [other for at, other in self.hidden if at == row and other != column]
        return sorted((r, c) for r in rows for c in columns if (r, c) in self.hidden)

    def _given(self, cell: tuple[str, str], state: str) -> int:
        opposite = sum(self.counts[*corner, state] for corner in self.corners(cell))
        return min(self.counts[*cell, state], opposite)

    def _got(self, cell: tuple[str, str], state: str) -> int:
        row, column = cell
        left, done = Counter[tuple[str, str]](), 0
        for r, c in self.corners(cell):
            for one in ((r, column), (row, c)):
                left.setdefault(one, self.counts[*one, state])
            number = min(left[r, column], left[row, c])
            left[r, column] -= number
            left[row, c] -= number
            done += number
        return done
