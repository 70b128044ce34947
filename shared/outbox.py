"""An event between its document and the broker: owed, published, and for a while remembered. Knows no RabbitMQ."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.write_concern import WriteConcern

from shared.clock import Clock
from shared.seal import Seal, WrongKey

ANNOUNCED = "announced"
REMEMBERED = timedelta(minutes=15)
"""For so long a service remembers what it has published: longer than an event is held in hand, so that a backup has
every event that is neither owed any more nor obeyed yet, nor to be found in a queue."""
PRIMARY = WriteConcern(w=1)
"""The clear that follows waits for the majority, and nothing overtakes: who has the clear has the memory before it."""
TOGETHER = 50
"""Events in one document: with the longest texts people may write, a quarter of what MongoDB takes."""
FIELDS = ("id", "type", "correlation_id", "at", "body", "traceparent")

RawEntry = dict[str, Any]


@dataclass(frozen=True)
class OutboxEntry:
    """One event that a document owes to the broker: ``body`` is the envelope, byte for byte the same each time.

    ``traceparent`` names the span in which it was announced, where traces are on.
    """

    document_id: str
    id: str
    type: str
    correlation_id: str
    at: datetime
    body: str
    traceparent: str | None = None
    sealed: bool = False
    """It cannot be read: it came back from a backup, and another secret key was in use then."""

    @property
    def entry(self) -> RawEntry:
        """As it stands in the outbox of its document."""
        entry = {name: getattr(self, name) for name in FIELDS}
        return {name: value for name, value in entry.items() if value is not None}


class PublishedLog:
    """What the documents of one collection have announced lately, sealed: some of it carries a link."""

    def __init__(self, of: AsyncIOMotorCollection[RawEntry], seal: Seal | None, clock: Clock) -> None:
        self._seal, self._clock = seal, clock
        self._of = of.name
        self._collection: AsyncIOMotorCollection[RawEntry] = of.database.get_collection(
            ANNOUNCED, write_concern=PRIMARY
        )

    async def prepare(self) -> None:
        """MongoDB forgets it in time."""
        await self._collection.create_index("published_at", expireAfterSeconds=int(REMEMBERED.total_seconds()))

    async def remember(self, published: list[OutboxEntry]) -> None:
        """For a restore, many in one document: they are written often, and hardly ever read. Not without a seal."""
        if self._seal is None:
            return
        close = self._seal.close
        kept = [o.entry | {"document_id": o.document_id, "sealed": True, "body": close(o.body)} for o in published]
        about = {"collection": self._of, "published_at": self._clock()}
        together = (kept[start : start + TOGETHER] for start in range(0, len(kept), TOGETHER))
        await self._collection.insert_many([{**about, "events": events} for events in together])

    def opened(self, document_id: str, stored: RawEntry) -> OutboxEntry:
        """An entry of an outbox, which is sealed after a restore; what a newer version added is passed over."""
        known: RawEntry = {name: stored.get(name) for name in FIELDS}
        entry = OutboxEntry(document_id, **known, sealed=stored.get("sealed", False))
        if not entry.sealed or self._seal is None:
            return entry
        try:
            return replace(entry, body=self._seal.open(entry.body), sealed=False)
        except WrongKey:
            return entry
