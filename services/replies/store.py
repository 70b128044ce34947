"""The portal's documents: assignments."""

from collections.abc import Iterable

from services.replies.domain.assignment import Assignment
from services.replies.domain.links import hash_token
from services.replies.domain.reminding import Reminder
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

    async def those(self, ids: Iterable[str]) -> list[Assignment]:
        """The assignments with these ids that are here."""
        wanted = list(ids)
        return await self.find({"_id": {"$in": wanted}}, sort=[("_id", 1)], limit=max(1, len(wanted)))


class Reminders(Documents[Reminder]):
    """The reminders that were handled. They hold ids only."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "reminders", Reminder)
