"""The collection ``saved_lists``."""

from collections.abc import Sequence

from services.router.access import Officer
from services.router.cases.domain.saved import MOST, SHARED, TAKEN, NameTaken, SavedList, allow_another
from shared.documents import Database, Documents, NotFound, Taken


class SavedLists(Documents[SavedList]):
    """Lists under a name, of one person each or shared with all."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "saved_lists", SavedList)

    async def prepare(self) -> None:
        """An owner has one list of a name."""
        await super().prepare()
        await self.collection.create_index([("owner", 1), ("name", 1)], unique=True)

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
