"""A publish is confirmed in its time, or it raises."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import aio_pika
import pytest
from faststream.rabbit import Channel, RabbitBroker, RabbitExchange

from shared.broker.publishing import NotYet, Publisher, PublishFailed, PublishRefused, confirmed
from shared.broker.topology import EVENTS
from tests.conftest import Broker
from tests.stack import Stack


@pytest.fixture
async def publisher(stack: Stack, broker: Broker) -> AsyncIterator[Publisher]:
    async with RabbitBroker(stack.rabbitmq_url, default_channel=Channel(on_return_raises=True), logger=None) as own:
        await own.start()
        yield Publisher(own, timeout=2)


async def test_a_publish_that_no_queue_wants_fails(publisher: Publisher) -> None:
    with pytest.raises(PublishRefused):
        await publisher.send(b"{}", exchange=EVENTS, routing_key="nobody.listens")


async def test_a_publish_that_the_queue_refuses_fails(publisher: Publisher, broker: Broker) -> None:
    name = f"full-{uuid4()}"
    full = await broker.channel.declare_queue(
        name, durable=True, arguments={"x-queue-type": "quorum", "x-max-length": 1, "x-overflow": "reject-publish"}
    )
    with pytest.raises(PublishRefused):
        for _ in range(50):
            await publisher.send(b"{}", exchange=RabbitExchange(""), routing_key=name)
    await full.delete(if_unused=False, if_empty=False)


async def test_a_publish_before_the_broker_was_reached_fails(stack: Stack) -> None:
    never_started = RabbitBroker(stack.rabbitmq_url, logger=None)
    with pytest.raises(NotYet):
        await Publisher(never_started, timeout=2).send(b"{}", exchange=EVENTS, routing_key="assignment.viewed")


async def test_a_confirm_that_does_not_come_is_not_waited_for_for_ever() -> None:
    with pytest.raises(PublishFailed, match="not confirmed within"):
        await confirmed(asyncio.Event().wait(), timeout=0.05)


async def test_the_cancelled_error_of_a_dead_connection_is_a_failure_like_another() -> None:
    async def dies() -> None:
        raise asyncio.CancelledError

    with pytest.raises(PublishFailed, match="connection was lost"):
        await confirmed(dies(), timeout=5)


async def test_a_publisher_that_is_itself_cancelled_ends() -> None:
    task = asyncio.create_task(confirmed(asyncio.Event().wait(), timeout=60))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_publish_is_persistent(publisher: Publisher, broker: Broker) -> None:
    await publisher.send(b"{}", exchange=EVENTS, routing_key="assignment.viewed", message_id="kept")
    message = await broker.take("router.assignment.viewed")
    assert message.delivery_mode == aio_pika.DeliveryMode.PERSISTENT
