"""Which numbers of the public tables are shown: no combination of them gives a number from 1 to 4.

The tables: received, answered and answered in time, by kind, by faculty and by month, each with the sum of all; and
received by kind and faculty. Small numbers and small differences (received less answered, answered less in time) are
hidden first, then as many others as it takes until each small one has an interval at least ``K`` wide
(``protection``): nobody can say even that it is small. Where that cannot be had, a column or a table is left out.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.router.statistics.domain.medians import Turning
from services.router.statistics.domain.protection import (
    ANSWERED,
    LATE,
    ON_TIME,
    OPEN,
    STATES,
    Counts,
    Crossed,
    Hidden,
    K,
    Level,
    level_of,
    small,
)

MOST_CELLS = 600
"""A larger table of kinds and faculties is not published."""
SURVIVES = 0.5
"""The share of the table's numbers that must be shown; a table of blanks says nothing."""
SENSITIVE = (
    (Level.NOTHING, frozenset(STATES)),
    (Level.RECEIVED, ANSWERED),
    (Level.RECEIVED, frozenset({OPEN})),
    (Level.ANSWERED, frozenset({LATE})),
    (Level.ANSWERED, frozenset({ON_TIME})),
)
"""The numbers of a row, each with the highest level at which it is hidden."""


@dataclass(frozen=True)
class CountedCase:
    """What is published of one case: kind, faculty, month, state, and the days until the answer."""

    kind: str
    faculty: str
    month: str
    state: str
    days: int | None = None


@dataclass(frozen=True)
class Shown:
    """How much is shown: of the sum of all (``highest``), of each row, and the cells of the crossed table that are
    hidden. A table that is None is left out. ``medians``: whether any median is shown.
    """

    highest: Level
    kinds: Mapping[str, Level] | None
    faculties: Mapping[str, Level] | None
    months: Mapping[str, Level] | None
    hidden: frozenset[tuple[str, str]] | None
    medians: bool = True


class Unprotected(Exception):
    """A number that is hidden at ``level`` could be found, whatever else is hidden."""

    def __init__(self, level: Level) -> None:
        super().__init__(level)
        self.level = level


def suppressed(entries: Iterable[CountedCase]) -> Shown:
    """How much of these cases is shown."""
    entries = list(entries)
    crossed = Counter((entry.kind, entry.faculty, entry.state) for entry in entries)
    tables = {
        "kinds": Counts(crossed),
        "faculties": Counts(_turned(crossed)),
        "months": Counts(Counter((entry.month, "", entry.state) for entry in entries)),
    }
    totals = Counter(entry.state for entry in entries)
    highest = level_of({state: totals[state] for state in STATES})
    found: dict[str, Mapping[str, Level] | None] = {}
    waiting = list(tables)
    while waiting:
        name = waiting.pop()
        try:
            found[name] = levels(tables[name], highest)
        except Unprotected as fault:
            if fault.level is Level.NOTHING:
                found[name] = None
            else:  # a column that one table cannot show, none shows
                highest, waiting = fault.level, [one for one in tables if found.get(one, 1) is not None]
    hidden = _crossing(crossed, tables, found)
    medians = highest is not Level.ANSWERED or Turning(tables, found, highest).protects()
    return Shown(highest, found["kinds"], found["faculties"], found["months"], hidden, medians)


def levels(counts: Counts, highest: Level) -> dict[str, Level]:
    """How much of each row is shown. Raises Unprotected."""
    known = {row: counts.level(row, highest) for row in counts.rows}
    while weak := _weakest(counts, known, highest):
        level, row, states = weak
        known[_helper(counts, known, row, level, states)] = level
    return known


def _weakest(counts: Counts, known: Mapping[str, Level], highest: Level) -> tuple[Level, str, frozenset[str]] | None:
    """A small number that is not protected yet. A column that no table has gives nothing away."""
    table = Hidden(counts, known)
    for level, states in SENSITIVE:
        for row in counts.rows if level < highest else ():
            if small(counts.number(row, states)) and table.width(row, states) < K:
                return level, row, states
    return None


def _helper(counts: Counts, known: Mapping[str, Level], row: str, level: Level, states: frozenset[str]) -> str:
    """The row of which more is hidden: the smallest one that suffices, else the one that helps most."""
    before, found = Hidden(counts, known).width(row, states), list[tuple[int, int, str]]()
    for other in counts.rows:
        if known[other] > level:
            width = Hidden(counts, {**known, other: level}).width(row, states)
            if width > before:
                found.append((-min(width, K), counts.number(other), other))
    if not found:
        raise Unprotected(level)
    return min(found)[2]


