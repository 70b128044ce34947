"""Mails that came in. Their bytes are sealed, and stored in parts beside the documents."""

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog
from pymongo import IndexModel, ReturnDocument, WriteConcern

from services.notifier.domain.mail import Mail, MailState
from services.notifier.store import ANY_CASE
from shared.addresses import comparable
from shared.documents import AGGREGATE, AWAY, Database, Documents
from shared.events import CloudEvent, Event
from shared.outbox import SEAL_KEY
from shared.person_answers import MOST
from shared.seal import WrongKey

log = structlog.get_logger()
PART = 1024 * 1024
"""Bytes of a mail in one stored part; sealed it has at most three times as many."""
KEPT_FOR = timedelta(days=30)
"""How long the bytes of a mail stay after it was read: what it said is in the case then."""
COUNTED_FOR, MARKED_FOR = timedelta(days=7), timedelta(days=90)
ORPHANED_AFTER = timedelta(days=1)


class Mails(Documents[Mail]):
    """Every mail that came in. ``due`` is set when there may be one to read."""

    indexes = (
        IndexModel("due_at", partialFilterExpression={"due_at": {"$type": "date"}}),
        IndexModel("content", partialFilterExpression={"content": {"$gt": ""}}),
        IndexModel([("to.token", 1), ("received_at", 1)], partialFilterExpression={"to.token": {"$gt": ""}}),
        IndexModel("received_at", partialFilterExpression={"state": MailState.HELD.value}),
        IndexModel([("sender", 1), ("received_at", -1)], collation=ANY_CASE),
        IndexModel([("message_id", 1), ("received_at", 1)]),
    )

    def __init__(self, database: Database) -> None:
        super().__init__(database, "mails", Mail)
        self.due = asyncio.Event()
        self.parts = database["mail_parts"]
        # w=1 suffices: the document that names them waits for the majority, and replication keeps the order.
        self._writing = self.parts.with_options(write_concern=WriteConcern(w=1))

    @staticmethod
    def belongs_to(aggregate: Mail) -> tuple[str, ...]:
        """Its own id, and the message."""
        return tuple(filter(None, (aggregate.id, aggregate.message_id)))

    async def prepare(self) -> None:
        """What is to be read next, whose bytes may go, and the parts in their order."""
        await super().prepare()
        await self.parts.create_index([("content", 1), ("n", 1)], unique=True)

    async def from_address(self, email: str) -> list[Mail]:
        """The newest mails from this ``comparable`` address (the envelope's)."""
        found = self.collection.find({"sender": email, "erased_at": None}, AGGREGATE).collation(ANY_CASE)
        return [self._read(one) async for one in found.sort("received_at", -1).limit(MOST)]

    async def of_person(self, message_ids: Sequence[str], mail_ids: Sequence[str]) -> list[Mail]:
        """The mails with these ids, and those that the submitters of these messages wrote; none of units."""
        theirs = {"message_id": {"$in": list(message_ids)}, "purpose": {"$in": ["citizen", "new"]}}
        query = {"$or": [{"_id": {"$in": list(mail_ids)}}, theirs]}
        return await self.find(query, sort=[("received_at", 1)], limit=MOST)

    async def keep_content(self, raw: bytes) -> str:
        """Store the bytes of a mail, sealed. Returns the name under which they are found."""
        content = uuid4().hex
        for n, start in enumerate(range(0, max(len(raw), 1), PART)):
            sealed = await asyncio.to_thread(self._seal, raw[start : start + PART])
            part = {"content": content, "n": n, "at": self.database.clock(), **sealed}
            await self._writing.insert_one(part)
        return content

    async def content_of(self, mail: Mail) -> bytes:
        """The bytes of a mail. Raises WrongKey when they were sealed with another secret key."""
        parts = [found["sealed"] async for found in self.parts.find({"content": mail.content}).sort("n", 1)]
        return b"".join([await asyncio.to_thread(self._unseal, part) for part in parts])

    async def add(
        self,
        aggregate: Mail,
        *,
        announcing: Event | Sequence[Event] = (),
        handling: CloudEvent[Any] | None = None,
    ) -> None:
        """Keep a new mail, and have it read."""
        await super().add(aggregate, announcing=announcing, handling=handling)
        self.due.set()

    async def claim(self, now: datetime, lease: timedelta) -> Mail | None:
        """Take the mail that is due for the longest time; nobody else gets it until the lease is over.

        It takes long to read one, so two processes should not; if they do, one of them gets a Conflict.
        """
        found = await self.collection.find_one_and_update(
            {"due_at": {"$lte": now}},
            {"$set": {"due_at": now + lease}, "$inc": {"attempts": 1, "revision": 1}},
            projection=AGGREGATE,
            sort=[("due_at", 1)],
            return_document=ReturnDocument.AFTER,
        )
        return self._read(found) if found else None

    async def release(self, mail: Mail) -> None:
        """End the lease of a claimed mail, which another process may read now. One that was saved since stays so.

        The attempt counts: a mail that keeps a process from going on may have had it stopped.
        """
        claimed = {"_id": mail.id, "revision": mail.revision}
        released = {"$set": {"due_at": self.database.clock()}, "$inc": {"revision": 1}}
        with suppress(*AWAY):  # then the lease ends by itself
            await self.collection.update_one(claimed, released)

    async def oldest_unread(self) -> datetime | None:
        """Since when the oldest mail waits that was not read."""
        waiting = {"due_at": {"$type": "date"}, "state": MailState.STORED.value}
        found = await self.collection.find_one(waiting, {"received_at": 1}, sort=[("received_at", 1)])
        return found["received_at"] if found else None

    async def came(self, token: str, since: datetime, most: int) -> int:
        """How many mails came to the address with this token since then; counted up to ``most``."""
        query = {"to.token": {"$eq": token, "$gt": ""}, "received_at": {"$gt": since}}
        return await self.collection.count_documents(query, limit=most)

    async def waiting(self, before: datetime, most: int) -> tuple[int, list[Mail]]:
        """How many that came before then are to be read yet, and the oldest ones."""
        query = {"due_at": {"$type": "date"}, "received_at": {"$lte": before}}
        count = await self.collection.count_documents(query)
        return count, await self.find(query, sort=[("received_at", 1)], limit=most) if count else []

    async def never_read(self, since: datetime) -> int:
        """How many that came since then were too many of a machine's."""
        query = {"state": MailState.HELD.value, "due_at": None, "received_at": {"$gt": since}}
        return await self.collection.count_documents(query)

    @staticmethod
    def outlived(now: datetime) -> dict[str, Any]:
        """Query for mails whose bytes are not needed any more."""
        return {"content": {"$gt": ""}, "due_at": None, "received_at": {"$lt": now - KEPT_FOR}}

    async def forget_content(self, mail_id: str, now: datetime) -> None:
        """Delete the bytes of a mail; after a crash between the two writes it is found again."""
        mail = await self.get(mail_id)
        await self.parts.delete_many({"content": mail.content})
        await self.save(mail.model_copy(update={"content": ""}))

    async def sweep(self) -> bool:
        """Delete the parts that no mail names: of a mail that came again, or that was not stored to its end."""
        before = self.database.clock() - ORPHANED_AFTER
        async for found in self.parts.find({"n": 0, "at": {"$lt": before}}, {"content": 1}):
            if not await self.collection.find_one({"content": found["content"]}, {"_id": 1}):
                await self.parts.delete_many({"content": found["content"]})
        return False

    async def seal_anew(self) -> bool:
        """Seal with the newest key what another one has sealed; what no key opens stays. Returns False: all is done."""
        assert self.database.seal
        async for found in self.parts.find({SEAL_KEY: {"$ne": self.database.seal.key_id}}):
            try:
                part = await asyncio.to_thread(self._unseal, found["sealed"])
            except WrongKey:
                log.error("mail is sealed with an unknown key", content=found["content"])
                continue
            await self.parts.update_one({"_id": found["_id"]}, {"$set": await asyncio.to_thread(self._seal, part)})
        return False

    def _seal(self, part: bytes) -> dict[str, str]:
        assert self.database.seal
        return {"sealed": self.database.seal.close(part.decode("latin-1")), SEAL_KEY: self.database.seal.key_id}

    def _unseal(self, sealed: str) -> bytes:
        assert self.database.seal
        return self.database.seal.open(sealed).encode("latin-1")


