"""Aggregates in MongoDB: the new state, the events obeyed and the events owed, in one single-document write.

An aggregate is one document. Beside its state it carries ``revision`` (updates are compare-and-set on it), ``seen``
(ids of the events it has obeyed), ``outbox`` (events it still owes to the broker), ``schema_version`` and ``indexed``
(what it is found by); where traces are on, also ``traceparent``, what it was made in. Documents outlive versions of
this code: what an aggregate does not know of its document, it keeps. One that was erased leaves a tombstone with
``erased_at``. Knows no RabbitMQ.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, ClassVar, Generic, Self, TypeVar
from uuid import uuid4

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from opentelemetry.trace import Span, SpanKind
from pydantic import ValidationError
from pymongo.errors import ConnectionFailure, DuplicateKeyError, ExecutionTimeout, WTimeoutError

from shared.clock import Clock, utc_now
from shared.config import ServiceSettings
from shared.events import CloudEvent, Event, envelope
from shared.inserts import Inserts
from shared.outbox import OutboxEntry, PublishedLog
from shared.seal import Seal
from shared.state import Aggregate, State, without_values
from shared.tracing.commands import Commands
from shared.tracing.spans import OFF, TRACEPARENT, Tracing

MongoDatabase = AsyncIOMotorDatabase[dict[str, Any]]
Collection = AsyncIOMotorCollection[dict[str, Any]]
Migration = Sequence[Mapping[str, Any]]
"""Stages of an update pipeline."""
AGGREGATE = dict.fromkeys(("outbox", "seen", "schema_version", "indexed", TRACEPARENT), 0)
"""Projection: what an aggregate is made of, without what the document keeps beside it."""

AWAY = (ConnectionFailure, ExecutionTimeout, WTimeoutError)
"""What the driver raises while MongoDB is out of reach: try again, it is nobody's fault."""


class NotFound(Exception):
    """No such document. For an event it means *not yet*: the event that makes the document is still under way."""


class Erased(NotFound):
    """There was such a document, and its content was erased: whatever still comes for it has no effect any more."""


class UnreadableDocument(Exception):
    """A document that this version cannot read; another may: try again later. Says which fields, and no values."""


class Conflict(Exception):
    """The document changed between reading and writing: read it again and decide anew."""


class AlreadyExists(Exception):
    """A document with this id exists: the same thing was added before."""


class AlreadyProcessed(Exception):
    """This event has had its effect; a second delivery changes nothing."""


class NotRelayed(Exception):
    """No relay publishes for this database: what is announced here would never reach anybody."""


