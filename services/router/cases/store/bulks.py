"""The collection ``bulks``, and the work of carrying out what is in it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from pymongo import IndexModel

from services.router.access import Action
from services.router.cases.domain.bulk import Bulk, BulkItem, Outcome, What, act, remember, undo
from services.router.cases.domain.case import Case
from services.router.cases.store.cases import Cases
from shared.documents import Conflict, Database, Documents, NotFound
from shared.retrying import on_conflict
from shared.scheduled import run_due

AT_THE_SAME_TIME: Final = 20
"""Cases of one act that are saved at the same time."""
LEFT_BEHIND: Final = timedelta(seconds=30)
"""An act that is not ended by then is ended by a job: its process has died."""
UNFINISHED = {"$or": [{"done_at": None}, {"undo_at": {"$ne": None}, "undone_at": None}]}
Step = Callable[[Bulk, BulkItem, Case], tuple[Case | None, BulkItem]]


class Bulks(Documents[Bulk]):
    """Acts on many cases."""

    indexes = (
        IndexModel("at", expireAfterSeconds=30 * 24 * 3600),
        IndexModel([("done_at", 1), ("undone_at", 1)]),
    )

    def __init__(self, database: Database, cases: Cases) -> None:
        super().__init__(database, "bulks", Bulk)
        self._cases = cases

    async def begin(self, planned: Bulk) -> Bulk:
        """Store an act with the values before it, and carry it out."""
        items = await self._each(planned, planned.items, self._remembered)
        await self.add(planned.model_copy(update={"items": items}))
        return await on_conflict(partial(self.end, planned.id))

    async def end(self, bulk_id: str) -> Bulk:
        """Carry out what is left of an act, or of its undo. May run twice, also at the same time."""
        bulk = await self.get(bulk_id)
        if bulk.done_at is None:
            items = await self._each(bulk, bulk.items, partial(self._stepped, step=act))
            bulk = await self.save(bulk.model_copy(update={"items": items, "done_at": self.database.clock()}))
        if bulk.undo_at and bulk.undone_at is None:
            step = partial(_undone, now=bulk.undo_at)
            items = await self._each(bulk, bulk.items, partial(self._stepped, step=step))
            bulk = await self.save(bulk.model_copy(update={"items": items, "undone_at": self.database.clock()}))
        return bulk

    async def undo(self, bulk: Bulk, now: datetime) -> Bulk:
        """Take an act back."""
        if bulk.undo_at is None:
            await self.save(bulk.model_copy(update={"undo_at": now}))
        return await on_conflict(partial(self.end, bulk.id))

    async def run(self) -> None:
        """End the acts whose process has died, until cancelled."""

        def due(now: datetime) -> dict[str, Any]:
            return {**UNFINISHED, "at": {"$lt": now - LEFT_BEHIND}}

        async def finish(bulk_id: str, now: datetime) -> None:
            await self.end(bulk_id)

        await run_due(self, due, finish, every=LEFT_BEHIND.total_seconds())

    async def _each(
        self, bulk: Bulk, items: Sequence[BulkItem], work: Callable[[Bulk, BulkItem], Awaitable[BulkItem]]
    ) -> tuple[BulkItem, ...]:
        done: list[BulkItem] = []
        for first in range(0, len(items), AT_THE_SAME_TIME):
            some = items[first : first + AT_THE_SAME_TIME]
            done += await asyncio.gather(*(work(bulk, item) for item in some))
        return tuple(done)

    async def _remembered(self, bulk: Bulk, item: BulkItem) -> BulkItem:
        try:
            return remember(bulk, item, await self._case(bulk, item))
        except NotFound:
            return item.model_copy(update={"outcome": Outcome.GONE})

    async def _stepped(self, bulk: Bulk, item: BulkItem, *, step: Step) -> BulkItem:
        """Change one case; one that changes all the time is left out."""
        if step is act and item.outcome:
            return item

        async def change() -> BulkItem:
            case, result = step(bulk, item, await self._case(bulk, item))
            if case is not None:
                await self._cases.save(case)
            return result

        try:
            return await on_conflict(change)
        except Conflict:
            return item.model_copy(update={"outcome": item.outcome or Outcome.CHANGED_MEANWHILE})
        except NotFound:
            return item.model_copy(update={"outcome": item.outcome or Outcome.GONE})

    async def _case(self, bulk: Bulk, item: BulkItem) -> Case:
        action = Action.CLOSE if bulk.what is What.CLOSE else Action.WORK
        return await self._cases.get_for(bulk.officer, item.id, action, reading="")


def _undone(bulk: Bulk, item: BulkItem, case: Case, *, now: datetime) -> tuple[Case | None, BulkItem]:
    return undo(bulk, item, case, now) if item.outcome == Outcome.DONE else (None, item)
