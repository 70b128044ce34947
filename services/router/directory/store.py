"""The directory of units."""

from collections.abc import Sequence

from pymongo import UpdateOne
from pymongo.collation import Collation

from services.router.directory.domain import Unit
from shared.documents import AGGREGATE, Database, Documents

TURKISH = Collation("tr")


class Units(Documents[Unit]):
    """The directory."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "units", Unit)

    async def all(self) -> list[Unit]:
        """The whole directory, in the order of the Turkish alphabet."""
        found = self.collection.find({"erased_at": None}, AGGREGATE).collation(TURKISH).sort("name_tr", 1).limit(2_000)
        return [self._read(unit) async for unit in found]

    async def put(self, units: Sequence[Unit]) -> int:
        """Take a table in: new units are added, known ones brought up to date, others left alone. Returns how many."""
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
