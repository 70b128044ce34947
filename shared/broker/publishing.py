"""Publishing that either is confirmed by the broker within its time or raises. Knows no documents' state."""

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
    """The broker did not confirm: the event is still owed, and may or may not have arrived."""


class PublishRefused(PublishFailed):
    """The broker answered, and said no: a queue is full, or none wants the event."""


class Publisher:
    """Persistent, mandatory, confirmed publishes, bounded in time.

    ``unheard`` has the events that some consumer has no queue for yet, each with that queue.
    """

    def __init__(self, broker: RabbitBroker, *, timeout: float, tracing: Tracing = OFF) -> None:
        self._broker = broker
        self._timeout = timeout
        self._tracing = tracing
        self._exchanges: dict[str, AbstractExchange] = {}
        self.missing_queues: Mapping[str, str] = {}

    async def publish_entries(self, entries: Sequence[OutboxEntry]) -> list[PublishFailed | None]:
        """Publish events that documents owe, together; in the order given, why each is still owed, or None.

        One time limit for all: to watch over each costs as much as a tenth of publishing it.
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
        """Under its own id, and not before all who are to hear of it can; in the trace it was announced in."""
        if queue := self.missing_queues.get(entry.type):
            raise PublishRefused(f"{queue} is not there yet")
        if entry.sealed:
            raise PublishRefused("it was sealed with another secret key")
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
        """Publish one message. Raises PublishFailed when it is unroutable, refused or not confirmed in time."""
        await confirmed(self._publish(body, exchange, routing_key, **properties), timeout=self._timeout)

    async def _publish(self, body: bytes, exchange: RabbitExchange, routing_key: str, **properties: Any) -> None:
        """Straight to the exchange: what FastStream does on the way there is for those who publish from handlers."""
        there = self._exchanges.get(exchange.name)
        if there is None:
            there = self._exchanges[exchange.name] = await self._broker.declare_exchange(exchange)
        message = Message(body, delivery_mode=DeliveryMode.PERSISTENT, **properties)
        await there.publish(message, routing_key, mandatory=True)


async def confirmed(publish: Awaitable[T], *, timeout: float) -> T:  # noqa: ASYNC109  # wait_for hides who cancelled
    """Wait for a confirm. A dying connection throws CancelledError at the waiter, which is a failure like another."""
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
