"""The collection ``saved_lists``."""

from collections.abc import Sequence
from typing import Any

from pymongo import IndexModel

from services.router.access import Officer
from services.router.cases.domain.saved import MOST, SHARED, TAKEN, NameTaken, SavedList, allow_another
from shared.documents import Database, Documents, NotFound, Taken


class SavedLists(Documents[SavedList]):
    """Lists under a name, of one person each or shared with all."""

    indexes = (IndexModel([("owner", 1), ("name", 1)], unique=True),)

    def __init__(self, database: Database) -> None:
        super().__init__(database, "saved_lists", SavedList)

    async def prepare(self) -> None:
        """An owner has one list of a name. Releases up to 0.7.0 did not see to it, so later ones get a number."""
        await self._number_the_same()
        await super().prepare()

    async def _number_the_same(self) -> None:
        """Give lists of one owner that have the same name a number, from the second on."""
        same = {"_id": {"owner": "$owner", "name": "$name"}, "ids": {"$push": "$_id"}}
        counted: list[dict[str, Any]] = [
            {"$sort": {"_id": 1}},
            {"$group": same},
            {"$match": {"ids.1": {"$exists": True}}},
        ]
        async for found in self.collection.aggregate(counted):
            for number, list_id in enumerate(found["ids"][1:], start=2):
                numbered = {"$set": {"name": f"{found['_id']['name']} ({number})"}, "$inc": {"revision": 1}}
                await self.collection.update_one({"_id": list_id}, numbered)

    async def of(self, officer: Officer) -> Sequence[SavedList]:
        """The lists of this person, then the shared ones, each by name."""
        owners = {"owner": {"$in": [officer.id, SHARED]}}
        return await self.find(owners, sort=[("owner", -1), ("name", 1)], limit=2 * MOST)

    async def keep(self, saved: SavedList) -> None:
        """Store a new list. Raises Refused when its owner has one of this name, or very many."""
        allow_another(await self.collection.count_documents({"owner": saved.owner}, limit=MOST))
        try:
            await self.add(saved)
        except Taken:
            raise NameTaken(TAKEN) from None

    async def remove(self, list_id: str, owner: str) -> None:
        """Delete a list of this owner. Raises NotFound when they have none with this id."""
        removed = await self.collection.delete_one({"_id": list_id, "owner": owner})
        if not removed.deleted_count:
            raise NotFound(list_id)
