"""Scheduled work: a query finds due documents, a pure function decides, compare-and-set saves.

There are no leases and no timers in memory, so replicas may run concurrently. When two find the same document, one
saves it; the other gets a Conflict, reads it again, and finds nothing due.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from shared.documents import AWAY, A, Documents
from shared.events import Event
from shared.retrying import on_conflict
from shared.tasks import run_periodically

log = structlog.get_logger()
Due = Callable[[datetime], dict[str, Any]]
"""Returns the query for the documents that are due at a time. ``Act`` handles one document, by its id."""
Act = Callable[[str, datetime], Awaitable[None]]


async def run_due(documents: Documents[Any], due: Due, act: Act, *, every: float) -> None:
    """Act on due documents now, and again every ``every`` seconds, until cancelled."""
    await run_periodically(partial(act_on_due, documents, due, act), wake=asyncio.Event(), every=every)


async def act_on_due(documents: Documents[Any], due: Due, act: Act) -> bool:
    """Act on the documents that are due now. A failure is logged and skipped. Returns False: no more to do at once."""
    now = documents.database.clock()
    async for document_id in documents.ids(due(now)):
        try:
            await on_conflict(partial(act, document_id, now))
        except AWAY:
            raise
        except Exception as error:
            log.error("scheduled work failed", document_id=document_id, error=type(error).__name__)
    return False


def deciding(documents: Documents[A], decide: Callable[[A, datetime], tuple[A, Sequence[Event]] | None]) -> Act:
    """An ``Act`` that saves the state and events that ``decide`` returns; None means that nothing is due."""

    async def act(document_id: str, now: datetime) -> None:
        if decided := decide(await documents.get(document_id), now):
            await documents.save(decided[0], announcing=decided[1])

    return act
