"""The collection ``mails``: what came in by e-mail, each whole."""

from collections.abc import Sequence

from pymongo import IndexModel

from services.router.cases.domain.mails import Mail
from shared.documents import IS_TEXT, Database, Documents

MOST_OF_A_CASE = 2_000
WAITING = {"message_id": None, "outcome": None}


class Mails(Documents[Mail]):
    """Mails that came in, of cases and of none."""

    indexes = (
        IndexModel("received_at", name="waiting", partialFilterExpression=WAITING),
        IndexModel("decided_at", partialFilterExpression={"decided_at": {"$type": "date"}}),
        IndexModel("received_at", name="automatic", partialFilterExpression={"outcome": "automatic"}),
        IndexModel("message_id", partialFilterExpression={"message_id": IS_TEXT}),
        IndexModel("sender", name="of_no_case", partialFilterExpression={"message_id": None}),
    )

    def __init__(self, database: Database) -> None:
        super().__init__(database, "mails", Mail)

    @staticmethod
    def belongs_to(aggregate: Mail) -> tuple[str, ...]:
        """Its own id, and the message."""
        return tuple(filter(None, (aggregate.id, aggregate.message_id)))

    async def waiting(self, *, limit: int) -> list[Mail]:
        """Those about which an officer has to say what they are, the oldest first."""
        return await self.find(WAITING, sort=[("received_at", 1)], limit=limit)

    async def of_case(self, case_id: str) -> list[Mail]:
        """Those of a case, the oldest first."""
        return await self.find(
            {"message_id": {"$eq": case_id, **IS_TEXT}}, sort=[("received_at", 1)], limit=MOST_OF_A_CASE
        )

    async def count(self) -> int:
        """How many wait."""
        return int(await self.collection.count_documents({"erased_at": None} | WAITING))

    async def dealt_with(self, *, hidden: Sequence[str], limit: int) -> list[Mail]:
        """Those about which an officer has decided last, but for those of ``hidden`` cases."""
        query = {"decided_at": {"$type": "date"}, "message_id": {"$nin": list(hidden)}}
        return await self.find(query, sort=[("decided_at", -1)], limit=limit)

    async def automatic(self, *, limit: int) -> list[Mail]:
        """Those that programs have sent, and that belong to no case, the newest first."""
        return await self.find({"outcome": "automatic"}, sort=[("received_at", -1)], limit=limit)
