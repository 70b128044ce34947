"""The parts of the directory: units, and the snapshots that other services are told."""

from dataclasses import dataclass

from services.router.directory.jobs import InstitutionJob
from services.router.directory.store import Snapshots, Units
from services.router.directory.store.health import UnitHealths
from services.router.directory.store.imports import UnitImports
from services.router.parts import Common, Parts
from services.router.texts.parts import TextsParts
from shared.service import hourly


@dataclass(frozen=True, kw_only=True)
class DirectoryParts(Parts):
    """The stores of the directory. Its handlers also tell figures, so ``statistics`` makes them."""

    units: Units
    snapshots: Snapshots
    healths: UnitHealths


def directory_parts(common: Common, texts: TextsParts) -> DirectoryParts:
    """Make them."""
    database, units = common.database, Units(common.database)
    snapshots, healths = Snapshots(database, units, texts.institution), UnitHealths(database)
    return DirectoryParts(
        units=units,
        snapshots=snapshots,
        healths=healths,
        provided=[units, snapshots, healths, UnitImports(database, units)],
        jobs=[hourly(snapshots.run), InstitutionJob(texts.institutions, texts.wordings, snapshots).run],
    )
