"""The parking lots: what no service could process waits there, until somebody looks at it and decides.

To look at a parked event is to take it and give it back, so nothing here can lose one: an event leaves its lot only
after the broker has confirmed it elsewhere and the deed was recorded.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aio_pika.exceptions import AMQPException

from shared.broker.consuming import ATTEMPT, PARKED_AT, QUEUE, REASON
from shared.broker.publishing import PublishFailed, confirmed
from shared.broker.topology import CONSUMERS, again_name, parked_name
from shared.parked import Parked, ParkedFilter

MOST = 10_000
"""Parked events that are looked at together; those behind them wait for their turn."""
TIMEOUT = 5.0
BACK = 1.0
"""Seconds for the members of a broker to agree that an event is back; another look may have taken it meanwhile."""

log = structlog.get_logger()
Note = Callable[[Parked], Awaitable[None]]
"""Keeps the entry that says who did this, and why."""


class BrokerAway(Exception):
    """RabbitMQ is out of reach: nothing was taken out of a parking lot."""


class ParkingLot:
    """The parking lots of all services. Every call opens a connection of its own. Raises BrokerAway."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def look(self, chosen: ParkedFilter = ParkedFilter(), *, most: int = MOST) -> list[Parked]:  # noqa: B008  # frozen
        """Those that are meant, the oldest first."""
        async with self._held(chosen, most) as (_, held):
            return [parked for parked, _ in held]

    async def redrive(self, chosen: ParkedFilter, note: Note) -> list[Parked]:
        """Send them to their queues once more, each under its own id and with all its attempts. Returns those gone."""
        gone = []
        async with self._held(chosen, MOST) as (channel, held):
            for parked, message in held:
                exchange = await channel.get_exchange(again_name(parked.service), ensure=False)
                publish = exchange.publish(_again(message), parked.queue, mandatory=True)
                try:
                    await confirmed(publish, timeout=TIMEOUT)
                except PublishFailed as error:
                    log.warning("event stays parked", event_id=parked.event_id, queue=parked.queue, error=str(error))
                    continue
                await note(parked)
                await message.ack()
                gone.append(parked)
        return gone

    async def discard(self, chosen: ParkedFilter, note: Note) -> list[Parked]:
        """Throw them away. Returns them."""
        async with self._held(chosen, MOST) as (_, held):
            for parked, message in held:
                await note(parked)
                await message.ack()
            return [parked for parked, _ in held]

    @asynccontextmanager
    async def _held(
        self, chosen: ParkedFilter, most: int
    ) -> AsyncIterator[tuple[AbstractChannel, list[tuple[Parked, AbstractIncomingMessage]]]]:
        """Those that are meant, taken by nobody else meanwhile; what is not acknowledged goes back at the end."""
        try:
            connection = await aio_pika.connect(self._url, timeout=TIMEOUT)
            async with connection:
                channel = await connection.channel(on_return_raises=True)
                services = [service for service in CONSUMERS if chosen.service in ("", service)]
                taken = [pair for service in services for pair in await _take(channel, service, most)]
                try:
                    yield channel, sorted((pair for pair in taken if chosen.matches(pair[0])), key=_age)
                finally:
                    kept = Counter(parked_name(parked.service) for parked, message in taken if not message.processed)
                    await give_back(message for _, message in taken)
                    await _until_back(channel, kept)
        except (OSError, TimeoutError, AMQPException) as error:
            raise BrokerAway(type(error).__name__) from error


async def _take(channel: AbstractChannel, service: str, most: int) -> Sequence[tuple[Parked, AbstractIncomingMessage]]:
    """Only what is there now: an event that is re-driven may be back at the end of the lot before we are."""
    return [(_read(service, message), message) for message in await take(channel, parked_name(service), most)]


async def take(channel: AbstractChannel, queue: str, most: int = MOST) -> list[AbstractIncomingMessage]:
    """What waits in a queue now, to be given back, at the latest by the end of the connection."""
    found = await channel.get_queue(queue, ensure=False)
    waiting = min(most, await _ready(channel, queue))
    taken = [await found.get(fail=False, timeout=TIMEOUT) for _ in range(waiting)]
    return [message for message in taken if message]


async def give_back(taken: Iterable[AbstractIncomingMessage]) -> None:
    """What was acknowledged is gone; a broken line gives back by itself."""
    with suppress(AMQPException, OSError, RuntimeError):
        for message in taken:
            if not message.processed:
                await message.nack(requeue=True)


async def _until_back(channel: AbstractChannel, kept: Mapping[str, int]) -> None:
    """Whoever looks next finds it again."""
    with suppress(AMQPException, OSError, RuntimeError):
        async with asyncio.timeout(BACK):
            for queue, count in kept.items():
                while await _ready(channel, queue) < count:  # noqa: ASYNC110  # a broker tells nobody
                    await asyncio.sleep(0.01)


async def _ready(channel: AbstractChannel, queue: str) -> int:
    declared = await channel.declare_queue(queue, passive=True, timeout=TIMEOUT)
    return declared.declaration_result.message_count or 0


def _again(message: AbstractIncomingMessage) -> aio_pika.Message:
    return aio_pika.Message(
        message.body,
        headers={name: value for name, value in message.headers.items() if not name.startswith("x-")},
        message_id=message.message_id,
        correlation_id=message.correlation_id,
        content_type=message.content_type,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )


def _read(service: str, message: AbstractIncomingMessage) -> Parked:
    headers = message.headers
    at = headers.get(PARKED_AT)
    return Parked(
        service=service,
        event_id=message.message_id or "",
        correlation_id=message.correlation_id or "",
        queue=str(headers.get(QUEUE) or headers.get("x-first-death-queue") or ""),
        reason=str(headers.get(REASON) or headers.get("x-first-death-reason") or ""),
        attempts=_number(headers.get(ATTEMPT)),
        at=datetime.fromisoformat(str(at)) if at else None,
        body=message.body,
    )


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _age(pair: tuple[Parked, Any]) -> datetime:
    return pair[0].at or datetime.min.replace(tzinfo=UTC)
