"""A service's look at itself, every few seconds and over fresh connections: what is missing, what waits, what is stuck.

Each look declares what the service owns again, so that a queue or a binding that somebody removed is back before long,
and starts consumers anew that get nothing: RabbitMQ does not always tell a consumer that its queue was deleted.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import structlog
from faststream.rabbit import RabbitBroker
from faststream.rabbit.subscriber import RabbitSubscriber

from shared.broker.consuming import Consuming
from shared.broker.topology import CONSUMERS, declare, missing_queues, parked_name, queue_name
from shared.clock import Clock, utc_now
from shared.config import ServiceSettings
from shared.parked import Backlog
from shared.relay import Relay
from shared.tasks import run_periodically
from shared.telemetry import Telemetry

PATIENCE = 20.0
"""Seconds for one look."""
RESTART = 5.0
"""Seconds for a consumer to start."""

log = structlog.get_logger()
Measure = Callable[[], Awaitable[datetime | None]]
"""Since when the oldest of something waits; None when nothing does."""


class Count(NamedTuple):
    """How many of something there are, by kind: ``Count("open_cases", "state", cases.open_by_state)``."""

    what: str
    by: str
    counted: Callable[[], Awaitable[Mapping[str, int]]]


class StallDetector:
    """Tells work that waits from work that gets on: only what waits, and moves nowhere, is stuck after a while."""

    def __init__(self, patience: float, now: Callable[[], float] = time.monotonic) -> None:
        self._patience, self._now = patience, now
        self._since: dict[str, tuple[int, float]] = {}

    def observe(self, waiting: Mapping[str, int]) -> None:
        """What waits now, each with how much of its kind was ever done."""
        now = self._now()
        before = self._since
        self._since = {
            name: before[name] if name in before and before[name][0] == done else (done, now)
            for name, done in waiting.items()
        }

    def forget(self) -> None:
        """Nobody can be judged now."""
        self._since = {}

    @property
    def stuck(self) -> list[str]:
        """What has waited too long."""
        return sorted(name for name, (_, at) in self._since.items() if self._now() - at > self._patience)


class Watch:
    """Looks after one process. ``measures`` and ``counts``: what else is to be told of.

    ``stored``: the parked events that this service keeps, beside those in its queue.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        broker: RabbitBroker,
        consuming: Consuming,
        relay: Relay,
        telemetry: Telemetry,
        *,
        measures: Mapping[str, Measure],
        counts: Sequence[Count] = (),
        stored: Callable[[], Awaitable[Backlog]] | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._service, self._delays, self._every = consuming.service, settings.retry_delays, settings.watch_seconds
        self._url = settings.rabbitmq_url.get_secret_value()
        self._consuming, self._relay, self._measures, self._telemetry = consuming, relay, measures, telemetry
        self._broker, self._counts, self._clock = broker, counts, clock
        self._silent: dict[str, int] = {}
        self._stored = stored
        self._parked = {"queue": Backlog(), "stored": Backlog()}
        self.stall_detector = StallDetector(settings.stuck_seconds)

    @property
    def stuck(self) -> list[str]:
        """Work of this process that does not get on although RabbitMQ and MongoDB answered the last look."""
        return self.stall_detector.stuck

    async def run(self) -> None:
        """Look for ever."""
        await run_periodically(self.look, wake=asyncio.Event(), every=self._every)

    async def look(self) -> bool:
        """Look once. Where a dependency does not answer, nobody is judged: it is not this process that is stuck."""
        looks = self._look_at_broker(), self._look_at_database()
        observed = await asyncio.gather(*map(_in_time, looks), return_exceptions=True)
        for dependency, found in zip(("rabbitmq", "mongodb"), observed, strict=True):
            self._telemetry.dependency.labels(dependency).set(not isinstance(found, BaseException))
        silent = [repr(found) for found in observed if isinstance(found, BaseException)]
        if silent:
            log.warning("a dependency does not answer", errors=silent)
            self.stall_detector.forget()
        else:
            self.stall_detector.observe(
                {name: done for found in observed if isinstance(found, dict) for name, done in found.items()}
            )
        self._telemetry.parked.set(sum(parked.count for parked in self._parked.values()))
        oldest = min((parked.since for parked in self._parked.values() if parked.since), default=None)
        self._telemetry.oldest_parked.set(self._age(oldest))
        return False

    async def _look_at_broker(self) -> dict[str, int]:
        queues = await declare(self._url, self._delays, [self._service])
        done, in_hand = self._consuming.done, self._consuming.in_hand
        names = [queue_name(self._service, event) for event in CONSUMERS[self._service]]
        silent = [n for n in names if not in_hand[n] and (queues[n].ready or not queues[n].consumers)]
        await self._consume_again({name: done[name] for name in silent})
        self._consuming.publisher.missing_queues = await missing_queues(self._url, self._service)
        self._note_queued(queues[parked_name(self._service)].ready)
        return {name: done[name] for name in names if queues[name].ready or in_hand[name]}

    def _note_queued(self, count: int) -> None:
        """Their age is that of this process's first look that found any: to see their own, one had to take them."""
        since = self._parked["queue"].since or self._clock()
        self._parked["queue"] = Backlog(count, since if count else None)

    async def _consume_again(self, silent: dict[str, int]) -> None:
        """Start the consumer anew of a queue that was silent at two looks, with as many events done at both.

        It has no consumer, or events wait and none arrives: RabbitMQ 3.10 may count a consumer of the deleted queue as
        one of the new queue. A consumer that just reconnects comes by itself.
        """
        dead, self._silent = dict(silent.items() & self._silent.items()), silent
        if self._broker.running:
            consumers = [one for one in self._broker.subscribers if isinstance(one, RabbitSubscriber)]
            await asyncio.gather(*(_start_anew(one) for one in consumers if one.queue.name in dead))

    async def _look_at_database(self) -> dict[str, int]:
        oldest = await self._relay.oldest_unpublished()
        self._telemetry.oldest_unpublished.set(self._age(oldest))
        for name, measure in self._measures.items():
            self._telemetry.age(name).set(self._age(await measure()))
        for count in self._counts:
            self._telemetry.count(count.what, count.by, await count.counted())
        if self._stored:
            self._parked["stored"] = await self._stored()
        return {"relay": self._relay.answered} if self._age(oldest) > self._every else {}

    def _age(self, since: datetime | None) -> float:
        return max(0.0, (self._clock() - since).total_seconds()) if since else 0.0


async def _in_time(look: Awaitable[dict[str, int]]) -> dict[str, int]:
    async with asyncio.timeout(PATIENCE):
        return await look


async def _start_anew(consumer: RabbitSubscriber) -> None:
    """Over a new channel, so that the broker has back what it believes to be in hand.

    A failure is no fault of RabbitMQ: the queue is then judged like any other that does not move.
    """
    log.warning("no event arrives from a queue; its consumer is started anew", queue=consumer.queue.name)
    try:
        async with asyncio.timeout(RESTART):
            queue = consumer._queue_obj
            await consumer.stop()
            if queue:
                await queue.channel.close()
                consumer.running = True  # the channel may bring its consumer back, to which events come at once
                await queue.channel.reopen()
            await consumer.start()
    except Exception as error:
        log.warning("the consumer did not start", queue=consumer.queue.name, error=repr(error))
    finally:
        # A lost connection brings its consumer back, and FastStream ignores what comes to one that does not run.
        consumer.running = True
