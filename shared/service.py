"""Assembles and runs the parts of a service: HTTP, consumers, relay, self-checks, health."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import structlog
from aio_pika.abc import AbstractRobustChannel
from fastapi import APIRouter, FastAPI
from faststream.rabbit import Channel, RabbitBroker

from shared import health
from shared.broker import topology
from shared.broker.consuming import Consuming, Handler, admit_all, subscribe
from shared.broker.publishing import Publisher
from shared.config import ServiceSettings
from shared.documents import Database, Documents, NotYet
from shared.erasure import Eraser
from shared.parked import Backlog
from shared.relay import Relay
from shared.scheduled import Act, Due, run_due
from shared.signing import Signatures
from shared.tasks import run_periodically, until_done
from shared.telemetry import Requests, Telemetry
from shared.watch import Count, Measure, Watch

GRACE = 8
"""Seconds for events in progress when the process stops, and again to close the broker's connection. Requests have 5
before, the relay 5 between, and the collector of traces 3 at the end; orchestrators wait 30 in all."""

HOUR = 3_600.0
DAY = 86_400.0

log = structlog.get_logger()
Job = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class ServiceParts:
    """What a service is made of.

    ``preparations`` make indexes besides those of the database's stores. ``measures`` and ``counts`` are metrics for
    its self-check. ``parked`` is the backlog of stored parked events. ``eraser`` obeys the destruction log before
    anything else begins. The service is ready when the dependencies in ``needed`` answer.
    """

    name: str
    settings: ServiceSettings
    database: Database
    telemetry: Telemetry
    handlers: Sequence[Handler]
    routes: Sequence[APIRouter] = ()
    jobs: Sequence[Job] = ()
    preparations: Sequence[Job] = ()
    measures: Mapping[str, Measure] = field(default_factory=dict)
    counts: Sequence[Count] = ()
    parked: Callable[[], Awaitable[Backlog]] | None = None
    eraser: Eraser | None = None
    needed: Sequence[str] = ("mongodb",)
    openapi_url: str | None = None


class Service:
    """The running parts of one service; the application's lifespan starts and stops it."""

    def __init__(self, parts: ServiceParts) -> None:
        name, settings, database, telemetry = parts.name, parts.settings, parts.database, parts.telemetry
        self.name, self.settings, self.database, self.telemetry = name, settings, database, telemetry
        self._rabbitmq_url = settings.rabbitmq_url.get_secret_value()
        self.broker = RabbitBroker(
            self._rabbitmq_url,
            fail_fast=False,
            reconnect_interval=1.0,
            graceful_timeout=GRACE,
            default_channel=Channel(on_return_raises=True),
            app_id=f"klu-{name}",
            logger=None,
        )
        self.publisher = Publisher(self.broker, timeout=settings.publish_timeout, tracing=telemetry.tracing)
        delays, clock = settings.retry_delays, database.clock
        self.consuming = Consuming(name, self.publisher, telemetry, delays=delays, clock=clock)
        self.broker.add_middleware(self.consuming)
        self._signatures = Signatures(settings.verify_keys, unsigned_until=settings.unsigned_until, clock=clock)
        self._handlers = parts.handlers
        self._eraser, self.may_begin = parts.eraser, asyncio.Event()
        self.may_begin.set()
        self.relay = Relay(database, self.publisher.publish_entries, telemetry, sweep_seconds=settings.sweep_seconds)
        self.watch = Watch(
            settings,
            self.broker,
            self.consuming,
            self.relay,
            telemetry,
            measures=parts.measures,
            counts=parts.counts,
            stored=parts.parked,
            clock=clock,
        )
        indexing = [_indexing(store) for store in database.stores if store.index_version]
        self._jobs = [self.relay.run, self.watch.run, *indexing, *parts.jobs]
        self._preparations = [database.prepare, *(store.prepare for store in database.stores), *parts.preparations]
        self._probe_channel: AbstractRobustChannel | None = None
        self.tasks: list[asyncio.Task[Any]] = []

    def subscribe(self) -> None:
        """Make the handlers those of the broker, once. It takes time, and only a service that listens needs it."""
        if self.broker.subscribers:
            return
        self.consuming.count_from_zero()
        admit = self._eraser.admit if self._eraser else admit_all
        prefetch = self.settings.prefetch
        subscribe(self.broker, self.name, self._handlers, self._signatures, prefetch=prefetch, admit=admit)

    async def start(self) -> None:
        """Start the background tasks. They wait for their dependencies themselves, so HTTP is available at once.

        All of them wait until the destruction log is obeyed, and until then pages answer 503.
        """
        self.database.mongodb.client.get_io_loop = asyncio.get_running_loop  # type: ignore[method-assign]
        self.subscribe()
        if self._eraser and self._eraser.log.path:
            self.may_begin.clear()
        self.tasks = [asyncio.create_task(self._for_ever(job), name=_name(job)) for job in self._jobs]
        self._starting = [
            asyncio.create_task(until_done(self._obey), name="obey"),
            asyncio.create_task(until_done(self._listen), name="listen"),
            *(asyncio.create_task(until_done(p), name="prepare") for p in self._preparations),
        ]

    async def _obey(self) -> None:
        """Carry out the orders to destroy that a restore has undone."""
        if self._eraser and not self.may_begin.is_set():
            await self._eraser.obey()
        self.may_begin.set()

    async def _for_ever(self, job: Job) -> None:
        await self.may_begin.wait()
        await job()

    async def prepare(self) -> None:
        """Create indexes and queues, then disconnect. Raises when MongoDB or RabbitMQ is away."""
        self.database.mongodb.client.get_io_loop = asyncio.get_running_loop  # type: ignore[method-assign]
        await asyncio.gather(self._declare(), *(preparation() for preparation in self._preparations))
        self.database.mongodb.client.close()

    async def stop(self) -> None:
        """Take no more events, finish those in progress, publish their events, and disconnect."""
        self.consuming.stopping = True
        relay, *others = self.tasks
        for task in (*self._starting, *others):
            task.cancel()
        log.info("stopping", in_hand=sum(self.consuming.in_hand.values()))
        handing_in = (_at_most(GRACE, subscriber.stop()) for subscriber in self.broker.subscribers)
        await asyncio.gather(*handing_in, *self._starting, *others, return_exceptions=True)
        if self.may_begin.is_set():
            await self.relay.drain()
        await _at_most(GRACE, self.broker.stop())
        relay.cancel()
        await asyncio.wait({relay})
        self.database.mongodb.client.close()
        await self.telemetry.tracing.stop()

    def management(self, needed: Sequence[str]) -> Any:
        """The management application of this service."""
        return health.management(
            ended=lambda: [task.get_name() for task in self.tasks if task.done()],
            stuck=lambda: self.watch.stuck,
            probes={
                "mongodb": self._mongodb_answers,
                "rabbitmq": self._rabbitmq_answers,
                "destruction_log": self._has_obeyed,
            },
            needed=[*needed, "destruction_log"],
            registry=self.telemetry.registry,
        )

    async def _listen(self) -> None:
        await self.may_begin.wait()
        await self._declare()
        await self._ask_for_queues()
        await self.broker.start()
        log.info("listening to events", queues=len(topology.CONSUMERS[self.name]))
        await self._be_heard()

    async def _declare(self) -> None:
        await topology.declare(self._rabbitmq_url, self.settings.retry_delays, [self.name])
        await topology.delete_former(self._rabbitmq_url, self.name, self.settings.retry_delays)

    async def _be_heard(self, pause: float = 1.0) -> None:
        """Wait for the queues of all consumers: at the first start of a system, some are created later."""
        await until_done(self._ask_for_queues)
        if self.publisher.missing_queues:
            waiting = sorted(set(self.publisher.missing_queues.values()))
            log.info("events wait for the first start of their consumers", queues=waiting)
        while self.publisher.missing_queues:
            await asyncio.sleep(pause)
            await until_done(self._ask_for_queues)

    async def _ask_for_queues(self) -> None:
        self.publisher.missing_queues = await topology.missing_queues(self._rabbitmq_url, self.name)

    async def _has_obeyed(self) -> None:
        if not self.may_begin.is_set():
            raise NotYet("orders of the destruction log are carried out first")

    async def _mongodb_answers(self) -> None:
        hello = await self.database.mongodb.command("hello")
        if not hello.get("isWritablePrimary"):
            raise ConnectionError("no primary")

    async def _rabbitmq_answers(self) -> None:
        """A round trip over a channel that is kept: ``broker.ping`` returns True for a frozen broker."""
        connection = self.broker._connection
        if connection is None:
            raise ConnectionError("not connected")
        channel, self._probe_channel = self._probe_channel, None
        channel = channel or await connection.channel(publisher_confirms=False)
        try:  # a robust channel would answer from its memory
            await channel.declare_exchange(str(topology.EVENTS.name), passive=True, robust=False)
        except (Exception, asyncio.CancelledError):
            await _at_most(1, channel.close())
            raise
        self._probe_channel = channel


