"""The events in the queues: read for a backup, put back by a restore. Knows no databases."""

import base64
from collections.abc import Iterable, Sequence
from typing import Any

import aio_pika
from aio_pika.abc import AbstractIncomingMessage

from shared.broker.parking import give_back, take
from shared.broker.publishing import confirmed
from shared.broker.topology import CONSUMERS, again_name, declare, parked_name, queue_name, retry_name

TIMEOUT = 10.0
EVERYTHING = 1_000_000_000
Waiting = dict[str, Any]
"""One event: its ``service``, whether it is ``parked``, and the AMQP message."""


async def look(url: str, delays: Sequence[float]) -> list[Waiting]:
    """Read all events in the queues of all services: take them unacknowledged, then requeue them.

    Delay and parking queues are read first: an event that leaves them meanwhile is found in its work queue.
    """
    found, observed = [], []
    async with await aio_pika.connect(url, timeout=TIMEOUT) as connection:
        channel = await connection.channel()
        for service in CONSUMERS:
            rooms = [*(retry_name(service, delay) for delay in delays), parked_name(service)]
            for queue in [*rooms, *(queue_name(service, event) for event in CONSUMERS[service])]:
                taken = await take(channel, queue, most=EVERYTHING)
                found += [_kept(service, message, parked=queue == parked_name(service)) for message in taken]
                observed += taken
        await give_back(observed)
    return found


async def put_back(url: str, delays: Sequence[float], waiting: Iterable[Waiting]) -> int:
    """Declare the whole topology, and put parked events into parking queues, the others into work queues."""
    await declare(url, delays, CONSUMERS)
    count = 0
    async with await aio_pika.connect(url, timeout=TIMEOUT) as connection:
        channel = await connection.channel(on_return_raises=True)
        for one in waiting:
            name = parked_name(one["service"]) if one["parked"] else again_name(one["service"])
            exchange = await channel.get_exchange(name, ensure=False)
            publish = exchange.publish(_message(one), one["routing_key"], mandatory=True)
            await confirmed(publish, timeout=TIMEOUT)
            count += 1
    return count


def union(*looks: Iterable[Waiting]) -> list[Waiting]:
    """Each event once for each place (service, parked or not); a later reading replaces an earlier one."""
    return list({(one["service"], one["parked"], one["message_id"]): one for look in looks for one in look}.values())


def _kept(service: str, message: AbstractIncomingMessage, *, parked: bool) -> Waiting:
    headers = {name: value for name, value in message.headers.items() if isinstance(value, str | int)}
    key = message.routing_key or ""
    return {
        "service": service,
        "parked": parked,
        "routing_key": key if parked or key.startswith(f"{service}.") else f"{service}.{key}",
        "message_id": message.message_id,
        "correlation_id": message.correlation_id,
        "content_type": message.content_type,
        "headers": headers,
        "body": base64.b64encode(message.body).decode(),
    }


def _message(one: Waiting) -> aio_pika.Message:
    return aio_pika.Message(
        base64.b64decode(one["body"]),
        headers=one["headers"],
        message_id=one["message_id"],
        correlation_id=one["correlation_id"],
        content_type=one["content_type"],
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )
