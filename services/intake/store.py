"""The intake's documents: messages."""

from services.intake.domain.codes import codes_in, hash_code
from services.intake.domain.message import Message
from shared.documents import AlreadyExists, Database, Documents, NotFound, Taken
from shared.events import Event


class ProofUsed(Exception):
    """Another message was sent with this proof of work."""


class Messages(Documents[Message]):
    """What the public has written, each with how far it has come."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "messages", Message)

    async def prepare(self) -> None:
        """One message for one code, one for one reference, one for one proof of work."""
        await super().prepare()
        await self.collection.create_index("code_hash", unique=True)
        await self.collection.create_index("reference", unique=True)
        await self.collection.create_index("proof", unique=True, partialFilterExpression={"proof": {"$type": "string"}})

    async def add_once(self, message: Message, *, announcing: list[Event]) -> Message:
        """Keep a new message; of one that was sent before, return what was kept then. Raises ProofUsed."""
        try:
            await self.add(message, announcing=announcing)
        except AlreadyExists:
            return await self.get(message.id)
        except Taken as taken:
            if taken.field == "proof":
                raise ProofUsed from None
            raise
        return message

    async def by_code(self, text: str) -> Message:
        """The message that the tracking code in this text opens.

        Raises NotFound, for a wrong code as for an unknown one.
        """
        hashes = [hash_code(code) for code in codes_in(text)]
        for message in await self.find({"code_hash": {"$in": hashes}}, sort=[("_id", 1)], limit=1):
            return message
        raise NotFound("no message has this code")
