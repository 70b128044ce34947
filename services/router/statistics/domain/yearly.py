"""The yearly report for the rectorate: a year's messages beside those of the year before, and what they say. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.router.statistics.domain.cells import Summary
from services.router.statistics.domain.periods import Period

FEW = 5
"""Fewer values say nothing about a median or a share."""


@dataclass(frozen=True)
class Line:
    """One row of a table: a code with its name, this year and the year before."""

    code: str
    name: str
    now: Summary
    before: Summary


@dataclass(frozen=True)
class Finding:
    """What the figures say: a code, which has a sentence, and the values that stand in it."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """The figures of a year; ``until`` is the day to which they go, when the year is not over."""

    year: int
    until: date | None
    total: Line
    kinds: Sequence[Line]
    units: Sequence[Line]
    months: Sequence[Line]

    @property
    def findings(self) -> list[Finding]:
        """What the figures say, the most important first."""
        found = [self._received(), self._answered(), self._in_time(), self._most("kind", self.kinds)]
        found += [self._most("unit", self.units), self._slowest(), self._satisfied(), self._at_once(), self._again()]
        return [finding for finding in found if finding]

    def _received(self) -> Finding:
        now, before = (one.number("received") for one in (self.total.now, self.total.before))
        values = {"year": self.year, "number": now, "before": before}
        if not before or self.until:
            return Finding("received", values)
        change = round(100 * (now - before) / before)
        code = "received_same" if change == 0 else "received_more" if change > 0 else "received_fewer"
        return Finding(code, values | {"change": abs(change)})

    def _answered(self) -> Finding | None:
        now, days = self.total.now, self.total.now.median("days")
        if now.number("answered") < FEW or days is None:
            return None
        values = {"number": now.number("answered"), "median": days, "p90": now.p90("days")}
        before = self.total.before.median("days")
        if self.total.before.number("answered") < FEW or before is None:
            return Finding("answered", values)
        code = "answered_same" if before == days else "answered_faster" if days < before else "answered_slower"
        return Finding(code, values | {"before": before})

    def _in_time(self) -> Finding | None:
        share = self.total.now.share("in_time", "judged")
        if share is None or self.total.now.number("judged") < FEW:
            return None
        late = self.total.now.number("judged") - self.total.now.number("in_time")
        return Finding("in_time" if late else "all_in_time", {"share": share, "late": late})

    def _most(self, what: str, lines: Sequence[Line]) -> Finding | None:
        first = max(lines, key=lambda line: line.now.number("received"), default=None)
        total = self.total.now.number("received")
        if first is None or first.now.number("received") < FEW or len(lines) < 2:
            return None
        number = first.now.number("received")
        return Finding(f"most_{what}", {"name": first.name, "number": number, "share": number / total})

    def _slowest(self) -> Finding | None:
        """The unit in which half of the replies took longest, if it took clearly longer than all together."""
        known = [(line.now.median("reply") or 0, line) for line in self.units if line.now.of_clock("reply") >= FEW]
        usual = self.total.now.median("reply")
        slowest, line = max(known, key=lambda one: one[0], default=(0, None))
        if line is None or not usual or slowest < 1.5 * usual or len(known) < 2:
            return None
        return Finding("slowest", {"name": line.name, "hours": slowest, "usual": usual})

    def _satisfied(self) -> Finding | None:
        ratings = self.total.now.values.get("rating") or Counter[int]()
        number = sum(ratings.values())
        good = sum(count for score, count in ratings.items() if score >= 4)
        return Finding("satisfied", {"number": number, "share": good / number}) if number >= FEW else None

    def _at_once(self) -> Finding | None:
        share = self.total.now.share("at_once", "reviewed")
        return Finding("at_once", {"share": share}) if self.total.now.number("reviewed") >= FEW else None

    def _again(self) -> Finding | None:
        now = self.total.now
        values = {name: now.number(name) for name in ("rerouted", "reopened", "objected")}
        return Finding("again", values) if any(values.values()) else None


def years(first: str | None, today: date) -> list[int]:
    """The years of which there may be a report, the newest first."""
    return list(range(today.year, int(first[:4]) - 1, -1)) if first else []


def period_of(year: int) -> Period:
    """The months of a year."""
    return Period(f"{year:04}-01", f"{year:04}-12")


def lines(
    now: Mapping[tuple[str, ...], Summary], before: Mapping[tuple[str, ...], Summary], names: Mapping[str, str]
) -> list[Line]:
    """The rows of a table, those with the most messages first."""
    codes = {code for (code,) in (*now, *before)}
    found = [
        Line(code, names.get(code, code), now.get((code,), Summary()), before.get((code,), Summary()))
        for code in sorted(codes)
    ]
    return sorted(found, key=lambda line: (-line.now.number("received"), line.name))
