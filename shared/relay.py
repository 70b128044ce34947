"""Publish the outboxes of a service's documents. Entries are removed after the broker has confirmed them.

A write in this process wakes the relay. A periodic sweep finds entries that a crashed process left. Two replicas may
publish the same entry: it has the same id, and consumers process an id once.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import structlog

from shared.broker.publishing import NotYet, PublishRefused
from shared.documents import Database, Documents
from shared.outbox import OutboxEntry
from shared.tasks import run_periodically
from shared.telemetry import Telemetry

BATCH = 200
REMEMBERED = 5_000

log = structlog.get_logger()
Publish = Callable[[Sequence[OutboxEntry]], Awaitable[Sequence[BaseException | None]]]


class Relay:
    """The relay of one service, over every store of its database.

    ``publish`` returns for each entry an exception, or None if the broker confirmed it. ``answered`` counts publishes
    that the broker confirmed or refused: while it grows, the broker responds.
    """

    def __init__(self, database: Database, publish: Publish, telemetry: Telemetry, *, sweep_seconds: float) -> None:
        self._fresh: deque[tuple[Documents[Any], OutboxEntry]] = deque(maxlen=REMEMBERED)
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._database = database
        self._clock = database.clock
        self._publish = publish
        self._telemetry = telemetry
        self._sweep_seconds = sweep_seconds
        self._next_sweep = self._clock()
        self._passed: Counter[Documents[Any]] = Counter()
        self._marking: asyncio.Task[None] | None = None
        self.answered = 0
        database.on_outbox = self.take

    def take(self, documents: Documents[Any], entries: list[OutboxEntry]) -> None:
        """Queue new entries for publication at once. When the queue is full, the sweep finds the oldest later."""
        if entries:
            self._fresh.extend((documents, o) for o in entries)
            self._idle.clear()
            self._wake.set()

    async def run(self) -> None:
        """Publish until cancelled."""
        await run_periodically(self.publish_outbox, wake=self._wake, every=self._sweep_seconds)

    async def drain(self, patience: float = 5.0) -> None:
        """Wait, at most ``patience`` seconds, until new entries are published. The next process sweeps up the rest."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._idle.wait()
                if self._marking:  # stop even if MongoDB is away
                    await asyncio.gather(self._marking, return_exceptions=True)

    async def publish_outbox(self) -> bool:
        """Publish one batch of new entries, and sweep when a sweep is due. True when more entries may wait."""
        if self._marking and self._marking.done():
            await self._marked()
        batch = [self._fresh.popleft() for _ in range(min(BATCH, len(self._fresh)))]
        for documents in {d for d, _ in batch}:
            await self._pass_on(documents, [entry for d, entry in batch if d is documents])
        if not self._fresh:
            self._idle.set()
        more_left = await self._sweep() if self._clock() >= self._next_sweep else False
        return bool(self._fresh) or more_left

    async def oldest_unpublished(self) -> datetime | None:
        """Time of the oldest unpublished entry, of any process of this service; None when there is none."""
        found = [await documents.unpublished(before=self._clock(), limit=1) for documents in self._database.stores]
        return min((entry.at for each in found for entry in each), default=None)

    async def _sweep(self) -> bool:
        """Publish entries older than one sweep interval; newer ones are probably being published by their process.

        A batch with failures must not block the entries behind it: the next sweep skips it, and after the last batch
        the sweeps start from the beginning.
        """
        before = self._clock() - timedelta(seconds=self._sweep_seconds)
        self._next_sweep = self._clock() + timedelta(seconds=self._sweep_seconds)
        more_left = False
        for documents in self._database.stores:
            passed = self._passed[documents]
            leftovers = await documents.unpublished(before=before, limit=BATCH, skip=passed)
            done, full = await self._pass_on(documents, leftovers), len(leftovers) >= BATCH
            await self._marked()  # or the next query would find them again
            self._passed[documents] = (passed if done else passed + BATCH) if full else 0
            more_left |= done and full
        if more_left:
            self._next_sweep = self._clock()
        return more_left

    async def _pass_on(self, documents: Documents[Any], entries: list[OutboxEntry]) -> bool:
        outcomes = await self._publish(entries)
        confirmed = [o for o, outcome in zip(entries, outcomes, strict=True) if outcome is None]
        failures = [outcome for outcome in outcomes if outcome is not None]
        self.answered += len(confirmed) + sum(isinstance(failure, PublishRefused) for failure in failures)
        for o in confirmed:
            self._telemetry.published.labels(o.type).inc()
        if confirmed:
            await self._marked()
            self._marking = asyncio.create_task(documents.mark_published(confirmed))
        if failures:
            self._telemetry.publish_failures.inc(len(failures))
            say = log.info if all(isinstance(failure, NotYet) for failure in failures) else log.warning
            say("events wait for the broker", count=len(failures), reason=repr(failures[0]))
        return not failures

    async def _marked(self) -> None:
        """Wait until the previous batch is removed from its outboxes. Raises what that raised.

        The next batch is published meanwhile, so MongoDB and RabbitMQ work at the same time.
        """
        before, self._marking = self._marking, None
        if before:
            await before
