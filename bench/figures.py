"""What was measured: each figure beside its baseline of the same run, with its goal, for people and for machines."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Literal

from bench.load import Load

Measured = dict[str, tuple[float, str]]
"""A value and its unit, by what it is of."""


@dataclass(frozen=True)
class Goal:
    """What a figure, or its ratio to the baseline, shall be: at least, or at most."""

    limit: float
    better: Literal["more", "less"]
    of_ratio: bool = True

    def __str__(self) -> str:
        return f"{'ratio ' if self.of_ratio else ''}{'≥' if self.better == 'more' else '≤'} {self.limit:g}"


@dataclass(frozen=True)
class Figure:
    """One row of the table: a median, what it is compared with, and what was wished for."""

    section: str
    what: str
    value: float
    unit: str
    against: str = ""
    baseline: float | None = None
    goal: Goal | None = None

    @property
    def ratio(self) -> float | None:
        """The value over the baseline."""
        return self.value / self.baseline if self.baseline else None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without one."""
        if self.goal is None:
            return None
        found = self.ratio if self.goal.of_ratio else self.value
        if found is None:
            return False
        return found >= self.goal.limit if self.goal.better == "more" else found <= self.goal.limit

    @property
    def row(self) -> list[str]:
        """For the table."""
        compared = f"{self.against} {_number(self.baseline)}" if self.baseline is not None else ""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        met = {True: "yes", False: "no", None: ""}[self.met]
        value = f"{_number(self.value)} {self.unit}"
        return [self.section, self.what, value, compared, ratio, str(self.goal or ""), met]


def medians(runs: Sequence[Load], *, answered: str = "accepted") -> Measured:
    """Of the rates, and of the times for one answer."""
    times = {f"p{percent}": (median(load.percentile(percent) for load in runs), "ms") for percent in (50, 99)}
    return {answered: (median(load.rate for load in runs), "/s"), **times}


def table(figures: Sequence[Figure]) -> str:
    """Markdown."""
    head = ["section", "figure", "value", "baseline", "ratio", "goal", "met"]
    rows = [head, ["---"] * len(head), *(figure.row for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(f"| {' | '.join(map(str.ljust, row, widths))} |" for row in rows)


def verdict(figures: Sequence[Figure]) -> str:
    """How many goals are met, and which are not."""
    wished = [figure for figure in figures if figure.goal]
    missed = [f"{figure.section}: {figure.what}" for figure in wished if not figure.met]
    told = f"{len(wished) - len(missed)} of {len(wished)} goals are met"
    return f"{told}; not: {'; '.join(missed)}." if missed else f"{told}."


def write(figures: Sequence[Figure], about: dict[str, Any], file: Path) -> None:
    """As JSON, with what the run was made on."""
    rows = [asdict(figure) | {"ratio": figure.ratio, "met": figure.met} for figure in figures]
    file.write_text(json.dumps({**about, "figures": rows}, indent=2, ensure_ascii=False) + "\n")


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2g}"
