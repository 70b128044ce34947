"""What the router told a service of the institution: one document, which each process remembers.

Pages and letters read no database for it.
"""

from collections.abc import Callable

from shared.config import WebSettings
from shared.documents import Database, Documents
from shared.events import Event, InstitutionChanged
from shared.institution import Told, newer, of_settings
from shared.retrying import on_conflict

INSTITUTION = "institution"
LOOK_SECONDS = 5.0
"""After so long a process looks whether another has stored a newer version."""


class InstitutionSnapshots(Documents[Told]):
    """``institution`` is the newest that this process knows; before anything was told, that of the settings.

    ``known`` makes the event that tells the router which version is here.
    """

    def __init__(self, database: Database, settings: WebSettings, known: Callable[..., Event]) -> None:
        super().__init__(database, "institution", Told)
        self._settings, self._known = of_settings(settings), known
        self._remember(Told(id=INSTITUTION))

    def _remember(self, told: Told) -> None:
        self._told = told
        self.institution = told.institution.over(self._settings) if told.institution else self._settings

    async def keep(self, told: InstitutionChanged) -> None:
        """Store a newer version. Its version tells whether it was handled before. Raises Conflict."""
        known = await self.get_or_add(Told(id=INSTITUTION))
        if (changed := newer(known, told)) is not known:
            self._remember(await self.save(changed))

    async def refresh(self) -> bool:
        """Remember what another process has stored since. Returns False: no more to do at once."""
        if told := await self.changed_since(self._told):
            self._remember(told)
        return False

    async def tell(self) -> bool:
        """Tell the router which version is here, and so get a newer one. Returns False: no more to do at once."""
        await on_conflict(self._tell)
        return False

    async def _tell(self) -> None:
        told = await self.get_or_add(Told(id=INSTITUTION))
        self._remember(await self.replace(told, announcing=self._known(institution=told.version)))
