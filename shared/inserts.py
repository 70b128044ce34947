"""Concurrent inserts are sent to MongoDB in batches: one round trip and one wait for the majority.

A single document is sent at once. Documents that arrive during a round trip form the next batch. Each caller gets the
outcome of its own document, after the majority has it.
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
"""Concurrent round trips."""
LARGEST = 16 * 1024 * 1024
"""Bytes in one round trip. MongoDB accepts 48 MB."""
THERE_ALREADY = 11000
WAITED_TOO_LONG = 64

PendingInsert = tuple[RawBSONDocument, "asyncio.Future[None]"]


class Inserts:
    """Batches the inserts of one process into one collection."""

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
                with suppress(asyncio.InvalidStateError):  # the caller was cancelled
                    kept.set_exception(outcome) if outcome else kept.set_result(None)

    def _next(self) -> list[PendingInsert]:
        together, size = [self._waiting.popleft()], 0
        while self._waiting and len(together) < BATCH_SIZE and size < LARGEST:
            size += len(self._waiting[0][0].raw)
            together.append(self._waiting.popleft())
        return together

    async def _insert(self, documents: Sequence[RawBSONDocument]) -> list[Exception | None]:
        """The outcome of each document: an exception, or None."""
        try:
            await self._collection.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            return _each(error.details, len(documents))
        except Exception as error:
            return [error] * len(documents)
        return [None] * len(documents)


def _each(details: Any, count: int) -> list[Exception | None]:
    """A document that was not inserted gets its own error; the others share the write concern error, if any."""
    unsure = [_unsure(error) for error in details["writeConcernErrors"]]
    outcomes: list[Exception | None] = [unsure[0] if unsure else None] * count
    for failed in details["writeErrors"]:
        kind = DuplicateKeyError if failed["code"] == THERE_ALREADY else OperationFailure
        outcomes[failed["index"]] = kind(failed["errmsg"], failed["code"], failed)
    return outcomes


def _unsure(error: dict[str, Any]) -> Exception:
    kind = WTimeoutError if error["code"] == WAITED_TOO_LONG else WriteConcernError
    return kind(error["errmsg"], error["code"], error)
