"""Aggregates in MongoDB. One write of one document stores the state, the id of the processed event and the outbox.

An aggregate is one document. Beside its state it has:

* ``revision``: number of changes; an update is compare-and-set on it;
* ``seen``: ids of the events that changed it, so that a second delivery is recognised;
* ``outbox``: events not yet published;
* ``schema_version``: of ``Documents.migrations``;
* ``indexed``: values derived from the state, for queries;
* ``traceparent``: of the span that created it, if tracing is on.

Saving keeps fields that only a newer version knows. Erasing keeps none: a tombstone takes the place of the document,
with ``_id``, ``revision``, ``seen``, ``outbox`` and ``erased_at``; what was unique holds ``erased:<_id>``. What is
added for a message that was erased is erased at once (``belongs_to``). Knows no RabbitMQ.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, Generic, Self, TypeVar
from uuid import uuid4

import structlog
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from opentelemetry.trace import Span, SpanKind
from pydantic import ValidationError
from pymongo import IndexModel, UpdateOne
from pymongo.errors import ConnectionFailure, DuplicateKeyError, ExecutionTimeout, WTimeoutError

from shared.clock import Clock, utc_now
from shared.config import ServiceSettings
from shared.events import CloudEvent, Event, envelope
from shared.inserts import Inserts
from shared.outbox import OutboxEntry, PublishedLog, prepare_log
from shared.seal import Seal
from shared.signing import Signer
from shared.state import Aggregate, State, without_values
from shared.tracing.commands import Commands
from shared.tracing.spans import OFF, TRACEPARENT, Tracing

log = structlog.get_logger()
INDEXED_TOGETHER = 200
"""Documents whose ``indexed`` is stored in one round trip."""
MongoDatabase = AsyncIOMotorDatabase[dict[str, Any]]
Collection = AsyncIOMotorCollection[dict[str, Any]]
Migration = Sequence[Mapping[str, Any]]
"""Stages of a MongoDB update with an aggregation pipeline."""

AGGREGATE = dict.fromkeys(("outbox", "seen", "schema_version", "indexed", TRACEPARENT), 0)
"""Projection for reading an aggregate: leaves out the fields that are not part of its state."""

IS_TEXT = {"$type": "string"}
"""The filter of an index of a text that few documents have. MongoDB uses it if a query says so beside the value."""

OWED = IndexModel("outbox.at", name="owed", partialFilterExpression={"outbox.at": {"$exists": True}})
"""Index of every collection of aggregates: those with events that are not published."""


def where_present(field: str) -> IndexModel:
    """The index of a field that few documents have: of those that have it."""
    return IndexModel(field, partialFilterExpression={field: {"$exists": True}})


ERASED = "erased"
"""The collection with the ids of the messages and mails that were erased; each service has its own."""

AWAY = (ConnectionFailure, ExecutionTimeout, WTimeoutError)
"""Exceptions of the driver while MongoDB is unreachable or too slow: try again later."""


class NotFound(Exception):
    """No such document. In a handler: try again, because the event that creates it may arrive later."""


class NotYet(Exception):
    """An event that this one builds on has not arrived: try again later. It comes by itself, so no attempt counts."""


class Erased(NotFound):
    """The content of this document was erased. Later events about it have no effect."""


class UnreadableDocument(Exception):
    """This version cannot read the document, another may: try again later. Names the fields, not their values."""


class Conflict(Exception):
    """The document changed between read and write: read it and decide again."""


class Taken(Conflict):
    """Another document has this value of a unique ``field`` already."""

    def __init__(self, document_id: str, field: str) -> None:
        super().__init__(document_id)
        self.field = field


class AlreadyExists(Exception):
    """A document with this id exists already."""


class AlreadyProcessed(Exception):
    """This event was processed before. A second delivery changes nothing."""


class NotRelayed(Exception):
    """An event was announced while ``Database.on_outbox`` is None: nothing would publish it."""


A = TypeVar("A", bound=Aggregate)
S = TypeVar("S", bound=State)


def connect(url: str, database: str, tracing: Tracing = OFF) -> MongoDatabase:
    """Open a database; the driver connects at the first use. Majority reads and writes: no failover undoes them."""
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
"""Called after every write with its store and its new outbox entries, which may be none."""


class Database:
    """The database of one service, and what its stores (subclasses of Documents) share. Each registers in ``stores``.

    ``source`` is the service's name in its events. ``signer`` signs them; ``seal`` encrypts them in the outbox. Both
    are None in tests only. The relay sets ``on_outbox``; while it is None, announcing an event raises NotRelayed.
    """

    def __init__(
        self,
        mongodb: MongoDatabase,
        *,
        source: str,
        tracing: Tracing = OFF,
        seal: Seal | None = None,
        signer: Signer | None = None,
        clock: Clock = utc_now,
        on_outbox: OnOutbox | None = None,
    ) -> None:
        self.mongodb, self.source, self.tracing, self.seal, self.clock = mongodb, source, tracing, seal, clock
        self.signer, self.on_outbox = signer, on_outbox
        self.stores: list[Documents[Any]] = []
        self._erased = Erasures(mongodb[ERASED])
        self._collections: dict[str, Collection] = {}

    @classmethod
    def of(
        cls,
        source: str,
        settings: ServiceSettings,
        tracing: Tracing = OFF,
        clock: Clock = utc_now,
        on_outbox: OnOutbox | None = None,
    ) -> Self:
        """The database of a service, with the keys in its settings."""
        mongodb = connect(settings.mongodb_url.get_secret_value(), settings.mongodb_database, tracing)
        old_keys = [key.get_secret_value() for key in settings.old_secret_keys]
        seal = Seal(settings.secret_key.get_secret_value(), old_keys)
        signer = Signer(settings.signing_key.get_secret_value())
        return cls(mongodb, source=source, tracing=tracing, seal=seal, signer=signer, clock=clock, on_outbox=on_outbox)

    async def prepare(self) -> None:
        """Create the index by which the log of published events forgets. Idempotent."""
        await prepare_log(self.mongodb)

    def signed(self, envelope: str) -> str:
        """An envelope (JSON) with the signature of this service; unchanged without a signer."""
        return self.signer.sign(envelope) if self.signer else envelope

    def __getitem__(self, collection: str) -> Collection:
        if (found := self._collections.get(collection)) is None:
            found = self._collections[collection] = self.mongodb[collection]
        return found

    async def require_not_erased(self, *ids: str) -> None:
        """Raise Erased when one of these messages or mails was erased."""
        if await self.erased_of(ids):
            raise Erased(ids[0])

    async def erased_of(self, ids: Sequence[str], *, since: datetime | None = None) -> set[str]:
        """Those of these messages and mails that were erased; ``since``: lately."""
        if since is None:
            return await self._erased.of(ids)
        lately = {"_id": {"$in": list(ids)}, "at": {"$gte": since}}
        return {found["_id"] async for found in self.mongodb[ERASED].find(lately, {"_id": 1})}


class Erasures:
    """Asks what was erased. Those who ask while a question is on its way share the next one: one for many inserts.

    Nobody shares a question that was sent before they asked: what was marked until then is in the answer.
    """

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._waiting: list[tuple[Sequence[str], asyncio.Future[set[str]]]] = []
        self._under_way: asyncio.Task[None] | None = None

    async def of(self, ids: Sequence[str]) -> set[str]:
        """Those of these that were."""
        answer: asyncio.Future[set[str]] = asyncio.get_running_loop().create_future()
        self._waiting.append((ids, answer))
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.create_task(self._ask())
        return await answer

    async def _ask(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting, []
            error: Exception | None = None
            erased = set[str]()
            try:
                wanted = list({one for ids, _ in together for one in ids})
                erased = {found["_id"] async for found in self._collection.find({"_id": {"$in": wanted}}, {"_id": 1})}
            except Exception as raised:  # each of them may try again
                error = raised
            for ids, answer in together:
                with suppress(asyncio.InvalidStateError):  # the caller was cancelled
                    answer.set_exception(error) if error else answer.set_result(erased.intersection(ids))


def left_to_the_sweep(documents: "Documents[Any]", entries: list[OutboxEntry]) -> None:
    """``on_outbox`` of a command-line process, which has no relay: the service's sweep publishes its events."""


