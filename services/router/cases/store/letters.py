"""The collection ``held_letters``."""

from services.router.cases.domain.held import HeldLetter
from shared.documents import Database, Documents


class HeldLetters(Documents[HeldLetter]):
    """Letters about which an officer has to decide, and those decided."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "held_letters", HeldLetter)

    async def prepare(self) -> None:
        """They are listed while they wait, the oldest first."""
        await super().prepare()
        await self.collection.create_index("held_at", partialFilterExpression={"decision": None})

    async def waiting(self, *, limit: int) -> list[HeldLetter]:
        """Those without a decision, the oldest first."""
        return await self.find({"decision": None}, sort=[("held_at", 1)], limit=limit)

    async def count(self) -> int:
        """How many have no decision."""
        return int(await self.collection.count_documents({"decision": None}))
