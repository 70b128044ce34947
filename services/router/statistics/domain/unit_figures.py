"""What each unit is told of itself: figures of the last ninety days, beside those of the ninety before. Pure."""

from datetime import date, timedelta
from typing import Final

from pydantic import AwareDatetime

from services.router.directory.domain.snapshots import Snapshot
from services.router.statistics.domain.cells import Summary, asked_of
from services.router.statistics.domain.row import FigureRow
from shared.events import UnitFiguresChanged
from shared.figures import OfUnit

DAYS: Final = 90
UNIT_FIGURES: Final = "unit_figures"
"""The id of the one document."""
MOST: Final = 5_000
"""Units that a snapshot may have."""
Own = dict[str, Summary]
"""By the code of a unit, what it was asked itself, without the units below it."""


class UnitFigures(Snapshot):
    """What the portal was told last, whole. ``since`` and ``until`` are ISO dates; empty before the first time."""

    event = UnitFiguresChanged
    since: str = ""
    until: str = ""
    units: tuple[OfUnit, ...] = ()
    changed_at: AwareDatetime | None = None


def days_until(until: date) -> tuple[date, date, date]:
    """The first day of the period before, that of the period, and its last day."""
    return until - timedelta(days=2 * DAYS - 1), until - timedelta(days=DAYS - 1), until


def add_own(found: Own, row: FigureRow) -> None:
    """Count what each unit was asked in this case."""
    for unit in {asked.unit for asked in row.asked}:
        found.setdefault(unit, Summary()).add(asked_of([row], unit))


def figures_of_units(now: Own, before: Own) -> tuple[OfUnit, ...]:
    """The figures of each unit that was asked in the period."""
    return tuple(_of(code, now[code], before.get(code, Summary())) for code in sorted(now)[:MOST])


def _of(code: str, now: Summary, before: Summary) -> OfUnit:
    return OfUnit(
        code=code,
        asked=now.number("asked"),
        answered=now.of_clock("reply"),
        open=now.number("awaited"),
        median_hours=now.median("reply"),
        p90_hours=now.p90("reply"),
        on_time=now.share("on_time", "timed"),
        accepted_at_once=now.share("at_once", "reviewed"),
        median_before=before.median("reply"),
        on_time_before=before.share("on_time", "timed"),
    )
