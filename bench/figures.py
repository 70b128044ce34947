"""What was measured: each figure beside its baseline of the same run, with its goal, for people and for machines."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Literal

Better = Literal["more", "less"]


@dataclass(frozen=True)
class Goal:
    """What a figure, or its ratio to the baseline, shall be: at least, or at most."""

    limit: float
    better: Better
    of_ratio: bool = True

    def __str__(self) -> str:
        sign = "≥" if self.better == "more" else "≤"
        return f"{'ratio ' if self.of_ratio else ''}{sign} {self.limit:g}"


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


def middle(values: Iterable[float]) -> float:
    """The median of the runs."""
    return median(values)


def table(figures: Sequence[Figure]) -> str:
    """Markdown."""
    head = ("section", "figure", "value", "baseline", "ratio", "goal", "met")
    rows = [head, tuple("---" for _ in head), *(_row(figure) for figure in figures)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(head))]
    lines = ["| " + " | ".join(cell.ljust(widths[n]) for n, cell in enumerate(row)) + " |" for row in rows]
    return "\n".join(lines)


def verdict(figures: Sequence[Figure]) -> str:
    """How many goals are met, and which are not."""
    wished = [figure for figure in figures if figure.met is not None]
    missed = [f"{figure.section}: {figure.what}" for figure in wished if not figure.met]
    told = f"{len(wished) - len(missed)} of {len(wished)} goals are met"
    return f"{told}; not: {'; '.join(missed)}." if missed else f"{told}."


def write(figures: Sequence[Figure], about: dict[str, Any], file: Path) -> None:
    """As JSON, with what the run was made on."""
    rows = [asdict(figure) | {"ratio": figure.ratio, "met": figure.met} for figure in figures]
    file.write_text(json.dumps({**about, "figures": rows}, indent=2, ensure_ascii=False) + "\n")


def _row(figure: Figure) -> tuple[str, ...]:
    compared = f"{figure.against} {_number(figure.baseline)}" if figure.baseline is not None else ""
    return (
        figure.section,
        figure.what,
        f"{_number(figure.value)} {figure.unit}",
        compared,
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        str(figure.goal or ""),
        {True: "yes", False: "no", None: ""}[figure.met],
    )


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2g}"
