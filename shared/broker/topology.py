"""Exchange, queues, retry and parking queues of the whole system; every service declares all of it at every start.

So an event published before a consumer's first start waits for it. One durable quorum queue per consumer and event
(``router.message.submitted``); per service one delay queue for each retry and one queue for what is parked.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel
from faststream.rabbit import ExchangeType, QueueType, RabbitExchange, RabbitQueue

from shared import events
from shared.events import Event

EVENTS = RabbitExchange("klu.events", type=ExchangeType.TOPIC, durable=True)

CONSUMERS: Mapping[str, tuple[type[Event], ...]] = {
    "intake": (events.CaseProgressed, events.CaseAnswered, events.CaseClosed),
    "router": (
        events.MessageSubmitted,
        events.AssignmentViewed,
        events.AssignmentDeclined,
        events.ReplySubmitted,
        events.LetterSent,
        events.LetterFailed,
    ),
    "replies": (
        events.AssignmentRequested,
        events.AssignmentRecalled,
        events.ReplyReturned,
        events.ReplyAccepted,
        events.CaseClosed,
    ),
    "notifier": (
        events.MessageSubmitted,
        events.ReceiptRequested,
        events.AssignmentInvited,
        events.ReplySubmitted,
        events.CaseAnswered,
        events.CaseClosed,
    ),
}
"""Who listens to what. A queue is bound only where it is listed: links and codes go nowhere else."""

PRODUCERS: Mapping[str, tuple[type[Event], ...]] = {
    "intake": (events.MessageSubmitted, events.ReceiptRequested),
    "router": (
        events.AssignmentRequested,
        events.AssignmentRecalled,
        events.ReplyReturned,
        events.ReplyAccepted,
        events.CaseProgressed,
        events.CaseAnswered,
        events.CaseClosed,
    ),
    "replies": (
        events.AssignmentInvited,
        events.AssignmentViewed,
        events.AssignmentDeclined,
        events.ReplySubmitted,
    ),
    "notifier": (events.LetterSent, events.LetterFailed),
}
"""Who says what; every event has one producer."""

KEPT = {"x-dead-letter-exchange": "", "x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"}
REDELIVERIES = 1000
"""Far above what restarts cause: attempts are counted in a header, this only stops a consumer that crashes for ever."""
LOOKS = 1_000_000_000
"""How often a parked event may be looked at: each look is a delivery, and RabbitMQ 4 drops after 20 unless told."""


def queue_name(service: str, event: type[Event]) -> str:
    """``router.message.submitted``."""
    return f"{service}.{event.type}"


def parked_name(service: str) -> str:
    """``router.parked``: what this service could not process, each with its reason."""
    return f"{service}.parked"


def retry_name(service: str, delay: float) -> str:
    """``router.retry.10s``: exchange and queue where an event waits for its next attempt."""
    return f"{service}.retry.{delay:g}s"


def work_queue(service: str, event: type[Event]) -> RabbitQueue:
    """The queue one service consumes one event from, as FastStream knows it (declared by ``declare`` alone)."""
    return RabbitQueue(
        queue_name(service, event), queue_type=QueueType.QUORUM, durable=True, declare=False, routing_key=event.type
    )


async def declare(
    url: str, delays: Sequence[float], *, consumers: Mapping[str, Iterable[type[Event]]] = CONSUMERS
) -> dict[str, int]:
    """Declare everything, over a connection of its own. Returns how many messages are ready in each queue.

    Raises when RabbitMQ is away or disagrees.
    """
    ready: dict[str, int] = {}
    connection = await aio_pika.connect(url, timeout=5)
    async with connection:
        channel = await connection.channel()
        exchange = await channel.declare_exchange(EVENTS.name, aio_pika.ExchangeType.TOPIC, durable=True)
        for service, heard in consumers.items():
            lot = await _declare_quorum(channel, parked_name(service), {"x-delivery-limit": LOOKS})
            ready[lot.name] = lot.declaration_result.message_count or 0
            for delay in delays:
                await _declare_retry(channel, service, delay)
            for event in heard:
                arguments = KEPT | {
                    "x-dead-letter-routing-key": parked_name(service),
                    "x-delivery-limit": REDELIVERIES,
                }
                queue = await _declare_quorum(channel, queue_name(service, event), arguments)
                await queue.bind(exchange, routing_key=event.type)
                ready[queue.name] = queue.declaration_result.message_count or 0
    return ready


async def _declare_retry(channel: AbstractChannel, service: str, delay: float) -> None:
    """An event published here with its queue's name as routing key comes back to that queue after ``delay`` seconds."""
    name = retry_name(service, delay)
    exchange = await channel.declare_exchange(name, aio_pika.ExchangeType.FANOUT, durable=True)
    queue = await _declare_quorum(channel, name, KEPT | {"x-message-ttl": round(delay * 1000)})
    await queue.bind(exchange)


async def _declare_quorum(
    channel: AbstractChannel, name: str, arguments: Mapping[str, Any]
) -> aio_pika.abc.AbstractQueue:
    return await channel.declare_queue(name, durable=True, arguments={"x-queue-type": "quorum", **arguments})
