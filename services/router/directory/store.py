"""The directory of units."""

from collections.abc import Sequence

from pymongo import UpdateOne

from services.router.directory.domain import Unit, sorted_units
from shared.documents import Database, Documents


class Units(Documents[Unit]):
    """The directory."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "units", Unit)

    async def all(self) -> list[Unit]:
        """The whole directory, in the order of the Turkish alphabet."""
        return sorted_units(await self.find({}, sort=[("_id", 1)], limit=2_000))

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