def _crossing(
    crossed: Mapping[tuple[str, str, str], int],
    tables: Mapping[str, Counts],
    found: Mapping[str, Mapping[str, Level] | None],
) -> frozenset[tuple[str, str]] | None:
    """The hidden cells of the table of kinds and faculties; None where it cannot be published."""
    kinds, faculties = found["kinds"], found["faculties"]
    if not kinds or not faculties or len(kinds) * len(faculties) > MOST_CELLS:
        return None
    movable = tuple([row for row, level in rows.items() if level is Level.NOTHING] for rows in (kinds, faculties))
    table = Crossed(crossed, (), (movable[0], movable[1]))
    cells = [(kind, faculty) for kind in kinds for faculty in faculties]
    table.hidden = {c for c in cells if c[0] in movable[0] or c[1] in movable[1] or small(table.number(c))}
    for cell in cells:
        while small(table.number(cell)) and table.width(cell) < K:
            corner = _corner(table, cells, cell)
            if corner is None:
                return None
            table.hidden |= corner
    counted = [cell for cell in cells if table.number(cell)]
    if sum(cell not in table.hidden for cell in counted) < SURVIVES * len(counted):
        return None
    splits = Hidden(tables["kinds"], kinds), Hidden(tables["faculties"], faculties)
    return None if any(_pinned(table, splits, cell) for cell in cells) else frozenset(table.hidden)


def _corner(table: Crossed, cells: Iterable[tuple[str, str]], cell: tuple[str, str]) -> set[tuple[str, str]] | None:
    """The cells to hide so that a rectangle protects this one; None when no further one helps."""
    before, best = table.width(cell), list[tuple[int, int, tuple[str, str]]]()
    for corner in cells:
        if corner[0] != cell[0] and corner[1] != cell[1]:
            added = _rectangle(cell, corner) - table.hidden
            if added:
                width = Crossed(table.counts, table.hidden | added, table.movable).width(cell)
                if width > before:
                    best.append((-min(width, K), sum(map(table.number, added)), corner))
    return _rectangle(cell, min(best)[2]) if best else None


def _rectangle(cell: tuple[str, str], corner: tuple[str, str]) -> set[tuple[str, str]]:
    return {cell, corner, (cell[0], corner[1]), (corner[0], cell[1])}


def _pinned(table: Crossed, splits: tuple[Hidden, Hidden], cell: tuple[str, str]) -> bool:
    """Whether the tables together may tell a small number of a cell by state, which none of them has."""
    for states in ({OPEN}, {LATE}, {ON_TIME}, ANSWERED):
        number = sum(table.counts[*cell, state] for state in states)
        if small(number) and number != table.number(cell) and not _varies(table, splits, cell, states):
            return True
        if small(number) and number == table.number(cell) and cell not in table.hidden:
            return True
    return False


def _varies(table: Crossed, splits: tuple[Hidden, Hidden], cell: tuple[str, str], states: Iterable[str]) -> bool:
    """Whether cases could be exchanged so that the number of the cell in these states changes."""
    kind, faculty = cell
    inside, outside = list(states), [state for state in STATES if state not in states]
    for one, other in ((one, other) for one in inside for other in outside):
        for mine, theirs in ((one, other), (other, one)):
            if not table.counts[kind, faculty, mine]:
                continue
            for k in {k for k, f, s in table.counts if f == faculty and s == theirs and k != kind}:
                if not table.counts[k, faculty, theirs]:
                    continue
                if splits[0].unseen(kind, k, mine, theirs) or _restored(table, cell, k, mine, theirs):
                    return True
            for f in {f for k, f, s in table.counts if k == kind and s == theirs and f != faculty}:
                if table.counts[kind, f, theirs] and splits[1].unseen(faculty, f, mine, theirs):
                    return True
    return False


def _restored(table: Crossed, cell: tuple[str, str], k: str, mine: str, theirs: str) -> bool:
    """Whether a swap in another faculty undoes what a swap in this one changes of the numbers of both kinds."""
    kind, faculty = cell
    others = {f for _, f, _ in table.counts if f != faculty}
    return any(table.counts[k, f, mine] and table.counts[kind, f, theirs] for f in others)


def _turned(crossed: Mapping[tuple[str, str, str], int]) -> dict[tuple[str, str, str], int]:
    return {(faculty, kind, state): number for (kind, faculty, state), number in crossed.items()}
