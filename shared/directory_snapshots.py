"""What the router told a service of the directory: one document, which each process remembers."""

from shared.documents import Database
from shared.events import DirectoryChanged
from shared.remembered import Remembered
from shared.state import Aggregate, UnitName

DIRECTORY = "directory"


class Directory(Aggregate):
    """The units that may be suggested; nothing, in version 0, before the router told anything."""

    version: int = 0
    units: tuple[UnitName, ...] = ()


def newer(known: Directory, told: DirectoryChanged) -> Directory:
    """The newer directory; events may arrive in any order."""
    if told.version <= known.version:
        return known
    units = tuple(UnitName.model_validate(unit) for unit in told.units)
    return known.model_copy(update={"version": told.version, "units": units})


class DirectorySnapshots(Remembered[Directory]):
    """The collection ``directory``."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "directory", Directory, Directory(id=DIRECTORY))

    async def keep(self, told: DirectoryChanged) -> None:
        """Store a newer version. Its version tells whether it was handled before. Raises Conflict."""
        known = await self.stored()
        if (changed := newer(known, told)) is not known:
            await self.save(changed)