def assemble(parts: ServiceParts) -> FastAPI:
    """Make the application of one service. It serves HTTP at once, even while MongoDB or RabbitMQ is away."""
    service = Service(parts)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await service.start()
        yield
        await service.stop()

    app = FastAPI(
        title=f"7/24 KLU Hat: {parts.name}",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=parts.openapi_url,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.add_middleware(Requests, telemetry=parts.telemetry)
    app.add_middleware(health.OnlyAfter, ready=service.may_begin)
    for route in parts.routes:
        app.include_router(route)
    app.state.service = service
    app.state.management = service.management(parts.needed)
    return app


def daily(store: Documents[Any], due: Due, act: Act) -> Job:
    """A job that acts on the due documents of a store, at the start and once a day."""

    async def act_on_stores() -> None:
        await run_due(store, due, act, every=DAY)

    return act_on_stores


def hourly(work: Callable[[], Awaitable[bool]]) -> Job:
    """A job that does this work at the start and once an hour."""
    return every(HOUR, work)


def every(seconds: float, work: Callable[[], Awaitable[bool]]) -> Job:
    """A job that does this work at the start and after so many seconds, again and again."""

    async def again_and_again() -> None:
        await run_periodically(work, wake=asyncio.Event(), every=seconds)

    return again_and_again


def _indexing(store: Documents[Any]) -> Job:
    """Updates missing or outdated ``indexed`` fields."""
    return every(DAY, store.index_outdated)


def _name(job: Job) -> str:
    """What a job is called in logs and by probes; a partial has no name of its own."""
    return str(getattr(getattr(job, "func", job), "__qualname__", type(job).__name__))


async def _at_most(seconds: float, work: Awaitable[None]) -> None:
    """Limit the wait for a frozen broker: it delivers unacknowledged events again by itself."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await work
