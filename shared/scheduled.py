"""Work that falls due: found by a query, decided on by a pure function, saved by compare-and-set.

No leases and no timers in memory: any number of replicas may look at once. Of two that find the same document one saves
it; the other reads it again and finds nothing due.
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
"""The query for what is due at a time, by an indexed field. ``Act`` is what is done for each document, by its id."""
Act = Callable[[str, datetime], Awaitable[None]]


async def run_due(documents: Documents[Any], due: Due, act: Act, *, every: float) -> None:
    """Look at once, and again every so many seconds, for ever."""
    await run_periodically(partial(act_on_due, documents, due, act), wake=asyncio.Event(), every=every)


async def act_on_due(documents: Documents[Any], due: Due, act: Act) -> bool:
    """Look once. What fails is logged and holds up nothing else; False, for there is no more to do at once."""
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
    """Save what ``decide`` makes of a document, with the events; None means that nothing is due."""

    async def act(document_id: str, now: datetime) -> None:
        if decided := decide(await documents.get(document_id), now):
            await documents.save(decided[0], announcing=decided[1])

    return act
