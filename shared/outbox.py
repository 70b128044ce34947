"""Outbox entries, sealed, and the log of published entries that a restore needs. Knows no RabbitMQ."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo.write_concern import WriteConcern

from shared.clock import Clock
from shared.seal import Seal, WrongKey

ANNOUNCED = "announced"
REMEMBERED = timedelta(minutes=15)
"""How long the log keeps a published entry. Longer than a consumer holds an event unacknowledged (``LONGEST_HOLD``): a
backup finds a published, unprocessed event either here or in a queue."""
PRIMARY = WriteConcern(w=1)
"""w=1 suffices: the outbox update that follows waits for the majority, and replication keeps the order."""
TOGETHER = 50
"""Entries in one document of the log: with the longest texts, a quarter of MongoDB's document limit."""
FIELDS = ("id", "type", "correlation_id", "at", "body", "traceparent")

SEALED = "sealed"
"""True when the body of a stored entry is sealed; older versions left it in clear until it was published."""
SEAL_KEY = "seal_key"
"""Names the key it is sealed with."""

RawEntry = dict[str, Any]


@dataclass(frozen=True)
class OutboxEntry:
    """One event of a document's outbox. ``body`` is the envelope; a second publish sends the same bytes.

    ``traceparent`` names the span that announced it, if tracing is on.
    """

    document_id: str
    id: str
    type: str
    correlation_id: str
    at: datetime
    body: str
    traceparent: str | None = None
    sealed: bool = False
    """``body`` is unreadable: it was sealed with a secret key that this service does not have."""


async def prepare_log(database: AsyncIOMotorDatabase[RawEntry]) -> None:
    """Create the TTL index that deletes old entries of the log of a database."""
    await database[ANNOUNCED].create_index("published_at", expireAfterSeconds=int(REMEMBERED.total_seconds()))


class PublishedLog:
    """Log of the published outbox entries of one collection. Here and in the outbox, a body is sealed: some contain a
    secret link. Without a seal (tests), an outbox is in clear.
    """

    def __init__(self, of: AsyncIOMotorCollection[RawEntry], seal: Seal | None, clock: Clock) -> None:
        self._seal, self._clock = seal, clock
        self._of = of.name
        self._collection: AsyncIOMotorCollection[RawEntry] = of.database.get_collection(
            ANNOUNCED, write_concern=PRIMARY
        )

    async def remember(self, published: list[OutboxEntry]) -> None:
        """Store published entries, many in one document, because they are hardly ever read. Without a seal: nothing."""
        if self._seal is None:
            return
        kept = [self.closed(o) | {"document_id": o.document_id} for o in published]
        about = {"collection": self._of, "published_at": self._clock()}
        together = (kept[start : start + TOGETHER] for start in range(0, len(kept), TOGETHER))
        await self._collection.insert_many([{**about, "events": events} for events in together])

    def closed(self, entry: OutboxEntry) -> RawEntry:
        """The entry as it is stored."""
        told = {name: value for name in FIELDS if (value := getattr(entry, name)) is not None}
        if self._seal is None:
            return told
        return told | {"body": self._seal.close(entry.body), SEALED: True, SEAL_KEY: self._seal.key_id}

    def opened(self, document_id: str, stored: RawEntry) -> OutboxEntry:
        """A stored outbox entry, readable. Fields of a newer version are ignored."""
        known: RawEntry = {name: stored.get(name) for name in FIELDS}
        entry = OutboxEntry(document_id, **known, sealed=stored.get(SEALED, False))
        if not entry.sealed or self._seal is None:
            return entry
        try:
            return replace(entry, body=self._seal.open(entry.body), sealed=False)
        except WrongKey:
            return entry
