"""What the desk says about the institution is told to the other services."""

from services.router.directory.domain import INSTITUTION
from services.router.directory.store import Snapshots
from services.router.texts.store import InstitutionStore
from shared.tasks import run_periodically

LOOK_SECONDS = 5.0
"""Between two looks at what another process has stored."""


class InstitutionJob:
    """Follows what is stored, and tells it: at once what this process stored, also after the end of another."""

    def __init__(self, institutions: InstitutionStore, snapshots: Snapshots) -> None:
        self._institutions, self._snapshots = institutions, snapshots
        self._told: int | None = None

    async def run(self) -> None:
        """Follow for as long as the service runs."""
        await run_periodically(self.follow, wake=self._institutions.saved, every=LOOK_SECONDS)

    async def follow(self) -> bool:
        """Look, and tell what is new. Returns False: no more to do at once."""
        await self._institutions.refresh()
        revision = self._institutions.current.revision
        if revision != self._told:
            await self._snapshots.renew(INSTITUTION)
            self._told = revision
        return False
