"""Erasure: each service carries out its part of an order of the router's (``ErasureOrdered``), and answers what it did.

The ids of erased messages and mails are marked first (``erased``): from then on events about them have no effect, and
what is added for them is erased at once (``Documents.add``). Then everything goes, in an order in which a part comes
before what it is found by, so that after a crash the same work finds the rest. What is still to be published is waited
for. The answer, with how many of what there were, is owed by the write that ends the work (``erasures``).

After a restore, ``obey`` carries out what the destruction log names and this database has not done, before anything of
it is published or shown.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from pydantic import AwareDatetime
from pymongo import IndexModel, UpdateOne

from shared.destruction import DestructionLog, Erasing, LoggedOrder
from shared.documents import ERASED, Collection, Database, Documents, Erased, NotYet
from shared.events import (
    Audited,
    CloudEvent,
    ErasedPart,
    ErasureOrdered,
    Event,
    Exported,
    MailReplyDecided,
    PersonFound,
)
from shared.events import Erased as ErasedEvent
from shared.files.store import Files
from shared.outbox import ANNOUNCED
from shared.retrying import on_conflict
from shared.state import Aggregate

TOGETHER = 20
"""Documents that are erased at the same time."""
WHOLE_SENSE = frozenset({"assignments", "cases", "codes"})
"""Lists without which an event, such as a reminder, says nothing."""

LASTING = (Audited, ErasedEvent, PersonFound, Exported)
"""Events that have an effect whatever was erased: the record, and what services answer."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Order:
    """What is to be destroyed; fields as in ``ErasureOrdered``. ``at_once``: what is still owed is dropped."""

    id: str
    number: int
    kind: str = Erasing.DESTROY
    message_ids: tuple[str, ...] = ()
    mail_ids: tuple[str, ...] = ()
    addresses: frozenset[str] = frozenset()
    signatures: tuple[str, ...] = ()
    at_once: bool = False

    @property
    def marked(self) -> tuple[str, ...]:
        """The ids about which no event has an effect any more."""
        return (*self.message_ids, *self.mail_ids)

    @classmethod
    def of(cls, told: ErasureOrdered | LoggedOrder, *, at_once: bool = False) -> "Order":
        """From an event, or from a line of the destruction log."""
        ids = told.model_dump(include={"number", "kind", "message_ids", "mail_ids", "signatures"})
        return cls(id=told.order_id, addresses=frozenset(told.addresses), at_once=at_once, **ids)


class Removal(Protocol):
    """One kind of thing that a service destroys; ``what`` is how the answer calls it."""

    @property
    def what(self) -> str:
        """Its name."""

    async def count(self, order: Order) -> int:
        """How many of them there are."""

    async def destroy(self, order: Order) -> None:
        """Destroy them. Idempotent. Raises NotYet when one still owes events."""


Find = Callable[[Order], Awaitable[dict[str, Any] | None]]
"""The query for what an order means; None: nothing."""


@dataclass(frozen=True)
class Whole:
    """Documents that are replaced by tombstones."""

    what: str
    documents: Documents[Any]
    find: Find

    async def count(self, order: Order) -> int:
        """Without those that are tombstones already."""
        query = await self.find(order)
        return int(await self.documents.collection.count_documents({"erased_at": None} | query)) if query else 0

    async def destroy(self, order: Order) -> None:
        """All that can be; those that owe events are for the next time."""
        query = await self.find(order)
        if query:
            await each([found async for found in self.documents.ids(query)], self._erase(order))

    def _erase(self, order: Order) -> Callable[[str], Awaitable[Any]]:
        return lambda found: self.documents.erase(found, at_once=order.at_once)


@dataclass(frozen=True)
class Rows:
    """Rows that are deleted."""

    what: str
    collection: Collection
    find: Find

    async def count(self, order: Order) -> int:
        """How many match."""
        query = await self.find(order)
        return int(await self.collection.count_documents(query)) if query else 0

    async def destroy(self, order: Order) -> None:
        """Delete what matches."""
        if query := await self.find(order):
            await self.collection.delete_many(query)


@dataclass(frozen=True)
class FilesOf:
    """Files with their previews and all their blocks."""

    files: Files
    find: Find
    what: str = "files"

    async def count(self, order: Order) -> int:
        """How many files, whatever their state."""
        query = await self.find(order)
        return int(await self.files.collection.count_documents(query)) if query else 0

    async def destroy(self, order: Order) -> None:
        """Delete the blocks, then the documents."""
        if query := await self.find(order):
            ids = [found["_id"] async for found in self.files.collection.find(query, {"_id": 1})]
            await each(ids, self.files.forget)


@dataclass(frozen=True)
class Work:
    """What is neither a document nor a row: a name in a text, a word of the search."""

    what: str
    counted: Callable[[Order], Awaitable[int]]
    done: Callable[[Order], Awaitable[None]]

    async def count(self, order: Order) -> int:
        """How many."""
        return await self.counted(order)

    async def destroy(self, order: Order) -> None:
        """Do it."""
        await self.done(order)


class Erasure(Aggregate):
    """What a service has done of one order. ``parts``: how many of what there were."""

    number: int
    parts: Mapping[str, int] | None = None
    done_at: AwareDatetime | None = None


