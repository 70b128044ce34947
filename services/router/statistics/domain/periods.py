"""Which cases figures are of: those that came in a period, of some units, of a kind, by a channel. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode

from services.router.statistics.domain.cells import ALL, EVERYTHING, Key

LONGEST: Final = 120
"""Months of a period. What is longer ends so many months after its beginning."""
USUAL: Final = 12
RANGE: Final = "range"
"""The period that ``since`` and ``until`` say."""
_MONTH = re.compile(r"(19|20|21)\d\d-(0[1-9]|1[0-2])")
_QUARTER = re.compile(r"((?:19|20|21)\d\d)-Q([1-4])")
_YEAR = re.compile(r"(?:19|20|21)\d\d")


@dataclass(frozen=True)
class Period:
    """Whole months, such as 2026-10 to 2026-12, both included."""

    first: str
    last: str

    @property
    def months(self) -> list[str]:
        """All of its months, in their order."""
        return [_month(number) for number in range(_number(self.first), _number(self.last) + 1)]

    @property
    def before(self) -> "Period":
        """The period of the same length before it."""
        begins, length = _number(self.first), _number(self.last) - _number(self.first) + 1
        return Period(_month(begins - length), _month(begins - 1))

    def has(self, month: str) -> bool:
        """Whether the month belongs to it."""
        return self.first <= month <= self.last


@dataclass(frozen=True)
class Selection:
    """What figures are of. ``name`` is the period as it was chosen: last-12, a year, quarter or month, or RANGE."""

    period: Period
    name: str
    unit: str = ALL
    kind: str = ALL
    channel: str = ALL

    @property
    def key(self) -> Key:
        """The cell that has the figures of a month."""
        return Key(self.unit, self.kind, self.channel)

    def query(self, **different: str) -> str:
        """The part of the address that chooses this."""
        fields = {"period": self.name, "unit": self.unit, "kind": self.kind, "channel": self.channel}
        if self.name == RANGE:
            fields |= {"since": self.period.first, "until": self.period.last}
        return urlencode({name: value for name, value in (fields | different).items() if value})


def selection_of(today: date, *, period: str = "", since: str = "", until: str = "", of: Key = EVERYTHING) -> Selection:
    """What an address chooses. A period that is none, or that has not begun, is the last twelve months."""
    spanned = _range(since, until, today) if period in ("", RANGE) else None
    found, name = (spanned, RANGE) if spanned else (_named(period, today), period)
    if found is None or found.first > month_of(today):
        found, name = _last(USUAL, today), f"last-{USUAL}"
    return Selection(found, name, *of)


def named_periods(today: date, first: str) -> Iterator[str]:
    """The names of periods that can be chosen, back to the month of the first message: years, quarters, months."""
    this, begins = month_of(today), max(first, _month(_number(month_of(today)) - LONGEST))
    yield from (f"{year}" for year in range(today.year, int(begins[:4]) - 1, -1))
    months = [_month(number) for number in range(_number(this), _number(begins) - 1, -1)]
    yield from dict.fromkeys(f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}" for month in months[: 3 * 8])
    yield from months[:24]


def month_of(day: date) -> str:
    """The month of a day, such as 2026-11."""
    return f"{day.year:04}-{day.month:02}"


def _named(name: str, today: date) -> Period | None:
    if name == f"last-{USUAL}":
        return _last(USUAL, today)
    if _MONTH.fullmatch(name):
        return Period(name, name)
    if quarter := _QUARTER.fullmatch(name):
        begins = 3 * int(quarter[2]) - 2
        return Period(f"{quarter[1]}-{begins:02}", f"{quarter[1]}-{begins + 2:02}")
    return Period(f"{name}-01", f"{name}-12") if _YEAR.fullmatch(name) else None


def _range(since: str, until: str, today: date) -> Period | None:
    """From one month to another, in either order; one that is missing is that of today."""
    given = [month for month in (since, until) if _MONTH.fullmatch(month)]
    if not given:
        return None
    first, last = sorted((given[0], given[-1] if len(given) == 2 else month_of(today)))
    return Period(first, min(last, _month(_number(first) + LONGEST - 1)))


def _last(months: int, today: date) -> Period:
    this = _number(month_of(today))
    return Period(_month(this - months + 1), _month(this))


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def _month(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"