A = TypeVar("A", bound=Aggregate)
S = TypeVar("S", bound=State)


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
    """One collection of aggregates of one service.

    ``migrations`` are for what cannot be additive: the first brings documents from schema version 1 to 2. Older
    processes may still write beside a newer one, so a step must leave what they can read.
    """

    migrations: ClassVar[Sequence[Migration]] = ()
    index_version: ClassVar[int] = 0
    """Raised whenever ``index_fields`` changes; 0 for a collection that keeps none."""

    def __init__(self, database: Database, collection: str, model: type[A]) -> None:
        self.database = database
        self.collection = database[collection]
        self.published_log = PublishedLog(self.collection, database.seal, database.clock)
        self._inserts = Inserts(self.collection)
        self._model = model
        database.stores.append(self)

    @staticmethod
    def index_fields(aggregate: A) -> dict[str, Any]:
        """What a document is found by and does not say of itself; kept in ``indexed``, in the write of the state.

        Beside it stand ``changed_at``, the time of that write, and ``revision`` and ``version``, of what it was made.
        """
        return {}

    @property
    def schema_version(self) -> int:
        """The one that this code writes."""
        return len(self.migrations) + 1

    async def prepare(self) -> None:
        """Make the indexes and bring documents to this schema version; harmless when that was done."""
        await self.collection.create_index(
            "outbox.at", name="owed", partialFilterExpression={"outbox.at": {"$exists": True}}
        )
        await self.published_log.prepare()
        for version, step in enumerate(self.migrations, start=2):
            await self.collection.update_many(
                {"schema_version": {"$not": {"$gte": version}}, "erased_at": None},
                [*step, {"$set": {"schema_version": version, "revision": {"$add": ["$revision", 1]}}}],
            )

    async def get(self, document_id: str, *, handling: CloudEvent[Any] | None = None) -> A:
        """Read one aggregate. Raises NotFound, Erased, or AlreadyProcessed when it has handled this event before."""
        projection: dict[str, Any] = dict(AGGREGATE)
        if handling:
            projection["seen"] = {"$elemMatch": {"$eq": handling.id}}
        found = await self.collection.find_one({"_id": document_id}, projection)
        if found is None:
            raise NotFound(document_id)
        if handling and found.pop("seen", None):
            raise AlreadyProcessed(handling.id)
        return self._read(found)

    async def find(self, query: dict[str, Any], *, sort: list[tuple[str, int]], limit: int, skip: int = 0) -> list[A]:
        """Read the aggregates that match, at most ``limit``; erased ones are left out."""
        cursor = self.collection.find({"erased_at": None} | query, AGGREGATE).sort(sort).skip(skip).limit(limit)
        return [self._read(found) async for found in cursor]

    async def ids(self, query: dict[str, Any]) -> AsyncIterator[str]:
        """Which aggregates match; erased ones are left out."""
        async for found in self.collection.find({"erased_at": None} | query, {"_id": 1}):
            yield found["_id"]

    @property
    def unindexed(self) -> dict[str, Any]:
        """The query for documents that an older version saved, or a backup brought back. It reads the collection."""
        other_revision = {"$expr": {"$ne": ["$indexed.revision", "$revision"]}}
        return {"$or": [other_revision, {"indexed.version": {"$ne": self.index_version}}]}

    async def index(self, document_id: str, now: datetime) -> None:
        """Renew what a document is found by, as of now. Raises Conflict when it is being changed, and NotFound."""
        aggregate = await self.get(document_id)
        written = await self.collection.update_one(
            {"_id": document_id, "revision": aggregate.revision},
            {"$set": self._indexed(aggregate, aggregate.revision, now)},
        )
        if written.matched_count == 0:
            raise Conflict(document_id)

    async def add(
        self, aggregate: A, *, announcing: Event | Sequence[Event] = (), handling: CloudEvent[Any] | None = None
    ) -> None:
        """Keep a new aggregate, with the events it announces and the event it obeys, in one write.

        Raises AlreadyProcessed (or AlreadyExists, outside of events) when its id exists, also as a tombstone, and
        Conflict when another unique value, such as a random reference, is taken.
        """
        unpublished = self._outbox_entries(aggregate.id, announcing, handling)
        document = {
            "_id": aggregate.id,
            **aggregate.model_dump(exclude={"id"}),
            "seen": [handling.id] if handling else [],
            "outbox": [o.entry for o in unpublished],
            "schema_version": self.schema_version,
            **self._indexed(aggregate, aggregate.revision, self.database.clock()),
            **(self.database.tracing.headers() or {}),
        }
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

        Raises Conflict when it was changed, or this event was handled, since it was read.
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
                "$set": aggregate.model_dump(exclude={"id", "revision"})
                | self._indexed(aggregate, aggregate.revision + 1, self.database.clock()),
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

    def _indexed(self, aggregate: A, revision: int, now: datetime) -> dict[str, Any]:
        if not self.index_version:
            return {}
        of_this = {"revision": revision, "version": self.index_version, "changed_at": now}
        return {"indexed": of_this | self.index_fields(aggregate)}

    def _read(self, found: dict[str, Any]) -> A:
        return self._as(self._model, found)

    def _as(self, model: type[S], found: dict[str, Any]) -> S:
        """A document, or a part of one, as this class. Raises Erased and UnreadableDocument."""
        document_id = found.pop("_id")
        if "erased_at" in found:
            raise Erased(document_id)
        try:
            return model.model_validate({"id": document_id, **found})
        except ValidationError as error:
            raise UnreadableDocument(f"{self.collection.name} {document_id} {without_values(error)}") from None
