"""Where the shapes of a chart stand. Pure.

Widths are in percent and heights in pixels, so that a chart fills its place and its letters keep their size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10
from typing import Final

HEIGHT: Final = 168
"""Pixels of the tallest column."""
TOP: Final = 22
"""Pixels above it, for the number of the highest line."""
LEFT: Final = 9.0
"""Percent that the numbers of the lines take."""
ROW: Final = 46
"""Pixels of a bar with its label."""
ROW_OF_TWO_LINES: Final = 64
MOST_LABELS: Final = 12


@dataclass(frozen=True)
class Column:
    """A column; ``series`` tells which of those of its group it is, from 0."""

    series: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Group:
    """The columns of one label, which is empty where there are too many; ``odd``: a narrow page leaves it out."""

    label: str
    middle: float
    columns: tuple[Column, ...]
    odd: bool


@dataclass(frozen=True)
class Line:
    """A line of the grid at a number."""

    number: int
    y: float


@dataclass(frozen=True)
class Columns:
    """Groups of columns over a grid. ``base`` is where they stand, ``height`` that of the whole."""

    groups: tuple[Group, ...]
    lines: tuple[Line, ...]
    base: float = TOP + HEIGHT
    height: float = TOP + HEIGHT + 26


@dataclass(frozen=True)
class Bar:
    """A bar with its label above it; ``further`` is the width of the lighter one behind it."""

    label: str
    said: str
    y: float
    width: float
    further: float = 0


@dataclass(frozen=True)
class Bars:
    """Bars below one another; with ``two_lines``, what is said stands below the label, because it is long."""

    bars: tuple[Bar, ...]
    height: float
    two_lines: bool = False


def columns(labels: Sequence[str], values: Sequence[Sequence[int]]) -> Columns:
    """A group for each label; ``values`` has the numbers of its columns."""
    step = _step(max((number for group in values for number in group), default=0))
    highest = step * max(ceil(max((n for group in values for n in group), default=0) / step), 1)
    wide = (100 - LEFT) / max(len(labels), 1)
    every = ceil(len(labels) / MOST_LABELS)
    groups = []
    for place, (label, group) in enumerate(zip(labels, values, strict=True)):
        begins, width = LEFT + wide * place, wide * 0.76 / max(len(group), 1)
        shapes = tuple(
            Column(series, _r(begins + wide * 0.12 + width * series), _r(TOP + HEIGHT - tall), _r(width * 0.92), tall)
            for series, number in enumerate(group)
            if (tall := _r(HEIGHT * number / highest))
        )
        shown = label if place % every == 0 else ""
        groups.append(Group(shown, _r(begins + wide / 2), shapes, odd=place // every % 2 == 1))
    lines = [Line(n, _r(TOP + HEIGHT - HEIGHT * n / highest)) for n in range(0, highest + 1, step)]
    return Columns(tuple(groups), tuple(lines))


def bars(rows: Sequence[tuple[str, str, float, float]], *, two_lines: bool = False) -> Bars:
    """A bar for each label, what is said at its end, its value, and that of the lighter bar behind it."""
    row = ROW_OF_TWO_LINES if two_lines else ROW
    longest = max((max(value, further) for *_, value, further in rows), default=0) or 1
    made = tuple(
        Bar(label, said, row * place, _r(100 * value / longest), _r(100 * further / longest))
        for place, (label, said, value, further) in enumerate(rows)
    )
    return Bars(made, row * max(len(rows), 1), two_lines)


def _step(most: int) -> int:
    """1, 2 or 5 with zeros, so that there are three to five lines."""
    if most <= 4:
        return 1
    ten = int(10 ** int(log10(most / 4)))
    return next(ten * times for times in (1, 2, 5, 10) if ten * times * 5 >= most)


def _r(number: float) -> float:
    return round(number, 2)
