"""The collection ``templates``: what the institution has written, in place of and beside the defaults."""

from services.router.texts.defaults import defaults
from services.router.texts.domain import Template
from shared.documents import AGGREGATE, Database, Documents

MOST = 1_000


class Templates(Documents[Template]):
    """The templates of the institution."""

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
