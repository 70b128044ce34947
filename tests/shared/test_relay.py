"""The relay publishes every outbox entry, wherever a process crashes between write, publish and removal."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress

import pytest
from faststream.rabbit import Channel, RabbitBroker
from pymongo.errors import AutoReconnect

from scripts.eventually import eventually
from shared.broker.publishing import Publisher, PublishFailed
from shared.clock import utc_now
from shared.documents import Database, Documents
from shared.outbox import OutboxEntry
from shared.relay import Publish, Relay
from shared.telemetry import Telemetry
from tests.conftest import Broker
from tests.shared.test_documents import Counter, viewed
from tests.stack import Stack

QUEUE = "router.assignment.viewed"


@pytest.fixture
async def counters(database: Database) -> Documents[Counter]:
    made = Documents(database, "counters", Counter)
    await made.prepare()
    return made


@pytest.fixture
async def publish(stack: Stack) -> AsyncIterator[Publish]:
    async with RabbitBroker(stack.rabbitmq_url, default_channel=Channel(on_return_raises=True), logger=None) as own:
        await own.start()
        yield Publisher(own, timeout=5).publish_entries


@asynccontextmanager
async def relaying(documents: Documents[Counter], publish: Publish, sweep_seconds: float = 0.2) -> AsyncIterator[Relay]:
    relay = Relay(documents.database, publish, Telemetry(), sweep_seconds=sweep_seconds)
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def each(publish: Callable[[OutboxEntry], Awaitable[None]]) -> Publish:
    """Publish one entry after the other with this function."""

    async def published(unpublished: Sequence[OutboxEntry]) -> Sequence[BaseException | None]:
        return await asyncio.gather(*(publish(one) for one in unpublished), return_exceptions=True)

    return published


async def outbox_empty(documents: Documents[Counter]) -> bool:
    return not await documents.unpublished(before=utc_now(), limit=1)


async def test_a_write_wakes_the_relay_without_waiting_for_a_sweep(
    counters: Documents[Counter], broker: Broker, publish: Publish
) -> None:
    async with relaying(counters, publish, sweep_seconds=3600):
        await counters.add(Counter(), announcing=viewed())
        message = await broker.take(QUEUE)
        await eventually(lambda: outbox_empty(counters))
    assert (message.content_type, message.delivery_mode) == ("application/cloudevents+json", 2)
    assert (message.correlation_id, message.routing_key) == ("m1", "assignment.viewed")


async def test_an_event_is_published_after_a_crash_between_write_and_publish(
    counters: Documents[Counter], broker: Broker, publish: Publish
) -> None:
    await counters.add(Counter(), announcing=viewed())
    unpublished = (await counters.unpublished(before=utc_now(), limit=1))[0]
    async with relaying(counters, publish):
        message = await broker.take(QUEUE)
        await eventually(lambda: outbox_empty(counters))
    assert (message.message_id, message.body.decode()) == (unpublished.id, unpublished.body)


async def test_an_event_is_repeated_byte_for_byte_after_a_crash_between_publish_and_removal(
    counters: Documents[Counter], broker: Broker, publish: Publish
) -> None:
    await counters.add(Counter(), announcing=viewed())
    assert await publish(await counters.unpublished(before=utc_now(), limit=1)) == [None]
    async with relaying(counters, publish):
        await eventually(lambda: outbox_empty(counters))
    first, again = await broker.take(QUEUE), await broker.take(QUEUE)
    assert (first.message_id, first.body) == (again.message_id, again.body)


async def test_an_entry_stays_in_the_outbox_until_it_is_confirmed(counters: Documents[Counter], broker: Broker) -> None:
    tries: list[str] = []

    async def refuse_all(unpublished: OutboxEntry) -> None:
        tries.append(unpublished.id)
        raise PublishFailed("no")

    async with relaying(counters, each(refuse_all), sweep_seconds=0.05):
        await counters.add(Counter(), announcing=viewed())
        await eventually(lambda: _more_than(tries, 3))
    assert len(set(tries)) == 1
    assert not await outbox_empty(counters)


async def test_a_failing_publish_does_not_block_the_others_of_its_batch(
    counters: Documents[Counter], broker: Broker, publish: Publish
) -> None:
    async def some(unpublished: OutboxEntry) -> None:
        if "poor" in unpublished.body:
            raise PublishFailed("no")
        assert await publish([unpublished]) == [None]

    async with relaying(counters, each(some)):
        await counters.add(Counter(), announcing=[viewed("poor"), viewed("lucky")])
        message = await broker.take(QUEUE)
    assert b"lucky" in message.body


async def test_an_event_that_cannot_be_published_does_not_block_those_behind_it(
    counters: Documents[Counter], broker: Broker, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.relay.BATCH", 2)
    for number in range(5):
        await counters.add(Counter(id=f"poor{number}"), announcing=viewed("poor"))
    await counters.add(Counter(id="lucky"), announcing=viewed("lucky"))

    async def some(unpublished: OutboxEntry) -> None:
        if "poor" in unpublished.body:
            raise PublishFailed("no")
        assert await publish([unpublished]) == [None]

    async with relaying(counters, each(some), sweep_seconds=0.05):
        message = await broker.take(QUEUE)
    assert b"lucky" in message.body


async def test_leftovers_of_many_batches_are_each_published_once(
    counters: Documents[Counter], broker: Broker, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.relay.BATCH", 3)
    for number in range(10):
        await counters.add(Counter(id=str(number)), announcing=viewed(str(number)))
    tries: list[str] = []

    async def recorded(unpublished: OutboxEntry) -> None:
        tries.append(unpublished.id)
        assert await publish([unpublished]) == [None]

    async with relaying(counters, each(recorded)):
        await eventually(lambda: outbox_empty(counters))
    assert (len(tries), len(set(tries))) == (10, 10)


async def test_two_relays_at_once_lose_nothing(counters: Documents[Counter], broker: Broker, publish: Publish) -> None:
    for number in range(30):
        await counters.add(Counter(id=str(number), name=str(number)), announcing=viewed(str(number)))
    async with relaying(counters, publish), relaying(counters, publish):
        await eventually(lambda: outbox_empty(counters))
    published = {(await broker.take(QUEUE)).body for _ in range(await broker.count(QUEUE))}
    assert len(published) == 30


async def test_the_cancelled_error_of_a_lost_connection_does_not_end_the_relay(
    counters: Documents[Counter], broker: Broker, publish: Publish
) -> None:
    strays = [True, True]

    async def stray(unpublished: OutboxEntry) -> None:
        if strays:
            strays.pop()
            raise asyncio.CancelledError
        assert await publish([unpublished]) == [None]

    async with relaying(counters, each(stray)):
        await counters.add(Counter(), announcing=viewed())
        await eventually(lambda: outbox_empty(counters))
    assert not strays


async def test_a_database_that_is_away_at_the_end_does_not_keep_the_service_from_stopping(
    counters: Documents[Counter], broker: Broker, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = asyncio.Event()

    async def away(published: Iterable[OutboxEntry]) -> None:
        tried.set()
        raise AutoReconnect("gone")

    monkeypatch.setattr(counters, "mark_published", away)
    relay = Relay(counters.database, publish, Telemetry(), sweep_seconds=3600)
    await relay.publish_outbox()  # the first sweep, which finds nothing
    await counters.add(Counter(), announcing=viewed())
    await relay.publish_outbox()
    await relay.drain()
    assert tried.is_set()
    assert not await outbox_empty(counters)


async def _more_than(tries: list[str], number: int) -> bool:
    return len(tries) > number
