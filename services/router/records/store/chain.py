"""The collection ``chain``: audit entries of all services, one after the other, whoever writes them."""

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from pymongo import IndexModel
from pymongo.errors import BulkWriteError, WTimeoutError
from pymongo.read_concern import ReadConcern

from services.router.records.domain.chain import (
    Anchor,
    AuditFilter,
    Broken,
    ChainEntry,
    EarlierKey,
    Recorded,
    Walk,
    linked,
)
from shared.documents import AlreadyProcessed, Collection, Conflict, Database

TOGETHER = 100
"""Entries of one write."""
TRIES = 200
PAUSE = 0.01
"""Seconds before the loser reads the head again, at most."""
THERE_ALREADY = 11000


class Chain:
    """Appends in batches: what arrives during a write is the next one. Any number of processes may append.

    The number is the ``_id``, so that of two who append, one loses and reads the head again. ``event_id`` is unique: an
    event has one entry, however often it comes. Reads for writing are from the primary ("local"): an entry that is not
    on the majority yet may be built upon, because the majority gets both or none of them.
    """

    def __init__(self, database: Database, key: str, earlier: Sequence[EarlierKey] = ()) -> None:
        self.database, self._key, self._earlier = database, key, earlier
        self.collection = database["chain"]
        self._newest = self.collection.with_options(read_concern=ReadConcern("local"))
        self._waiting: deque[tuple[Recorded, asyncio.Future[None]]] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def prepare(self) -> None:
        """Create the indexes: an event once, a place in a case once, and those for finding."""
        of_case = {"case_number": {"$exists": True}}
        sought = ((), ("actor.id",), ("action",), ("message_id",))  # a service has a quarter of all
        await self.collection.create_indexes(
            [
                IndexModel("event_id", unique=True),
                IndexModel([("message_id", 1), ("case_number", 1)], unique=True, partialFilterExpression=of_case),
                *(IndexModel([*((one, 1) for one in what), ("at", -1), ("_id", -1)]) for what in sought),
            ]
        )

    async def append(self, told: Recorded) -> None:
        """Append one entry. Raises AlreadyProcessed when its event has one."""
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append((told, kept))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await kept

    async def add(self, several: Sequence[Recorded]) -> set[str]:
        """Append entries in their order. Returns the ids of the events that had none before."""
        added, left = set[str](), {told.event_id: told for told in several}
        for _ in range(TRIES):
            there = await self._there(self._newest, left)
            for found in await self._there(self.collection, there) if there else ():
                del left[found]
            if not left:
                return added
            if new := [told for told in left.values() if told.event_id not in there]:
                entries = await self._linked(new)
                written = await self._insert(entries)
                added |= {entry.event_id for entry in entries[:written]}
                left = {told: left[told] for told in left if told not in added}
                if not left:
                    return added
            await asyncio.sleep(random.random() * PAUSE)  # noqa: S311
        raise Conflict("chain")

    async def of_case(self, message_id: str) -> list[ChainEntry]:
        """All entries of one case, in their order."""
        query = {"message_id": message_id, "case_number": {"$exists": True}}
        return [_read(found) async for found in self.collection.find(query).sort("case_number", 1)]

    async def page(
        self, chosen: AuditFilter, *, before: tuple[datetime, int] | None = None, limit: int
    ) -> list[ChainEntry]:
        """The newest entries that are looked for, or those before a position: time and number."""
        query = _query(chosen)
        if before:
            at, number = before
            query["$or"] = [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": number}}]
        found = self.collection.find(query).sort([("at", -1), ("_id", -1)]).limit(limit)
        return [_read(one) async for one in found]

    async def found(self, chosen: AuditFilter) -> AsyncIterator[ChainEntry]:
        """All entries that are looked for, the newest first."""
        async for found in self.collection.find(_query(chosen)).sort([("at", -1), ("_id", -1)]):
            yield _read(found)

    async def head(self) -> ChainEntry | None:
        """The newest entry that is on the majority."""
        found = await self.collection.find_one({}, sort=[("_id", -1)])
        return _read(found) if found else None

    def walk(self, anchors: Sequence[Anchor] = ()) -> Walk:
        """A walk that begins at the first entry."""
        return Walk(self._key, anchors, earlier=self._earlier)

    async def stored(self, *, after: int = 0, most: int = 0) -> AsyncIterator[dict[str, Any]]:
        """Every entry behind a number, as it is stored; ``most``: not more than so many."""
        query = {"_id": {"$gt": after}} if after else {}
        async for found in self.collection.find(query).sort("_id", 1).limit(most):
            yield _numbered(found)

    async def verify(self, anchors: Sequence[Anchor] = (), *, walk: Walk | None = None, most: int = 0) -> Walk:
        """Walk the chain, from its beginning or on from where a walk has ended. Raises Broken.

        ``most``: not further than so many entries; only at the end of the chain is it asked whether some are missing.
        """
        walk = walk or self.walk(anchors)
        if walk.number:
            found = await self.collection.find_one({"_id": walk.number}, {"link": 1})
            if found is None or found.get("link") != walk.link:
                raise Broken(walk.number, "it was there before, and is missing or another one now")
        begun = walk.number
        async for found in self.stored(after=walk.number, most=most):
            walk.step(found)
            if walk.number % 50 == 0:
                await asyncio.sleep(0)  # requests come first
        if not most or walk.number - begun < most:
            walk.end()
        return walk

    @staticmethod
    async def _there(collection: Collection, event_ids: Iterable[str]) -> set[str]:
        """Those of these events that have an entry. One that is not on the majority yet may be lost again."""
        found = collection.find({"event_id": {"$in": list(event_ids)}}, {"event_id": 1})
        return {one["event_id"] async for one in found}

    async def _write(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(TOGETHER, len(self._waiting)))]
            outcome: Exception | None = None
            added = set[str]()
            try:
                added = await self.add([told for told, _ in batch])
            except Exception as error:
                outcome = error
            for told, kept in batch:
                with suppress(asyncio.InvalidStateError):  # who waited for it was cancelled
                    if outcome:
                        kept.set_exception(outcome)
                    elif told.event_id in added:
                        added.discard(told.event_id)
                        kept.set_result(None)
                    else:
                        kept.set_exception(AlreadyProcessed(told.event_id))

    async def _linked(self, several: Sequence[Recorded]) -> list[ChainEntry]:
        found = await self._newest.find_one({}, sort=[("_id", -1)])
        before, entries = _read(found) if found else None, list[ChainEntry]()
        of_cases = {case: await self._newest_of(case) for case in {told.message_id for told in several} if case}
        for told in several:
            case = told.message_id or ""
            before = linked(told, key=self._key, before=before, before_in_case=of_cases.get(case))
            entries.append(before)
            of_cases[case] = before
        return entries

    async def _newest_of(self, message_id: str) -> ChainEntry | None:
        query = {"message_id": message_id, "case_number": {"$exists": True}}
        found = await self._newest.find_one(query, sort=[("case_number", -1)])
        return _read(found) if found else None

    async def _insert(self, entries: Sequence[ChainEntry]) -> int:
        """How many were inserted until somebody else's entry stood in the way."""
        documents = [
            {"_id": entry.number, **entry.model_dump(exclude={"number"}, exclude_none=True)} for entry in entries
        ]
        try:
            await self.collection.insert_many(documents, ordered=True)
        except BulkWriteError as error:
            details: Mapping[str, Any] = error.details
            if details["writeConcernErrors"]:
                raise WTimeoutError("the entries may not be on the majority yet") from None
            if any(failed["code"] != THERE_ALREADY for failed in details["writeErrors"]):
                raise
            return int(details["nInserted"])
        return len(entries)


def _query(chosen: AuditFilter) -> dict[str, Any]:
    exact = {"actor.id": chosen.actor, "message_id": chosen.message_id, "service": chosen.service}
    query: dict[str, Any] = {name: value for name, value in exact.items() if value}
    if chosen.actions:
        query["action"] = {"$in": list(chosen.actions)}
    between = {"$gte": chosen.since, "$lt": chosen.until}
    if at := {name: value for name, value in between.items() if value}:
        query["at"] = at
    return query


def _numbered(found: dict[str, Any]) -> dict[str, Any]:
    return {"number": found.pop("_id"), **found}


def _read(found: dict[str, Any]) -> ChainEntry:
    return ChainEntry.model_validate(_numbered(found))
