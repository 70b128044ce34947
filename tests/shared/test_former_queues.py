"""Queues that only the version before consumed: nothing new goes in, and they go when that version has gone."""

from collections.abc import AsyncIterator
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractQueue

from shared.broker import topology
from shared.broker.topology import EVENTS, KEPT, REDELIVERIES, again_name, parked_name, retry_name
from shared.events import CaseClosed
from tests import examples as example
from tests.conftest import DELAYS, Broker
from tests.stack import Stack

NAME = "replies.case.closed"
LONG = 600.0
"""Seconds: longer than a test."""


@pytest.fixture
async def former(stack: Stack, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AbstractQueue]:
    """The queue as the version before declares it, where this one does not consume its events any more."""
    monkeypatch.setitem(topology.FORMER, "replies", (CaseClosed,))
    kept: dict[str, Any] = {"x-queue-type": "quorum", "x-dead-letter-exchange": parked_name("replies")}
    kept |= KEPT | {"x-delivery-limit": REDELIVERIES}
    connection = await aio_pika.connect(stack.rabbitmq_url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(NAME, durable=True, arguments=kept)
        await queue.bind(str(EVENTS.name), routing_key=CaseClosed.type)
        await queue.bind(again_name("replies"), routing_key=NAME)
        await queue.purge()
        yield queue
        await (await connection.channel()).queue_delete(NAME)
        await broker.purge()


async def there(stack: Stack) -> bool:
    connection = await aio_pika.connect(stack.rabbitmq_url)
    async with connection:
        return await topology._state_of(connection, NAME) is not None


async def start(stack: Stack) -> None:
    """What a process of this version does at its start."""
    await topology.declare(stack.rabbitmq_url, DELAYS, ["replies"])
    await topology.delete_former(stack.rabbitmq_url, "replies", DELAYS)


async def test_a_queue_that_nobody_consumes_goes_with_what_is_left_in_it(
    stack: Stack, broker: Broker, former: AbstractQueue
) -> None:
    await broker.publish(example.sealed(example.case_closed()))
    await start(stack)
    assert not await there(stack)
    await start(stack)  # and the next start finds nothing to do


async def test_a_process_of_the_version_before_keeps_its_queue_and_takes_what_is_in_it(
    stack: Stack, broker: Broker, former: AbstractQueue
) -> None:
    await broker.publish(example.sealed(example.case_closed()))
    async with former.iterator() as taken:
        await start(stack)
        assert await there(stack)
        await (await anext(taken)).ack()
        await broker.publish(example.sealed(example.case_closed()))
        assert await broker.count(NAME) == 0  # nothing new goes in
    await start(stack)
    assert not await there(stack)


async def test_what_waits_for_its_next_attempt_still_finds_its_queue(
    stack: Stack, broker: Broker, former: AbstractQueue
) -> None:
    waiting = retry_name("replies", LONG)
    await topology.declare(stack.rabbitmq_url, [LONG], ["replies"])
    exchange = await broker.channel.get_exchange(waiting)
    await exchange.publish(aio_pika.Message(b"{}", delivery_mode=2), NAME)
    await topology.delete_former(stack.rabbitmq_url, "replies", [LONG])
    assert await there(stack)
    await broker.channel.queue_delete(waiting)
    await broker.channel.exchange_delete(waiting)