class Documents(Generic[A]):
    """One collection of aggregates of one service.

    ``migrations`` are for changes that are not additive; the first one leads from schema version 1 to 2. During an
    upgrade, older processes still run and must be able to read the migrated documents.
    """

    migrations: ClassVar[Sequence[Migration]] = ()
    indexes: ClassVar[Sequence[IndexModel]] = ()
    """Those that its queries need, beside that of the outbox. One command creates all."""
    index_version: ClassVar[int] = 0
    """Increase it when ``index_fields`` changes. 0: this collection has no ``indexed``."""

    def __init__(self, database: Database, collection: str, model: type[A]) -> None:
        self.database = database
        self.collection = database[collection]
        self.published_log = PublishedLog(self.collection, database.seal, database.clock)
        self._inserts = Inserts(self.collection)
        self._model = model
        database.stores.append(self)

    @staticmethod
    def index_fields(aggregate: A) -> dict[str, Any]:
        """Values for queries, derived from the state and stored in ``indexed`` by the same write.

        ``indexed`` has three more: ``changed_at``, the time of the write, and the ``revision`` and ``version`` (the
        ``index_version``) from which the values were derived.
        """
        return {}

    @staticmethod
    def takes_long(aggregate: A) -> bool:
        """Whether ``index_fields`` takes so long for this one that it has to be called in a thread."""
        return False

    @staticmethod
    def belongs_to(aggregate: A) -> Iterable[str]:
        """Ids of the messages, mails and other documents without which this one may not be added."""
        return ()

    def audited(self, aggregate: A, announcing: Sequence[Event], handling: CloudEvent[Any] | None) -> Sequence[Event]:
        """Audit records (``shared.audit``) that a write of this document owes, beside what it announces."""
        return ()

    @property
    def schema_version(self) -> int:
        """The schema version that this code writes."""
        return len(self.migrations) + 1

    async def prepare(self) -> None:
        """Create the indexes and migrate the documents to this schema version. Idempotent."""
        await self.collection.create_indexes([OWED, *self.indexes])
        for version, stages in enumerate(self.migrations, start=2):  # $not also matches documents without the field
            await self.collection.update_many(
                {"schema_version": {"$not": {"$gte": version}}, "erased_at": None},
                [*stages, {"$set": {"schema_version": version, "revision": {"$add": ["$revision", 1]}}}],
            )

    async def get(self, document_id: str, *, handling: CloudEvent[Any] | None = None) -> A:
        """Read one aggregate. ``handling`` is the event for which it is read.

        Raises NotFound, Erased, UnreadableDocument, and AlreadyProcessed when ``handling`` has changed it before.
        """
        projection: dict[str, Any] = dict(AGGREGATE)
        if handling:
            projection["seen"] = {"$elemMatch": {"$eq": handling.id}}
        found = await self.collection.find_one({"_id": document_id}, projection)
        if found is None:
            raise NotFound(document_id)
        if handling and found.pop("seen", None):
            raise AlreadyProcessed(handling.id)
        return self._read(found)

    async def find_one(self, document_id: str) -> A | None:
        """Read one aggregate; None when there is none, or it was erased. Raises UnreadableDocument."""
        try:
            return await self.get(document_id)
        except NotFound:
            return None

    async def changed_since(self, known: A) -> A | None:
        """The aggregate as another process has stored it since this one read ``known``; None when it has not."""
        changed = {"_id": known.id, "revision": {"$ne": known.revision}}
        found = await self.collection.find_one(changed, AGGREGATE)
        return self._read(found) if found else None

    async def get_or_add(self, new: A) -> A:
        """The aggregate with the id of ``new``, which is added if there is none. Raises Erased."""
        with suppress(NotFound):
            return await self.get(new.id)
        with suppress(AlreadyExists):  # another process was faster
            await self.add(new)
        return await self.get(new.id)

    async def find(self, query: dict[str, Any], *, sort: list[tuple[str, int]], limit: int, skip: int = 0) -> list[A]:
        """Read at most ``limit`` matching aggregates, without erased ones. Raises UnreadableDocument."""
        cursor = self.collection.find({"erased_at": None} | query, AGGREGATE).sort(sort).skip(skip).limit(limit)
        return [self._read(found) async for found in cursor]

    async def ids(self, query: dict[str, Any]) -> AsyncIterator[str]:
        """Ids of the matching aggregates, without erased ones."""
        async for found in self.collection.find({"erased_at": None} | query, {"_id": 1}):
            yield found["_id"]

    @property
    def unindexed(self) -> dict[str, Any]:
        """Query for documents whose ``indexed`` is missing or out of date. It scans the whole collection."""
        other_revision = {"$expr": {"$ne": ["$indexed.revision", "$revision"]}}
        return {"$or": [other_revision, {"indexed.version": {"$ne": self.index_version}}]}

    async def index(self, document_id: str, now: datetime) -> None:
        """Derive and store ``indexed`` again. Raises as ``get``, and Conflict if the document changes meanwhile."""
        aggregate = await self.get(document_id)
        written = await self.collection.update_one(
            {"_id": document_id, "revision": aggregate.revision},
            {"$set": await self._indexed(aggregate, aggregate.revision, now)},
        )
        if written.matched_count == 0:
            raise Conflict(document_id)

    async def index_outdated(self) -> bool:
        """Derive and store ``indexed`` again for all documents that need it, many in one write. False: all is done.

        A document that changes meanwhile is left to whoever changes it, and one that cannot be read to a newer version.
        """
        outdated = self.collection.find({"erased_at": None} | self.unindexed, AGGREGATE).batch_size(INDEXED_TOGETHER)
        writes = list[UpdateOne]()
        async for found in outdated:
            document_id = found["_id"]
            try:
                aggregate = self._read(found)
                fields = await self._indexed(aggregate, aggregate.revision, self.database.clock())
                writes.append(UpdateOne({"_id": document_id, "revision": aggregate.revision}, {"$set": fields}))
            except UnreadableDocument as error:
                log.error("scheduled work failed", document_id=document_id, error=type(error).__name__)
            if len(writes) == INDEXED_TOGETHER:
                await self.collection.bulk_write(writes, ordered=False)
                writes.clear()
            await asyncio.sleep(0)  # requests come first: a document takes about a millisecond
        if writes:
            await self.collection.bulk_write(writes, ordered=False)
        return False

    async def add(
        self, aggregate: A, *, announcing: Event | Sequence[Event] = (), handling: CloudEvent[Any] | None = None
    ) -> None:
        """Insert a new aggregate and announce events, in one write. ``handling`` is the event that causes it, if any.

        When the id exists, also as a tombstone: raises AlreadyProcessed with ``handling``, because ids are derived from
        the event, and AlreadyExists without. Raises Taken when another unique value, such as a random reference, is
        taken, and Erased when that was erased which the aggregate belongs to.
        """
        await self._require_not_erased(aggregate)
        unpublished = self._outbox_entries(aggregate.id, self._recorded(aggregate, announcing, handling), handling)
        document = {
            "_id": aggregate.id,
            **aggregate.model_dump(exclude={"id"}),
            "seen": [handling.id] if handling else [],
            "outbox": [self.published_log.closed(o) for o in unpublished],
            "schema_version": self.schema_version,
            **await self._indexed(aggregate, aggregate.revision, self.database.clock()),
            **(self.database.tracing.headers() or {}),
        }
        try:
            if self.database.tracing.on:
                await self.collection.insert_one(document)  # batched inserts (Inserts) have no single parent span
            else:
                await self._inserts.insert(document)
        except DuplicateKeyError as error:
            if "_id" not in (unique := (error.details or {}).get("keyPattern", {})):
                raise Taken(aggregate.id, next(iter(unique), "")) from None
            raise (AlreadyProcessed(handling.id) if handling else AlreadyExists(aggregate.id)) from None
        try:
            await self._require_not_erased(aggregate)  # again: an eraser that came between did not see the document
        except Erased:
            await self.erase(aggregate.id, at_once=True)
            raise
        self._written(unpublished)

    async def _require_not_erased(self, aggregate: A) -> None:
        if ids := list(self.belongs_to(aggregate)):
            await self.database.require_not_erased(*ids)

    async def erase(self, document_id: str, *, remains: A | None = None, at_once: bool = False) -> bool:
        """Put a tombstone in the place of a document, unknown fields included. False: there is none, or one already.

        ``remains``: what is put there instead, made of the document as it was read. Raises NotYet while it owes events,
        and Conflict when it changes meanwhile. ``at_once``: what it owes is dropped, but for entries of the audit log,
        which hold no personal data.
        """
        found = await self.collection.find_one(
            {"_id": document_id}, {"revision": 1, "seen": 1, "outbox": 1, "erased_at": 1}
        )
        if found is None or "erased_at" in found:
            return False
        owes = list(found.get("outbox", ()))
        if owes and not at_once:
            raise NotYet(f"{self.collection.name} {document_id} owes {len(owes)} events")
        if remains and remains.revision != found["revision"]:
            raise Conflict(document_id)
        now, revision = self.database.clock(), found["revision"] + 1
        gone = {"erased_at": now, **dict.fromkeys(await self._unique_fields(), f"erased:{document_id}")}
        if remains:
            indexed = await self._indexed(remains, revision, now)
            gone = {**remains.model_dump(exclude={"id"}), "schema_version": self.schema_version, **indexed}
        audited = [entry for entry in owes if entry["type"].endswith(".audited")]
        gone |= {"revision": revision, "seen": found.get("seen", []), "outbox": audited}
        as_read = {"_id": document_id, "revision": found["revision"]}  # what adds to the outbox changes it
        replaced = await self.collection.replace_one(as_read, gone)
        if replaced.matched_count == 0:
            raise Conflict(document_id)
        return True

    async def _unique_fields(self) -> list[str]:
        """Fields of which two documents may not have the same value, without those inside others."""
        indexes = (await self.collection.index_information()).values()
        keys = [[field for field, _ in index["key"]] for index in indexes if index.get("unique")]
        return [key[0] for key in keys if len(key) == 1 and "." not in key[0] and key[0] != "_id"]

    async def save(
        self, aggregate: A, *, announcing: Event | Sequence[Event] = (), handling: CloudEvent[Any] | None = None
    ) -> A:
        """Update an aggregate and announce events, in one write. Returns it with the new revision.

        Compare-and-set on ``revision``: raises Conflict when another write, or another delivery of ``handling``, has
        changed the document after it was read.
        """
        if handling or not self.database.tracing.on:
            return await self._save(aggregate, announcing, handling)
        async with self.continuing(aggregate.id, f"act on {self.collection.name}"):
            return await self._save(aggregate, announcing, handling)

    async def replace(self, aggregate: A, *, announcing: Event | Sequence[Event]) -> A:
        """Update an aggregate that owes nothing but its newest events: those it still owes are dropped."""
        return await self._save(aggregate, announcing, None, replacing=True)

    async def _save(
        self,
        aggregate: A,
        announcing: Event | Sequence[Event],
        handling: CloudEvent[Any] | None,
        *,
        replacing: bool = False,
    ) -> A:
        unpublished = self._outbox_entries(aggregate.id, self._recorded(aggregate, announcing, handling), handling)
        outbox = [self.published_log.closed(o) for o in unpublished]
        changed = await self.collection.update_one(
            {"_id": aggregate.id, "revision": aggregate.revision}
            | ({"seen": {"$ne": handling.id}} if handling else {}),
            {
                "$set": aggregate.model_dump(exclude={"id", "revision"})
                | await self._indexed(aggregate, aggregate.revision + 1, self.database.clock())
                | ({"outbox": outbox} if replacing else {}),
                "$inc": {"revision": 1},
                "$push": ({} if replacing else {"outbox": {"$each": outbox}})
                | ({"seen": handling.id} if handling else {}),
            },
        )
        if changed.matched_count == 0:
            raise Conflict(aggregate.id)
        self._written(unpublished)
        return aggregate.model_copy(update={"revision": aggregate.revision + 1})

    @asynccontextmanager
    async def continuing(self, document_id: str, what: str, kind: SpanKind = SpanKind.INTERNAL) -> AsyncIterator[Span]:
        """Run the block in a span named ``what``, in the trace in which the document was created."""
        found: dict[str, Any] | None = None
        if self.database.tracing.on:
            found = await self.collection.find_one({"_id": document_id}, {TRACEPARENT: 1})
        with self.database.tracing.rejoined((found or {}).get(TRACEPARENT), what, kind) as span:
            yield span

    async def unpublished(self, *, before: datetime, limit: int, skip: int = 0) -> list[OutboxEntry]:
        """All outbox entries of documents that have an entry from ``before`` or earlier, such as after a crash.

        ``limit`` and ``skip`` count documents, the one with the oldest entry first. Entries that an older version
        stored without a signature are signed.
        """
        cursor = self.collection.find({"outbox.at": {"$lte": before}}, {"outbox": 1})
        oldest = cursor.sort("outbox.at", 1).skip(skip).limit(limit)
        return [self._opened(d["_id"], entry) async for d in oldest for entry in d["outbox"]]

    async def mark_published(self, published: Iterable[OutboxEntry]) -> None:
        """Move these entries from the outboxes to the log. By id: a document may have a newer entry meanwhile."""
        done = list(published)
        await self.published_log.remember(done)
        await self.collection.update_many(
            {"_id": {"$in": list({o.document_id for o in done})}},
            {"$pull": {"outbox": {"id": {"$in": [o.id for o in done]}}}},
        )

    def _written(self, entries: list[OutboxEntry]) -> None:
        if self.database.on_outbox:
            self.database.on_outbox(self, entries)

    def _opened(self, document_id: str, stored: dict[str, Any]) -> OutboxEntry:
        entry = self.published_log.opened(document_id, stored)
        return entry if entry.sealed else replace(entry, body=self.database.signed(entry.body))

    def _recorded(
        self, aggregate: A, announcing: Event | Sequence[Event], handling: CloudEvent[Any] | None
    ) -> list[Event]:
        events = [announcing] if isinstance(announcing, Event) else [*announcing]
        return [*events, *self.audited(aggregate, events, handling)]

    def _outbox_entries(
        self, document_id: str, announcing: Event | Sequence[Event], handling: CloudEvent[Any] | None
    ) -> list[OutboxEntry]:
        at = self.database.clock()
        cause = handling.id if handling else None
        events = [announcing] if isinstance(announcing, Event) else announcing
        if events and self.database.on_outbox is None:
            raise NotRelayed(self.collection.name)
        source, traceparent = self.database.source, self.database.tracing.here()
        envelopes = [envelope(e, event_id=str(uuid4()), source=source, at=at, because=cause) for e in events]
        bodies = [self.database.signed(e.model_dump_json(exclude_none=True)) for e in envelopes]
        return [
            OutboxEntry(document_id, e.id, e.type, e.correlationid, at, body, traceparent)
            for e, body in zip(envelopes, bodies, strict=True)
        ]

    async def _indexed(self, aggregate: A, revision: int, now: datetime) -> dict[str, Any]:
        if not self.index_version:
            return {}
        origin = {"revision": revision, "version": self.index_version, "changed_at": now}
        if self.takes_long(aggregate):
            return {"indexed": origin | await asyncio.to_thread(self.index_fields, aggregate)}
        return {"indexed": origin | self.index_fields(aggregate)}

    def _read(self, found: dict[str, Any]) -> A:
        return self.read_as(self._model, found)

    def read_as(self, model: type[S], found: dict[str, Any]) -> S:
        """Validate a document, or a projection of it, as ``model``. Raises Erased and UnreadableDocument."""
        document_id = found.pop("_id")
        if "erased_at" in found:
            raise Erased(document_id)
        try:
            return model.model_validate({"id": document_id, **found})
        except ValidationError as error:
            raise UnreadableDocument(f"{self.collection.name} {document_id} {without_values(error)}") from None
