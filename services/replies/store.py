"""The portal's documents: assignments."""

from services.replies.domain import DEAD, Assignment, hash_token
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
        """The assignment that this link opens. Raises NotFound, for a wrong link as for a dead one."""
        for assignment in await self.find({"token_hash": hash_token(link_token)}, sort=[("_id", 1)], limit=1):
            if assignment.state not in DEAD:
                return assignment
        raise NotFound("this link opens nothing")