class Eraser(Documents[Erasure]):
    """Carries out orders, in the collection ``erasures``. ``parts`` come in the order in which they are destroyed.

    ``answer`` is the service's event; the router, which keeps the answers, needs none.
    """

    indexes = (IndexModel("number"),)

    def __init__(
        self,
        database: Database,
        destruction_log: DestructionLog,
        parts: Iterable[Removal],
        answer: type[ErasedEvent] | None = None,
    ) -> None:
        super().__init__(database, "erasures", Erasure)
        self.log, self._answer = destruction_log, answer
        self._parts: Sequence[Removal] = (*parts, Published(database))

    async def on_erasure_ordered(self, event: CloudEvent[ErasureOrdered]) -> None:
        """Carry out this service's part. Raises NotYet while something is still to be published."""
        await self.carry_out(Order.of(event.data))

    async def admit(self, event: CloudEvent[Any]) -> CloudEvent[Any]:
        """The event, without the parts that are about a message that was erased; the record and answers go on.

        Raises Erased when the event itself is about one, or nothing is left of what it lists.
        """
        data = event.data
        if isinstance(data, LASTING):
            return event
        own, lists = _ids_of(data), _lists_of(data)
        listed = [part.message_id for parts in lists.values() for part in parts if part.message_id]
        if not (own or listed) or not (erased := await self.database.erased_of([*own, *listed])):
            return event
        left = {name: tuple(one for one in parts if one.message_id not in erased) for name, parts in lists.items()}
        if erased.intersection(own) or any(name in WHOLE_SENSE and not parts for name, parts in left.items()):
            raise Erased(event.id)
        return event.model_copy(update={"data": data.model_copy(update=left)})

    async def obey(self) -> None:
        """Carry out the orders of the log that are not done here, at once.

        Raises NoDestructionLog for a bad log, and for one that lacks an order which was carried out here.
        """
        logged = await asyncio.to_thread(self.log.read)
        done = {known async for known in self.ids({"done_at": {"$ne": None}})}
        self.log.require(done, logged)
        for line in logged:
            if line.order_id not in done:
                await self.carry_out(Order.of(line, at_once=True))
                log.info("order of the destruction log carried out", number=line.number)

    async def carry_out(self, order: Order) -> Erasure:
        """Mark, count, destroy, answer. An order that was carried out before is only answered again."""
        erasure = await self.get_or_add(Erasure(id=order.id, number=order.number))
        if erasure.done_at is None:
            await self._mark(order)
            if erasure.parts is None:
                found = {part.what: await part.count(order) for part in self._parts}
                erasure = await self.save(erasure.model_copy(update={"parts": found}))
            for part in self._parts:
                await part.destroy(order)
            erasure = erasure.model_copy(update={"done_at": self.database.clock()})
        return await self.replace(erasure, announcing=self._answers(erasure))

    def _answers(self, erasure: Erasure) -> list[Event]:
        if self._answer is None:
            return []
        parts = tuple(ErasedPart(what=what, number=n) for what, n in (erasure.parts or {}).items() if n)
        assert erasure.done_at
        return [self._answer(order_id=erasure.id, number=erasure.number, parts=parts, erased_at=erasure.done_at)]

    async def _mark(self, order: Order) -> None:
        at = self.database.clock()
        told = {"$setOnInsert": {"order_id": order.id, "at": at}}
        marks = [UpdateOne({"_id": one}, told, upsert=True) for one in order.marked]
        if marks:
            await self.database[ERASED].bulk_write(marks, ordered=False)


class Published:
    """What was published lately, which a backup remembers for a restore. Entries of the audit log stay."""

    def __init__(self, database: Database) -> None:
        self.what, self._collection = "published_events", database[ANNOUNCED]

    async def count(self, order: Order) -> int:
        """None are counted: they go by themselves within minutes."""
        return 0

    async def destroy(self, order: Order) -> None:
        """Take them out of the batches in which they stand."""
        ids = {"$in": list(order.marked)}
        gone = {"correlation_id": ids, "type": {"$not": {"$regex": r"\.audited$"}}}
        await self._collection.update_many({"events.correlation_id": ids}, {"$pull": {"events": gone}})
        await self._collection.delete_many({"events": []})


def of(field: str, ids: Callable[[Order], Sequence[str]] = lambda order: order.message_ids) -> Find:
    """The documents whose ``field`` is one of the ids; by default those of the messages."""

    async def find(order: Order) -> dict[str, Any] | None:
        return {field: {"$in": list(ids(order))}} if ids(order) else None

    return find


async def each(ids: Sequence[str], act: Callable[[str], Awaitable[Any]]) -> None:
    """Act on each, some at a time, running again what conflicts. The first failure is raised when all were tried."""
    failures: list[BaseException] = []
    for first in range(0, len(ids), TOGETHER):
        some = ids[first : first + TOGETHER]
        done = await asyncio.gather(*(on_conflict(_bound(act, one)) for one in some), return_exceptions=True)
        failures += [failure for failure in done if isinstance(failure, BaseException)]
    unexpected = [failure for failure in failures if not isinstance(failure, NotYet)]
    for failure in (*unexpected, *failures):
        raise failure


def _bound(act: Callable[[str], Awaitable[Any]], one: str) -> Callable[[], Awaitable[Any]]:
    return lambda: act(one)


def _lists_of(data: Event) -> dict[str, tuple[Any, ...]]:
    """The fields that list parts, each about a message: those of a reminder, or of a report."""
    fields = {name: getattr(data, name) for name in type(data).model_fields}
    return {
        name: value
        for name, value in fields.items()
        if isinstance(value, tuple) and value and all(hasattr(part, "message_id") for part in value)
    }


def _ids_of(data: Event) -> list[str]:
    """The message and the mail that it is about. What was decided about a mail is about the message alone: the text is
    a proposed reply, which stays when its writer's mail is erased.
    """
    names = ("message_id",) if isinstance(data, MailReplyDecided) else ("message_id", "mail_id")
    return [found for name in names if (found := getattr(data, name, None))]
