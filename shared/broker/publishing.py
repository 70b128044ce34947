"""Publishing. A publish is confirmed by the broker in time, or it fails. Knows no MongoDB."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, TypeVar

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractExchange
from aio_pika.exceptions import DeliveryError
from faststream.rabbit import RabbitBroker, RabbitExchange
from opentelemetry.trace import SpanKind

from shared.broker.topology import EVENTS
from shared.events import CONTENT_TYPE
from shared.outbox import OutboxEntry
from shared.tracing.spans import OFF, Tracing

T = TypeVar("T")


class PublishFailed(Exception):
    """The broker did not confirm the event, which may have arrived all the same."""


class PublishRefused(PublishFailed):
    """The broker refused the event: a queue is full, or no queue is bound for it."""


class NotYet(PublishFailed):
    """Nothing was sent: the first connection is awaited. At the start of a service that is no fault."""


class NoQueueYet(PublishRefused, NotYet):
    """Nothing was sent: a consumer has not created its queue. At the first start of a system that is no fault."""


class Publisher:
    """Persistent, mandatory, confirmed publishes, bounded in time.

    ``missing_queues`` maps the type of an event to a consumer's queue that does not exist yet; it is not published.
    """

    def __init__(self, broker: RabbitBroker, *, timeout: float, tracing: Tracing = OFF) -> None:
        self._broker = broker
        self._timeout = timeout
        self._tracing = tracing
        self._exchanges: dict[str, AbstractExchange] = {}
        self.missing_queues: Mapping[str, str] = {}

    async def publish_entries(self, entries: Sequence[OutboxEntry]) -> list[PublishFailed | None]:
        """Publish entries concurrently. Returns for each, in order, None when it is confirmed, else the error.

        All share one time limit: a limit for each would add a tenth to the cost of publishing.
        """
        sending = [asyncio.create_task(self._publish_entry(one)) for one in entries]
        try:
            if sending:
                await asyncio.wait(sending, timeout=self._timeout)
        finally:
            for late in sending:
                late.cancel()
        return [self._outcome(task) for task in sending]

    def _outcome(self, sent: asyncio.Task[None]) -> PublishFailed | None:
        if not sent.done():
            return _late(self._timeout)
        if sent.cancelled():
            return _lost()
        error = sent.exception()
        return _failed(error) if error else None

    async def _publish_entry(self, entry: OutboxEntry) -> None:
        """Publish one entry, in its trace. Raises NoQueueYet while the queue of a consumer is missing."""
        if queue := self.missing_queues.get(entry.type):
            raise NoQueueYet(f"the queue {queue} does not exist yet")
        if entry.sealed:
            raise PublishRefused("the event was sealed with another secret key")
        with (self._tracing if entry.traceparent else OFF).span(
            f"publish {entry.type}",
            SpanKind.PRODUCER,
            {
                "messaging.system": "rabbitmq",
                "messaging.operation.name": "publish",
                "messaging.operation.type": "send",
                "messaging.destination.name": f"{EVENTS.name}:{entry.type}",
                "messaging.rabbitmq.destination.routing_key": entry.type,
                "messaging.message.id": entry.id,
                "messaging.message.conversation_id": entry.correlation_id,
            },
            parent=entry.traceparent,
        ):
            await self._publish(
                entry.body.encode(),
                EVENTS,
                entry.type,
                message_id=entry.id,
                correlation_id=entry.correlation_id,
                content_type=CONTENT_TYPE,
                headers=self._tracing.headers(),
            )

    async def send(self, body: bytes, *, exchange: RabbitExchange, routing_key: str, **properties: Any) -> None:
        """Publish one message. Raises PublishFailed if it is unroutable, refused, or not confirmed in time."""
        await confirmed(self._publish(body, exchange, routing_key, **properties), timeout=self._timeout)

    async def _publish(self, body: bytes, exchange: RabbitExchange, routing_key: str, **properties: Any) -> None:
        """Publish with aio-pika: FastStream's own publish does work that only handlers need."""
        if self._broker._connection is None:
            raise NotYet("not connected yet")
        there = self._exchanges.get(exchange.name)
        if there is None:
            there = self._exchanges[exchange.name] = await self._broker.declare_exchange(exchange)
        message = Message(body, delivery_mode=DeliveryMode.PERSISTENT, **properties)
        await there.publish(message, routing_key, mandatory=True)


async def confirmed(publish: Awaitable[T], *, timeout: float) -> T:  # noqa: ASYNC109  # wait_for hides who cancelled
    """Wait for a confirm. Raises PublishFailed, also for the CancelledError that a lost connection raises here."""
    try:
        async with asyncio.timeout(timeout):
            return await publish
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise _lost() from error
    except TimeoutError as error:
        raise _late(timeout) from error
    except Exception as error:
        raise _failed(error) from error


def _lost() -> PublishFailed:
    return PublishFailed("the connection was lost while waiting for the confirm")


def _late(seconds: float) -> PublishFailed:
    return PublishFailed(f"not confirmed within {seconds:g} s")


def _failed(error: BaseException) -> PublishFailed:
    if isinstance(error, PublishFailed):
        return error
    return (PublishRefused if isinstance(error, DeliveryError) else PublishFailed)(repr(error))
