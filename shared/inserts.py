"""New documents that come at the same time go to MongoDB together: one round trip, one wait for the majority.

Nobody waits for company: a document that comes alone goes at once, and what comes while it is under way goes next.
Each caller hears of its own document alone, and only when it is durable.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument
from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import BulkWriteError, DuplicateKeyError, OperationFailure, WriteConcernError, WTimeoutError

BATCH_SIZE = 100
UNDER_WAY = 2
"""Round trips at a time."""
LARGEST = 16 * 1024 * 1024
"""Bytes of one round trip; MongoDB itself takes three times as much."""
THERE_ALREADY = 11000
WAITED_TOO_LONG = 64

PendingInsert = tuple[RawBSONDocument, "asyncio.Future[None]"]


class Inserts:
    """Inserts into one collection, for all requests and events that one process works on."""

    def __init__(self, collection: AsyncIOMotorCollection[dict[str, Any]]) -> None:
        self._collection = collection
        self._waiting: deque[PendingInsert] = deque()
        self._under_way: set[asyncio.Task[None]] = set()

    async def insert(self, document: dict[str, Any]) -> None:
        """Insert one document; raises what ``insert_one`` would."""
        encoded = RawBSONDocument(bson.encode(document))
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append((encoded, kept))
        self._under_way = {task for task in self._under_way if not task.done()}
        if len(self._under_way) < UNDER_WAY:
            self._under_way.add(asyncio.create_task(self._go()))
        await kept

    async def _go(self) -> None:
        while self._waiting:
            together = self._next()
            outcomes = await self._insert([document for document, _ in together])
            for (_, kept), outcome in zip(together, outcomes, strict=True):
                with suppress(asyncio.InvalidStateError):  # whoever asked has gone
                    kept.set_exception(outcome) if outcome else kept.set_result(None)

    def _next(self) -> list[PendingInsert]:
        together, size = [self._waiting.popleft()], 0
        while self._waiting and len(together) < BATCH_SIZE and size < LARGEST:
            size += len(self._waiting[0][0].raw)
            together.append(self._waiting.popleft())
        return together

    async def _insert(self, documents: Sequence[RawBSONDocument]) -> list[Exception | None]:
        """What became of each."""
        try:
            await self._collection.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            return _each(error.details, len(documents))
        except Exception as error:
            return [error] * len(documents)
        return [None] * len(documents)


def _each(details: Any, count: int) -> list[Exception | None]:
    """Of those that are in, the majority may not have heard; those that are not in say why."""
    unsure = [_unsure(error) for error in details["writeConcernErrors"]]
    outcomes: list[Exception | None] = [unsure[0] if unsure else None] * count
    for failed in details["writeErrors"]:
        kind = DuplicateKeyError if failed["code"] == THERE_ALREADY else OperationFailure
        outcomes[failed["index"]] = kind(failed["errmsg"], failed["code"], failed)
    return outcomes


def _unsure(error: dict[str, Any]) -> Exception:
    kind = WTimeoutError if error["code"] == WAITED_TOO_LONG else WriteConcernError
    return kind(error["errmsg"], error["code"], error)
