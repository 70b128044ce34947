"""What the tests stand on: a real RabbitMQ, a real MongoDB, and services running inside the test process."""

import gc
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
import httpx2
import pytest
from aio_pika.exceptions import ChannelInvalidStateError, ChannelNotFoundEntity
from fastapi import FastAPI
from playwright.async_api import Browser as Chromium
from playwright.async_api import async_playwright
from pymongo import monitoring
from xdist.scheduler import LoadScopeScheduling

from scripts.browser import Browser
from scripts.eventually import eventually
from scripts.local import packages
from services.intake.app import create_app as create_intake
from services.intake.config import Settings as IntakeSettings
from services.notifier.app import create_app as create_notifier
from services.notifier.config import Settings as NotifierSettings
from services.replies.app import create_app as create_replies
from services.replies.config import Settings as RepliesSettings
from services.router.app import create_app as create_router
from services.router.config import Settings as RouterSettings
from shared.broker import topology
from shared.broker.consuming import ATTEMPT, PARKED_AT, QUEUE, REASON
from shared.documents import Database, MongoDatabase, connect, left_to_the_sweep
from shared.events import CONTENT_TYPE, CloudEvent
from shared.service import Service
from tests import examples as example
from tests import stack as provider
from tests.cheaper import from_arguments, no_recorders, processes_shared, work_out_once
from tests.emptied import WATCH, Databases
from tests.hanging import tasks_are_told
from tests.stack import Stack

DELAYS = (0.2, 0.3, 0.4)
"""Retry delays of the tests: short enough to be waited for."""
MAKERS: dict[str, tuple[Callable[[Any], FastAPI], type[Any]]] = {
    "intake": (create_intake, IntakeSettings),
    "router": (create_router, RouterSettings),
    "replies": (create_replies, RepliesSettings),
    "notifier": (create_notifier, NotifierSettings),
}
Make = Callable[..., FastAPI]
COLLECTED_AFTER = (7_000, 10, 10)
"""Objects, and collections of them, after which garbage is collected: ten times as many as Python's own."""
SET_UP = pytest.StashKey[Callable[[], None]]()
TOGETHER = ("tests/journeys/", "tests/deploy/")
"""Folders whose tests one worker runs."""


monitoring.register(WATCH)


class OneByOne(LoadScopeScheduling):  # type: ignore[misc]  # a class without types
    """Tests go one by one to the worker that is free. The journeys begin the run, all in one worker, on one system; so
    do the tests of ``deploy``, which share what is rendered and built.
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneByOne:
    """How ``-n`` spreads the tests; the groups with the most tests come first."""
    return OneByOne(config, log)


def pytest_report_header() -> str:
    """Say which stores the run uses."""
    return provider.describe(provider.choose())


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_the_developer() -> None:
    for name in [name for name in os.environ if name.startswith(("KLU_", "OTEL_")) and "KLU_TEST_" not in name]:
        del os.environ[name]


@pytest.fixture(scope="session", autouse=True)
def _applications_are_cheap() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        work_out_once(patch)
        no_recorders(patch)
        processes_shared(patch)
        yield


@pytest.fixture(scope="session")
def stack(_no_settings_of_the_developer: None) -> Iterator[Stack]:
    """Both stores, for the whole run."""
    with provider.start(provider.choose()) as running:
        yield running


@pytest.fixture(scope="session")
async def connected(stack: Stack) -> AsyncIterator[MongoDatabase]:
    """One connection for the databases of all tests, to ``admin``: another for each would take ten milliseconds."""
    admin = connect(stack.mongodb_url, "admin")
    yield admin
    admin.client.close()


@pytest.fixture(scope="session")
async def databases(connected: MongoDatabase) -> AsyncIterator[Databases]:
    """The databases of all tests: what one has left goes meanwhile, for which no test has to wait."""
    yield (kept := Databases(connected))
    await kept.end()


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end: the garbage collector need not look through it again and again.

    It comes less often, too: an application is tens of thousands of objects, and each test has one.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """What hangs is told."""
    with tasks_are_told(item):
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """The fixtures are set up, the test begins."""
    if set_up := item.stash.get(SET_UP, None):
        set_up()


@pytest.fixture
async def database(databases: Databases, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """An empty database. What is announced in it stays owed until a service with its relay comes."""
    fixtures = str(request.path), *request.fixturenames
    made = await databases.take(fixtures, request.path.parent.name == "router" and "visit" in fixtures)
    request.node.stash[SET_UP] = lambda: databases.set_up(made.name, fixtures)
    yield Database(made, source="test", on_outbox=left_to_the_sweep)
    databases.give(made.name, fixtures)


@pytest.fixture
def make(stack: Stack, database: Database) -> Iterator[Make]:
    """Makes the application of a service on the test's database: ``make("intake", prefetch=1)``."""
    applications: list[FastAPI] = []

    def made(service: str, **different: Any) -> FastAPI:
        create, settings = MAKERS[service]
        given = {
            "mongodb_url": stack.mongodb_url,
            "mongodb_database": database.mongodb.name,
            "rabbitmq_url": stack.rabbitmq_url,
            "secret_key": example.SECRET,
            **example.keys(service),
            "smtp_url": "smtp://127.0.0.1:9",
            "retry_delays": DELAYS,
            "sweep_seconds": 0.3,
            "proof_cost": 0,
            "undo_seconds": 0,
            "reminder_seconds": 0,
            "search_milliseconds": 10_000,
        }
        applications.append(create(from_arguments(settings, given | different)))
        return applications[-1]

    yield made
    for app in applications:
        app.state.service.database.mongodb.client.close()


