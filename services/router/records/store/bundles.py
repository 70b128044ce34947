"""The collections ``bundles`` and ``bundle_contents``: bundles of cases, and their bytes for a day.

MongoDB deletes both by itself when their time is over (TTL), also while no process runs.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, BinaryIO

from bson import Binary
from pymongo import IndexModel

from services.router.records.domain.bundles import KEPT, PATIENCE, REMEMBERED, Bundle, BundleState
from shared.documents import Database, Documents

BLOCK = 1024 * 1024
WAITING = {"state": BundleState.WAITING.value}


class Bundles(Documents[Bundle]):
    """Bundles that people have asked for."""

    indexes = (
        IndexModel("asked_at", expireAfterSeconds=int(REMEMBERED.total_seconds())),
        IndexModel("begun_at", name="waiting", partialFilterExpression=WAITING),
        IndexModel([("case_id", 1), ("asked_at", -1)]),
    )

    def __init__(self, database: Database) -> None:
        super().__init__(database, "bundles", Bundle)
        self._blocks = database["bundle_contents"]

    async def prepare(self) -> None:
        """Create the indexes; those of time delete what is over."""
        await super().prepare()
        await self._blocks.create_indexes(
            [
                IndexModel("at", expireAfterSeconds=int((KEPT + PATIENCE).total_seconds())),
                IndexModel([("content", 1), ("n", 1)], unique=True),
                IndexModel("case_id"),
            ]
        )

    @staticmethod
    def due(now: datetime) -> dict[str, Any]:
        """Query for those that are to be made."""
        return {**WAITING, "$or": [{"begun_at": None}, {"begun_at": {"$lte": now - PATIENCE}}]}

    async def of(self, actor: str, case_id: str) -> list[Bundle]:
        """Those of a case that this person has asked for, the newest first."""
        return await self.find({"case_id": case_id, "actor.id": actor}, sort=[("asked_at", -1)], limit=10)

    async def waited_for(self, actor: str) -> int:
        """How many this person waits for."""
        return int(await self.collection.count_documents({**WAITING, "actor.id": actor, "erased_at": None}))

    async def write(self, bundle: Bundle, content: str, source: BinaryIO) -> None:
        """Store the bytes of a bundle under an id. They name the case, with which they are erased."""
        number, case_id = 0, bundle.case_id
        while block := source.read(BLOCK):
            told = {"content": content, "n": number, "at": self.database.clock(), "case_id": case_id}
            await self._blocks.insert_one(told | {"data": Binary(block)})
            number += 1

    async def read(self, content: str) -> AsyncIterator[bytes]:
        """The bytes, a block at a time."""
        async for found in self._blocks.find({"content": content}, batch_size=2).sort("n", 1):
            yield bytes(found["data"])

    async def forget_bytes(self, content: str) -> None:
        """Delete bytes."""
        await self._blocks.delete_many({"content": content})
