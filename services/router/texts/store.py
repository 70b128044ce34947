"""The collections ``templates`` and ``institution``."""

import asyncio
from collections.abc import Sequence
from typing import Any

from services.router.texts.defaults import defaults
from services.router.texts.domain.institution import INSTITUTION, InstitutionSettings
from services.router.texts.domain.templates import Template
from shared.documents import AGGREGATE, Database, Documents
from shared.events import CloudEvent, Event

MOST = 1_000


class Templates(Documents[Template]):
    """The templates that the institution has written, in place of and beside the defaults."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "templates", Template)

    async def all(self) -> list[Template]:
        """The stored ones and, before them, the defaults that they do not replace."""
        found = self.collection.find({"erased_at": None}, AGGREGATE).sort("_id", 1).limit(MOST)
        stored = {template.id: template for template in [self._read(one) async for one in found]}
        known = [stored.pop(template.id, template) for template in defaults()]
        return [*known, *stored.values()]

    async def choices(self, use: str, kind: str, language: str, unit: str | None = None) -> list[Template]:
        """Those that are offered for a use, to a reader of this language: the ones for this kind or unit first."""
        offered = [template for template in await self.all() if template.offered(use, kind, language, unit)]
        return sorted(offered, key=lambda template: (template.unit is None, template.kind is None))


class InstitutionStore(Documents[InstitutionSettings]):
    """What the desk keeps of the institution: one document. Each process remembers it (``current``).

    ``saved`` is set when this process has stored something.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database, "institution", InstitutionSettings)
        self.current = InstitutionSettings(id=INSTITUTION)
        self.saved = asyncio.Event()

    async def stored(self) -> InstitutionSettings:
        """The document; added if there is none."""
        return await self.get_or_add(InstitutionSettings(id=INSTITUTION))

    async def save(
        self,
        aggregate: InstitutionSettings,
        *,
        announcing: Event | Sequence[Event] = (),
        handling: CloudEvent[Any] | None = None,
    ) -> InstitutionSettings:
        """Store changed settings, which this process follows at once. Raises Conflict."""
        self.current = await super().save(aggregate, announcing=announcing, handling=handling)
        self.saved.set()
        return self.current

    async def refresh(self) -> bool:
        """Remember what another process has stored since. Returns False: no more to do at once."""
        changed = {"_id": INSTITUTION, "revision": {"$ne": self.current.revision}}
        if found := await self.collection.find_one(changed, AGGREGATE):
            self.current = self._read(found)
        return False
