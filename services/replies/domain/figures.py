"""What the hotline tells the units of themselves."""

from shared.events import UnitFiguresChanged
from shared.figures import OfUnit
from shared.state import Aggregate

UNIT_FIGURES = "unit_figures"
"""The id of the one document."""


class UnitFigures(Aggregate):
    """Those of all units, from one ISO date to another; nothing, in version 0, before anything was told."""

    version: int = 0
    since: str = ""
    until: str = ""
    units: tuple[OfUnit, ...] = ()

    def of(self, code: str) -> OfUnit | None:
        """The figures of one unit; None when it was asked nothing in the period."""
        return next((one for one in self.units if one.code == code), None)


def newer(known: UnitFigures, told: UnitFiguresChanged) -> UnitFigures:
    """The newer figures; events may arrive in any order."""
    if told.version <= known.version:
        return known
    units = tuple(OfUnit.model_validate(one) for one in told.units)
    changes = {"version": told.version, "since": told.since, "until": told.until, "units": units}
    return known.model_copy(update=changes)
