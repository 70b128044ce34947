"""The notifier's documents: letters."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo import ReturnDocument

from services.notifier.domain import Letter, LetterState
from shared.documents import AGGREGATE, Database, Documents
from shared.events import CloudEvent, Event


class Letters(Documents[Letter]):
    """Every letter ever made. ``due`` is set when there may be one to send."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "letters", Letter)
        self.due = asyncio.Event()

    async def prepare(self) -> None:
        """What is to be sent next, and what waits longest."""
        await super().prepare()
        for field in ("due_at", "made_at"):
            await self.collection.create_index(field, partialFilterExpression={"state": LetterState.QUEUED.value})

    async def add(
        self, aggregate: Letter, *, announcing: Event | Sequence[Event] = (), handling: CloudEvent[Any] | None = None
    ) -> None:
        """Keep a new letter, and have it sent."""
        await super().add(aggregate, announcing=announcing, handling=handling)
        self.due.set()

    async def oldest_unsent(self) -> datetime | None:
        """Since when the oldest letter waits that has not left."""
        found = await self.collection.find_one(
            {"state": LetterState.QUEUED.value}, {"made_at": 1}, sort=[("made_at", 1)]
        )
        return found["made_at"] if found else None

    async def claim(self, now: datetime, lease: timedelta) -> Letter | None:
        """Take the letter that is due for the longest time; nobody else gets it until the lease is over.

        ``shared.scheduled`` needs no lease, this does: a letter that has left cannot be taken back by the write that
        follows, so it must be one sender's before.
        """
        found = await self.collection.find_one_and_update(
            {"state": LetterState.QUEUED.value, "due_at": {"$lte": now}},
            {"$set": {"due_at": now + lease}, "$inc": {"attempts": 1, "revision": 1}},
            projection=AGGREGATE,
            sort=[("due_at", 1)],
            return_document=ReturnDocument.AFTER,
        )
        return self._read(found) if found else None
