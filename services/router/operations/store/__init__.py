"""Parked events of all services, from when they were taken out of their queues until somebody has decided on them."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from pymongo import IndexModel

from services.router.cases.domain.lists import Position
from services.router.operations.domain import CLAIM, Outcome
from services.router.records.store.erasing import OF_THE_RECORD
from shared.broker.parking import Send, sending_again
from shared.broker.publishing import PublishRefused
from shared.documents import AlreadyExists, Database, Documents, Erased
from shared.parked import PARKED, Backlog, Parked, ParkedFilter, ParkedMessage
from shared.seal import WrongKey

CONCURRENT = 20
"""Events that are sent again or discarded at the same time."""
MOST_REASONS = 50
LONGEST = 500
"""Characters of a reason: no event has a longer one."""

log = structlog.get_logger()
Act = Callable[[Parked], Awaitable[None]]
Note = Callable[[Parked], Awaitable[None]]
"""Keeps the entry that says who did this, and why."""


class ParkedEvents(Documents[Parked]):
    """The oldest first. What an event says is sealed, for it may carry a link.

    To send again takes a connection of its own, to ``rabbitmq_url``; nothing else here needs RabbitMQ.
    """

    indexes = (
        IndexModel([("since", 1), ("_id", 1)]),
        IndexModel("event_id"),
    )

    def __init__(self, database: Database, rabbitmq_url: str) -> None:
        super().__init__(database, PARKED, Parked)
        self._rabbitmq_url = rabbitmq_url

    async def keep(self, parked: Parked) -> None:
        """Store what was taken from its queue; the same one a second time changes nothing, nor one that was erased."""
        with suppress(AlreadyExists, Erased):
            await self.add(self._sealed(parked, parked.message))

    @staticmethod
    def belongs_to(aggregate: Parked) -> tuple[str, ...]:
        """What the event belongs to. Entries of the record, and answers, are about what was erased too."""
        return () if OF_THE_RECORD.search(aggregate.queue) else (aggregate.correlation_id,)

    def message(self, parked: Parked) -> ParkedMessage:
        """What the event says. Raises WrongKey when it was sealed with another secret key."""
        assert self.database.seal
        return ParkedMessage.load(self.database.seal.open(parked.message))

    def sealed_before(self, now: datetime) -> dict[str, Any]:
        """Those that are not sealed with the newest key."""
        assert self.database.seal
        return {"seal_key": {"$ne": self.database.seal.key_id}}

    async def seal_anew(self, parked_id: str, now: datetime) -> None:
        """Seal one with the newest key, and leave alone who has claimed it. Raises WrongKey when no key opens it."""
        assert self.database.seal
        parked = await self.get(parked_id)
        sealed = self._sealed(parked, self.database.seal.open(parked.message))
        fresh = {"message": sealed.message, "seal_key": sealed.seal_key}
        await self.collection.update_one({"_id": parked_id, "message": parked.message}, {"$set": fresh})

    def _sealed(self, parked: Parked, message: str) -> Parked:
        seal = self.database.seal
        assert seal
        return parked.model_copy(update={"message": seal.close(message), "seal_key": seal.key_id})

    async def page(self, chosen: ParkedFilter, *, after: Position | None = None, limit: int) -> list[Parked]:
        """Those that are meant, behind a position: ``Position(parked.since, parked.id)``."""
        query = _query(chosen)
        if after:
            query["since"] = {"$gte": after.at}
            query["$or"] = [{"since": {"$gt": after.at}}, {"_id": {"$gt": after.id}}]
        return await self.find(query, sort=[("since", 1), ("_id", 1)], limit=limit)

    async def count(self, chosen: ParkedFilter) -> int:
        """How many are meant."""
        return int(await self.collection.count_documents(_query(chosen)))

    async def by_reason(self, chosen: ParkedFilter) -> list[tuple[str, int]]:
        """The most frequent reasons, each with how many."""
        groups = self.collection.aggregate(
            [
                {"$match": _query(chosen)},
                {"$group": {"_id": "$reason", "count": {"$sum": 1}}},
                {"$sort": {"count": -1, "_id": 1}},
                {"$limit": MOST_REASONS},
            ]
        )
        return [(group["_id"], group["count"]) async for group in groups]

    async def backlog(self) -> Backlog:
        """How many there are, and since when the oldest waits."""
        oldest = await self.page(ParkedFilter(), limit=1)
        return Backlog(await self.count(ParkedFilter()), oldest[0].since if oldest else None)

    async def redrive(self, chosen: ParkedFilter, note: Note) -> Outcome:
        """Send them to their queues once more. Raises BrokerAway: those that were not sent are still parked."""
        async with sending_again(self._rabbitmq_url) as send:
            return await self._each(chosen, partial(self._send, send), note)

    async def discard(self, chosen: ParkedFilter, note: Note) -> Outcome:
        """Delete them."""
        return await self._each(chosen, _nothing, note)

    async def _each(self, chosen: ParkedFilter, act: Act, note: Note) -> Outcome:
        """Those that are there now: what is sent again may be parked again before this ends."""
        ids = [found["_id"] async for found in self.collection.find(_query(chosen), {"_id": 1}).sort("since", 1)]
        gone = 0
        for start in range(0, len(ids), CONCURRENT):
            some = {"_id": {"$in": ids[start : start + CONCURRENT]}}
            batch = await self.find(some, sort=[("since", 1)], limit=CONCURRENT)
            outcomes = await asyncio.gather(*(self._finish(one, act, note) for one in batch), return_exceptions=True)
            for failure in outcomes:
                if isinstance(failure, BaseException):
                    raise failure
            gone += outcomes.count(True)
        return Outcome(gone, await self.collection.count_documents({"_id": {"$in": ids}}))

    async def _finish(self, parked: Parked, act: Act, note: Note) -> bool:
        """Act, note it, and only then delete the event; False when it stays, or somebody else has it."""
        if not await self._claim(parked):
            return False
        try:
            await act(parked)
            await note(parked)
        except (PublishRefused, WrongKey) as error:
            log.warning("event stays parked", event_id=parked.event_id, queue=parked.queue, error=str(error))
            await self._release(parked)
            return False
        except (Exception, asyncio.CancelledError):
            await self._release(parked)
            raise
        await self.collection.delete_one({"_id": parked.id})
        return True

    async def _claim(self, parked: Parked) -> bool:
        """Compare-and-set: of two who want the same event, one gets it."""
        now = self.database.clock()
        claimed = await self.collection.update_one(
            {"_id": parked.id, "claimed_until": {"$not": {"$gt": now}}}, {"$set": {"claimed_until": now + CLAIM}}
        )
        return claimed.modified_count == 1

    async def _release(self, parked: Parked) -> None:
        await self.collection.update_one({"_id": parked.id}, {"$set": {"claimed_until": None}})

    async def _send(self, send: Send, parked: Parked) -> None:
        await send(parked, self.message(parked))


async def _nothing(parked: Parked) -> None:
    """What is discarded goes nowhere."""


def _query(chosen: ParkedFilter) -> dict[str, Any]:
    exact = {"service": chosen.service, "event_id": chosen.event_id}
    query: dict[str, Any] = {name: value for name, value in exact.items() if value}
    if chosen.reason:
        plain = chosen.reason.replace("\0", "")[:LONGEST]  # MongoDB takes no NUL, and nothing longer than 32 KB
        query["reason"] = {"$regex": re.escape(plain), "$options": "i"}
    return query
