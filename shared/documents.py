"""Aggregates in MongoDB: the new state, the events obeyed and the events owed, in one single-document write.

An aggregate is one document. Beside its state it carries ``revision`` (updates are compare-and-set on it), ``seen``
(ids of the events it has obeyed) and ``outbox`` (events it still owes to the broker); where traces are on, also
``traceparent``, what it was made in. Knows no RabbitMQ.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Generic, Protocol, Self, TypeVar
from uuid import uuid4

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from opentelemetry.trace import Span, SpanKind
from pymongo.errors import ConnectionFailure, DuplicateKeyError, ExecutionTimeout, WTimeoutError

from shared.clock import Clock, utc_now
from shared.config import ServiceSettings
from shared.events import CloudEvent, Event, envelope
from shared.inserts import Inserts
from shared.outbox import OutboxEntry, PublishedLog
from shared.seal import Seal
from shared.tracing.commands import Commands
from shared.tracing.spans import OFF, TRACEPARENT, Tracing

MongoDatabase = AsyncIOMotorDatabase[dict[str, Any]]
Collection = AsyncIOMotorCollection[dict[str, Any]]

AWAY = (ConnectionFailure, ExecutionTimeout, WTimeoutError)
"""What the driver raises while MongoDB is out of reach: try again, it is nobody's fault."""


class NotFound(Exception):
    """No such document. For an event it means *not yet*: the event that makes the document is still under way."""


class Conflict(Exception):
    """The document changed between reading and writing: read it again and decide anew."""


class AlreadyExists(Exception):
    """A document with this id exists: the same thing was added before."""


class AlreadyProcessed(Exception):
    """This event has had its effect; a second delivery changes nothing."""


class NotRelayed(Exception):
    """No relay publishes for this database: what is announced here would never reach anybody."""


class Aggregate(Protocol):
    """What a document must be able to say of itself; frozen pydantic models can."""

    @property
    def id(self) -> str: ...
    @property
    def revision(self) -> int: ...
    def model_dump(self, *, exclude: set[str]) -> dict[str, Any]: ...
    def model_copy(self, *, update: dict[str, Any]) -> Self: ...
    @classmethod
    def model_validate(cls, obj: Any) -> Self: ...


A = TypeVar("A", bound=Aggregate)


def connect(url: str, database: str, tracing: Tracing = OFF) -> MongoDatabase:
    """Open a database. Nothing is sent until the first use; every write waits for the majority."""
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
        url,
        w="majority",
        readConcernLevel="majority",
        tz_aware=True,
        serverSelectionTimeoutMS=2_000,
        connectTimeoutMS=2_000,
        socketTimeoutMS=10_000,
        appname=database,
        event_listeners=[Commands(tracing)] if tracing.on else [],
    )
    return client[database]


OnOutbox = Callable[["Documents[Any]", list[OutboxEntry]], None]
"""Told of every write, with the events that it announced."""


class Database:
    """The database of one service, and what its stores share. Each store that is made registers itself here.

    ``source`` names the service on the events it announces. ``on_outbox`` is the relay's, and None until there is one:
    announcing raises NotRelayed then.
    """

    def __init__(
        self,
        mongodb: MongoDatabase,
        *,
        source: str,
        tracing: Tracing = OFF,
        seal: Seal | None = None,
        clock: Clock = utc_now,
        on_outbox: OnOutbox | None = None,
    ) -> None:
        self.mongodb, self.source, self.tracing, self.seal, self.clock = mongodb, source, tracing, seal, clock
        self.on_outbox = on_outbox
        self.stores: list[Documents[Any]] = []

    @classmethod
    def of(
        cls,
        source: str,
        settings: ServiceSettings,
        tracing: Tracing = OFF,
        clock: Clock = utc_now,
        on_outbox: OnOutbox | None = None,
    ) -> Self:
        """The database that a service's settings name."""
        mongodb = connect(settings.mongodb_url.get_secret_value(), settings.mongodb_database, tracing)
        seal = Seal(settings.secret_key.get_secret_value())
        return cls(mongodb, source=source, tracing=tracing, seal=seal, clock=clock, on_outbox=on_outbox)

    def __getitem__(self, collection: str) -> Collection:
        return self.mongodb[collection]


def left_to_the_sweep(documents: "Documents[Any]", entries: list[OutboxEntry]) -> None:
    """``on_outbox`` of a program without a relay, such as a command: the running service's sweep finds its events."""