class Returns:
    """Which letters came back from an address, in the collection ``returns``: without the address itself."""

    def __init__(self, database: Database) -> None:
        self.collection = database["returns"]

    async def prepare(self) -> None:
        """Create the TTL index."""
        await self.collection.create_index("expires_at", expireAfterSeconds=0)

    async def knows(self, address: str) -> bool:
        """Whether letters came back from this address lately."""
        key = hashlib.sha256(comparable(address).encode()).hexdigest()
        return await self.collection.find_one({"_id": key}, {"_id": 1}) is not None

    async def count(self, address: str, letter_id: str, now: datetime, *, hard: bool) -> int:
        """How many letters came back from an address within COUNTED_FOR, with this one; asked again, the same.

        ``hard`` is kept: the address is of no use.
        """
        key = hashlib.sha256(comparable(address).encode()).hexdigest()
        one = {"letter": letter_id, "at": now}
        before = {"$ifNull": ["$letters", []]}
        fresh = {
            "$filter": {
                "input": before,
                "as": "known",
                "cond": {"$and": [{"$gt": ["$$known.at", now - COUNTED_FOR]}, {"$ne": ["$$known.letter", letter_id]}]},
            }
        }
        change: dict[str, Any] = {"letters": {"$concatArrays": [fresh, [one]]}, "expires_at": now + MARKED_FOR}
        change |= {"hard_at": now} if hard else {}
        found = await self.collection.find_one_and_update(
            {"_id": key}, [{"$set": change}], upsert=True, return_document=ReturnDocument.AFTER
        )
        return len(found["letters"])