@pytest.fixture(scope="session")
async def started_chromium() -> AsyncIterator[Chromium]:
    """A real Chromium, for the whole run."""
    executable = packages.browser()
    if executable is None:
        pytest.skip("Chromium is not there; as root on Debian `make browser` installs it")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=str(executable), args=["--no-sandbox"])
        yield started
        await started.close()


@pytest.fixture
async def chromium(started_chromium: Chromium) -> AsyncIterator[Chromium]:
    """A real Chromium without windows; those that a test opens, and what they store, end with it."""
    yield started_chromium
    for context in started_chromium.contexts:
        await context.close()


@pytest.fixture
async def broker(stack: Stack) -> AsyncIterator["Broker"]:
    """The broker with the whole topology and empty queues. It is declared again only where a test has deleted some."""
    connection = await aio_pika.connect(stack.rabbitmq_url)
    async with connection:
        found = Broker(await connection.channel(on_return_raises=True), connection)
        try:
            await found.purge()
        except (ChannelNotFoundEntity, ChannelInvalidStateError):
            await topology.declare(stack.rabbitmq_url, DELAYS, topology.CONSUMERS)
            await found.purge()
        yield found


class Broker:
    """RabbitMQ as a test sees it: publishes envelopes, looks into queues."""

    def __init__(self, channel: aio_pika.abc.AbstractChannel, connection: aio_pika.abc.AbstractConnection) -> None:
        self.channel, self._connection = channel, connection

    async def publish(self, event: CloudEvent[Any], *, times: int = 1) -> None:
        """Publish an event as its service's relay would, perhaps several times."""
        for _ in range(times):
            await self.publish_raw(event.type, example.signed(event), event.id)

    async def publish_raw(self, routing_key: str, body: bytes, message_id: str = "raw") -> None:
        """Publish any bytes under a routing key."""
        exchange = await self.channel.get_exchange("klu.events")
        message = aio_pika.Message(
            body, message_id=message_id, correlation_id="test", content_type=CONTENT_TYPE, delivery_mode=2
        )
        await exchange.publish(message, routing_key)

    async def park(self, event: CloudEvent[Any], service: str, reason: str, *, body: bytes | None = None) -> None:
        """Lay an event aside as a service that failed at it would."""
        message = aio_pika.Message(
            body or example.signed(event),
            message_id=event.id,
            correlation_id=event.correlationid,
            content_type=CONTENT_TYPE,
            delivery_mode=2,
            headers={
                ATTEMPT: 3,
                REASON: reason,
                QUEUE: f"{service}.{event.type}",
                PARKED_AT: event.time.isoformat(),
            },
        )
        await self.channel.default_exchange.publish(message, topology.parked_name(service))

    async def count(self, queue: str) -> int:
        """How many messages wait in a queue."""
        declared = await self.channel.declare_queue(queue, passive=True)
        return declared.declaration_result.message_count or 0

    async def take(self, queue: str) -> aio_pika.abc.AbstractIncomingMessage:
        """The next message of a queue, once there is one."""
        found = await self.channel.get_queue(queue, ensure=False)

        async def look() -> aio_pika.abc.AbstractIncomingMessage | None:
            return await found.get(fail=False, no_ack=True)

        return await eventually(look)

    async def purge(self) -> None:
        """Empty every queue. Only the last answer is waited for: there are more than a hundred."""
        names = list[str]()
        for service, heard in topology.CONSUMERS.items():
            names += dict.fromkeys(topology.queue_name(service, event) for event in heard)
            names += [topology.parked_name(service), *(topology.retry_name(service, d) for d in DELAYS)]
        async with self._connection.channel() as channel:
            queues = [await channel.get_queue(name, ensure=False) for name in names]
            for queue in queues[:-1]:
                await queue.purge(no_wait=True)
            await queues[-1].purge()


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[Service]:
    """The service of an application, consuming events, relaying, and doing its jobs; without HTTP."""
    service: Service = app.state.service
    await service.start()
    try:
        await eventually(lambda: _consumes(service))
        yield service
    finally:
        await service.stop()
        WATCH.service_started(service.database.mongodb.name)


async def _consumes(service: Service) -> bool:
    return bool(service.broker.subscribers) and all(getattr(s, "running", False) for s in service.broker.subscribers)


async def outcomes(service: Service, queue: str, *, of: int) -> dict[str, int]:
    """What became of the deliveries from a queue, once there were so many."""

    async def counted() -> dict[str, int] | None:
        found = {
            sample.labels["outcome"]: int(sample.value)
            for metric in service.telemetry.events.collect()
            for sample in metric.samples
            if sample.name.endswith("_total") and sample.labels["queue"] == queue and sample.value
        }
        return found if sum(found.values()) >= of else None

    return await eventually(counted)


Visit = Callable[..., Browser]


@pytest.fixture
async def visit() -> AsyncIterator[Visit]:
    """Opens browsers on applications inside the test process: ``visit(app, language="en")``."""
    opened: list[Browser] = []

    def visitor(app: FastAPI, language: str = "tr") -> Browser:
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        opened.append(Browser("http://127.0.0.1", language, transport))
        return opened[-1]

    yield visitor
    for browser in opened:
        await browser.client.aclose()
