"""The portal's documents: assignments."""

from services.replies.domain import Assignment, hash_token
from shared.documents import Database, Documents, NotFound


class Assignments(Documents[Assignment]):
    """What units were asked, and what they wrote."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "assignments", Assignment)

    async def prepare(self) -> None:
        """One assignment for one link."""
        await super().prepare()
        await self.collection.create_index("token_hash", unique=True)

    async def by_token(self, link_token: str) -> Assignment:
        """The assignment that this link opens, also when the unit is no longer asked. Raises NotFound."""
        for assignment in await self.find({"token_hash": hash_token(link_token)}, sort=[("_id", 1)], limit=1):
            return assignment
        raise NotFound("this link opens nothing")
