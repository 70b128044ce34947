"""The collection ``units``."""

from collections.abc import Sequence

from pymongo import UpdateOne
from pymongo.collation import Collation

from services.router.directory.domain import Unit, address_changed
from shared.documents import AGGREGATE, Database, Documents
from shared.events import done_by
from shared.state import Actor

TURKISH = Collation("tr")


class Units(Documents[Unit]):
    """The directory of units."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "units", Unit)

    async def all(self) -> list[Unit]:
        """All units, sorted by the Turkish alphabet; at most 2000."""
        found = self.collection.find({"erased_at": None}, AGGREGATE).collation(TURKISH).sort("name_tr", 1).limit(2_000)
        return [self._read(unit) async for unit in found]

    async def put(self, units: Sequence[Unit], *, by: Actor) -> int:
        """Add new units and update known ones; others stay. Returns the number of units. A new address is audited."""
        known = {unit.id: unit for unit in await self.all()}
        plain = []
        for unit in units:
            before = known.get(unit.id)
            told = address_changed(before, unit, self.database.clock()) if before else []
            if before and told:
                kept = {"revision": before.revision, "active": before.active}
                await self.save(unit.model_copy(update=kept), announcing=done_by(by, *told))
            else:
                plain.append(_upsert(unit, self.schema_version))
        if plain:
            await self.collection.bulk_write(plain)
        return len(units)


def _upsert(unit: Unit, schema_version: int) -> UpdateOne:
    return UpdateOne(
        {"_id": unit.id},
        {
            "$set": unit.model_dump(exclude={"id", "revision", "active"}),
            "$inc": {"revision": 1},
            "$setOnInsert": {"active": True, "schema_version": schema_version},
        },
        upsert=True,
    )