class Documents(Generic[A]):
    """One collection of aggregates of one service."""

    def __init__(self, database: Database, collection: str, model: type[A]) -> None:
        self.database = database
        self.collection = database[collection]
        self.published_log = PublishedLog(self.collection, database.seal, database.clock)
        self._inserts = Inserts(self.collection)
        self._model = model
        database.stores.append(self)

    async def prepare(self) -> None:
        """Make the indexes; harmless when they are there."""
        await self.collection.create_index(
            "outbox.at", name="owed", partialFilterExpression={"outbox.at": {"$exists": True}}
        )
        await self.published_log.prepare()

    async def get(self, document_id: str, *, handling: CloudEvent[Any] | None = None) -> A:
        """Read one aggregate. Raises NotFound, or AlreadyObeyed when it has obeyed this event before."""
        projection: dict[str, Any] = {"outbox": 0, "seen": 0}
        if handling:
            projection = {"outbox": 0, "seen": {"$elemMatch": {"$eq": handling.id}}}
        found = await self.collection.find_one({"_id": document_id}, projection)
        if found is None:
            raise NotFound(document_id)
        if handling and found.pop("seen", None):
            raise AlreadyProcessed(handling.id)
        return self._read(found)

    async def find(self, query: dict[str, Any], *, sort: list[tuple[str, int]], limit: int, skip: int = 0) -> list[A]:
        """Read the aggregates that match, at most ``limit``."""
        cursor = self.collection.find(query, {"outbox": 0, "seen": 0}).sort(sort).skip(skip).limit(limit)
        return [self._read(found) async for found in cursor]

    async def add(
        self, aggregate: A, *, announcing: Event | Sequence[Event] = (), handling: CloudEvent[Any] | None = None
    ) -> None:
        """Keep a new aggregate, with the events it announces and the event it obeys, in one write.

        Raises AlreadyObeyed (or AlreadyThere, outside of events) when its id exists, SomebodyWasFaster when another
        unique value, such as a random reference, is taken.
        """
        unpublished = self._outbox_entries(aggregate.id, announcing, handling)
        document = {
            "_id": aggregate.id,
            **aggregate.model_dump(exclude={"id"}),
            "seen": [handling.id] if handling else [],
            "outbox": [o.entry for o in unpublished],
        } | (self.database.tracing.headers() or {})
        try:
            if self.database.tracing.on:
                await self.collection.insert_one(document)  # its span belongs to whoever asked
            else:
                await self._inserts.insert(document)
        except DuplicateKeyError as error:
            if "_id" not in (error.details or {}).get("keyPattern", {}):
                raise Conflict(aggregate.id) from None
            raise (AlreadyProcessed(handling.id) if handling else AlreadyExists(aggregate.id)) from None
        self._written(unpublished)

    async def save(
        self, aggregate: A, *, announcing: Event | Sequence[Event] = (), handling: CloudEvent[Any] | None = None
    ) -> A:
        """Keep a changed aggregate as it was decided on: compare-and-set on ``revision``. Returns it as it is now.

        Raises SomebodyWasFaster when it was changed, or this event was obeyed, since it was read.
        """
        if handling or not self.database.tracing.on:
            return await self._save(aggregate, announcing, handling)
        async with self.continuing(aggregate.id, f"act on {self.collection.name}"):
            return await self._save(aggregate, announcing, handling)

    async def _save(self, aggregate: A, announcing: Event | Sequence[Event], handling: CloudEvent[Any] | None) -> A:
        unpublished = self._outbox_entries(aggregate.id, announcing, handling)
        changed = await self.collection.update_one(
            {"_id": aggregate.id, "revision": aggregate.revision}
            | ({"seen": {"$ne": handling.id}} if handling else {}),
            {
                "$set": aggregate.model_dump(exclude={"id", "revision"}),
                "$inc": {"revision": 1},
                "$push": {"outbox": {"$each": [o.entry for o in unpublished]}}
                | ({"seen": handling.id} if handling else {}),
            },
        )
        if changed.matched_count == 0:
            raise Conflict(aggregate.id)
        self._written(unpublished)
        return aggregate.model_copy(update={"revision": aggregate.revision + 1})

    @asynccontextmanager
    async def continuing(self, document_id: str, what: str, kind: SpanKind = SpanKind.INTERNAL) -> AsyncIterator[Span]:
        """Work, from now to the end of the block, in the trace of the message that this document came from."""
        found: dict[str, Any] | None = None
        if self.database.tracing.on:
            found = await self.collection.find_one({"_id": document_id}, {TRACEPARENT: 1})
        with self.database.tracing.rejoined((found or {}).get(TRACEPARENT), what, kind) as span:
            yield span

    async def unpublished(self, *, before: datetime, limit: int, skip: int = 0) -> list[OutboxEntry]:
        """Events announced before this time and not yet published: the leftovers of crashed or cut-off processes.

        ``limit`` and ``skip`` count documents, the one that owes longest first.
        """
        cursor = self.collection.find({"outbox.at": {"$lte": before}}, {"outbox": 1})
        oldest = cursor.sort("outbox.at", 1).skip(skip).limit(limit)
        return [self.published_log.opened(d["_id"], entry) async for d in oldest for entry in d["outbox"]]

    async def mark_published(self, published: Iterable[OutboxEntry]) -> None:
        """Take out what the broker has confirmed, and only that: another event may have been added meanwhile."""
        done = list(published)
        await self.published_log.remember(done)
        await self.collection.update_many(
            {"_id": {"$in": list({o.document_id for o in done})}},
            {"$pull": {"outbox": {"id": {"$in": [o.id for o in done]}}}},
        )

    def _written(self, entries: list[OutboxEntry]) -> None:
        if self.database.on_outbox:
            self.database.on_outbox(self, entries)

    def _outbox_entries(
        self, document_id: str, announcing: Event | Sequence[Event], handling: CloudEvent[Any] | None
    ) -> list[OutboxEntry]:
        at = self.database.clock()
        because = handling.id if handling else None
        events = [announcing] if isinstance(announcing, Event) else announcing
        if events and self.database.on_outbox is None:
            raise NotRelayed(self.collection.name)
        source, here = self.database.source, self.database.tracing.here()
        sealed = [envelope(e, event_id=str(uuid4()), source=source, at=at, because=because) for e in events]
        return [
            OutboxEntry(document_id, e.id, e.type, e.correlationid, at, e.model_dump_json(exclude_none=True), here)
            for e in sealed
        ]

    def _read(self, found: dict[str, Any]) -> A:
        return self._model.model_validate({"id": found.pop("_id"), **found})
