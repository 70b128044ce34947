"""The collection ``units``."""

from collections.abc import Sequence

from pymongo import UpdateOne
from pymongo.collation import Collation

from services.router.directory.domain import Unit
from shared.documents import AGGREGATE, Database, Documents

TURKISH = Collation("tr")


class Units(Documents[Unit]):
    """The directory of units."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "units", Unit)

    async def all(self) -> list[Unit]:
        """All units, sorted by the Turkish alphabet; at most 2000."""
        found = self.collection.find({"erased_at": None}, AGGREGATE).collation(TURKISH).sort("name_tr", 1).limit(2_000)
        return [self._read(unit) async for unit in found]

    async def put(self, units: Sequence[Unit]) -> int:
        """Add new units and update known ones; others stay. Returns the number of units."""
        await self.collection.bulk_write(
            [
                UpdateOne(
                    {"_id": unit.id},
                    {
                        "$set": unit.model_dump(exclude={"id", "revision", "active"}),
                        "$inc": {"revision": 1},
                        "$setOnInsert": {"active": True, "schema_version": self.schema_version},
                    },
                    upsert=True,
                )
                for unit in units
            ]
        )
        return len(units)
