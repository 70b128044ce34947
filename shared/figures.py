"""Figures as documents keep them, where they are counted and where they are shown. Their events are in ``events``."""

from collections.abc import Mapping

from shared.state import State


class OfUnit(State):
    """A unit's own figures, as ``events.FiguresOfUnit``."""

    code: str
    asked: int
    answered: int
    open: int
    median_hours: float | None = None
    p90_hours: float | None = None
    on_time: float | None = None
    accepted_at_once: float | None = None
    median_before: float | None = None
    on_time_before: float | None = None


class TableRow(State):
    """A row: code, name by language, and cells; None is hidden, or there is nothing to count."""

    code: str = ""
    labels: Mapping[str, str]
    cells: tuple[float | None, ...]


class Table(State):
    """A table; ``columns`` name the cells of each row."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
