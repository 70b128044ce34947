"""The collection ``snapshots``."""

from collections.abc import Callable
from typing import Any

from services.router.directory.domain.snapshots import (
    CONTACTS,
    DIRECTORY,
    SNAPSHOTS,
    Snapshot,
    contacts_of,
    directory_of,
    institution_told,
)
from services.router.directory.store.telling import tell
from services.router.directory.store.units import Units
from shared.documents import Database, Documents
from shared.institution import Institution
from shared.retrying import on_conflict


class Snapshots(Documents[Snapshot]):
    """What other services were told, whole: one document for each audience. ``institution`` returns what it is now."""

    def __init__(self, database: Database, units: Units, institution: Callable[[], Institution] | None = None) -> None:
        super().__init__(database, "snapshots", Snapshot)
        self._units = units
        self._institution = institution

    async def renew(self, audience: str = CONTACTS, *, known: int | None = None) -> int:
        """Tell an audience what is now, unless it was told. Returns the version."""
        return await on_conflict(lambda: self._renew(audience, known))

    async def run(self) -> bool:
        """Renew what a crash between two writes of a table left untold, and the settings of this start.

        Returns False: no more to do at once.
        """
        for audience in SNAPSHOTS:
            await self.renew(audience)
        return False

    async def _renew(self, audience: str, known: int | None) -> int:
        before = await self.get_or_add(SNAPSHOTS[audience](id=audience))
        return await tell(self, before, await self._fresh(audience, before), known)

    async def _fresh(self, audience: str, before: Snapshot) -> Snapshot:
        """What is now. Without an institution, as in a command, nothing new is known of it."""
        if audience == CONTACTS:
            return contacts_of(await self._units.contacts())
        if audience == DIRECTORY:
            return directory_of(await self._units.all())
        return institution_told(self._institution()) if self._institution else before

    def _read(self, found: dict[str, Any]) -> Snapshot:
        return self.read_as(SNAPSHOTS[found["_id"]], found)
