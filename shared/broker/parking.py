"""The queues ``<service>.parked``: parked events are taken from there to be stored, and sent back to where they failed.

Nothing here can lose one: it leaves its queue when it is stored, and ``sending_again`` returns when the broker has it.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import AMQPException, ChannelNotFoundEntity

from shared.broker.consuming import PARKED_AT, QUEUE, REASON, attempts
from shared.broker.publishing import PublishFailed, PublishRefused, confirmed
from shared.broker.topology import CONSUMERS, again_name, parked_name
from shared.clock import Clock, utc_now
from shared.events import YEARS
from shared.parked import Parked, ParkedMessage

IN_HAND = 50
"""Parked events of one service that are taken from their queue together."""
LARGEST = 4 * 1024 * 1024
"""Bytes of a parked event that are kept. No event is as large; MongoDB's documents have a limit."""
LONGEST_REASON = 1000
TIMEOUT = 5.0
AWAY = (OSError, TimeoutError, AMQPException)

Keep = Callable[[Parked], Awaitable[None]]
"""Stores a parked event; the same one a second time changes nothing."""
Send = Callable[[Parked, ParkedMessage], Awaitable[None]]
"""Publishes a parked event to its queue. Raises BrokerAway, or PublishRefused when no queue wants it."""


class BrokerAway(Exception):
    """RabbitMQ is out of reach."""


class ParkedQueues:
    """The queues of parked events of all services, over one connection, which is opened anew when it is lost.

    They are asked how many wait, not consumed: RabbitMQ does not always tell a consumer that its queue was deleted.
    """

    def __init__(self, url: str, *, clock: Clock = utc_now) -> None:
        self._url, self._clock = url, clock
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None

    async def move(self, keep: Keep) -> int:
        """Store what waits now, of each service as much as is taken together. Returns how many events.

        Raises BrokerAway, or what ``keep`` raises: then the broker has back what is not stored.
        """
        try:
            return sum([await self._move(service, keep) for service in CONSUMERS])
        except AWAY as error:
            await self.close()
            raise BrokerAway(type(error).__name__) from error
        except (Exception, asyncio.CancelledError):
            await self.close()
            raise

    async def close(self) -> None:
        """Let go; what is in hand goes back."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection:
            with suppress(*AWAY):
                async with asyncio.timeout(1):
                    await connection.close()

    async def _move(self, service: str, keep: Keep) -> int:
        try:
            taken = await take(await self._opened(), parked_name(service), IN_HAND)
        except ChannelNotFoundEntity:  # a service that never started has no queue
            return 0
        now = self._clock()
        kept = await asyncio.gather(*(keep(_read(service, one, now)) for one in taken), return_exceptions=True)
        for message, failure in zip(taken, kept, strict=True):
            if failure is None:
                await message.ack()
        for failure in filter(None, kept):
            raise failure
        return len(taken)

    async def _opened(self) -> AbstractChannel:
        if self._connection is None or self._connection.is_closed:
            self._connection = await aio_pika.connect(self._url, timeout=TIMEOUT)
        if self._channel is None or self._channel.is_closed:
            self._channel = await self._connection.channel()
        return self._channel


@asynccontextmanager
async def sending_again(url: str) -> AsyncIterator[Send]:
    """Send parked events to their queues once more, each under its own id and with all its attempts."""
    try:
        connection = await aio_pika.connect(url, timeout=TIMEOUT)
    except AWAY as error:
        raise BrokerAway(type(error).__name__) from error
    async with connection:
        channel = await connection.channel(on_return_raises=True)

        async def send(parked: Parked, message: ParkedMessage) -> None:
            exchange = await channel.get_exchange(again_name(parked.service), ensure=False)
            publish = exchange.publish(_again(parked, message), parked.queue, mandatory=True)
            try:
                await confirmed(publish, timeout=TIMEOUT)
            except PublishRefused:
                raise
            except PublishFailed as error:
                raise BrokerAway(str(error)) from error

        yield send


async def take(channel: AbstractChannel, queue: str, most: int) -> list[AbstractIncomingMessage]:
    """What waits in a queue now; it goes back at the latest when the channel is closed."""
    found = await channel.get_queue(queue, ensure=False)
    waiting = min(most, await _ready(channel, queue))
    taken = [await found.get(fail=False, timeout=TIMEOUT) for _ in range(waiting)]
    return [message for message in taken if message]


async def give_back(taken: Iterable[AbstractIncomingMessage]) -> None:
    """A broken line gives back by itself."""
    with suppress(AMQPException, OSError, RuntimeError):
        for message in taken:
            await message.nack(requeue=True)


async def _ready(channel: AbstractChannel, queue: str) -> int:
    declared = await channel.declare_queue(queue, passive=True, timeout=TIMEOUT)
    return declared.declaration_result.message_count or 0


def _again(parked: Parked, message: ParkedMessage) -> aio_pika.Message:
    return aio_pika.Message(
        message.body,
        headers=dict(message.headers),
        message_id=parked.event_id,
        correlation_id=parked.correlation_id,
        content_type=message.content_type,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )


def _read(service: str, message: AbstractIncomingMessage, now: datetime) -> Parked:
    """The broker notes no more than the second at which it parked an event, too coarse to tell one time from the next:
    such an event is parked now. At worst, after a crash, it is there twice.
    """
    headers, event_id = message.headers, message.message_id or ""
    queue = str(headers.get(QUEUE) or headers.get("x-first-death-queue") or "")
    at = _time(headers.get(PARKED_AT))
    since = at or now
    travels = {k: v for k, v in headers.items() if not k.startswith("x-") and isinstance(v, str | int)}
    return Parked(
        id=hashlib.sha256(f"{queue} {event_id} {since.isoformat()}".encode()).hexdigest(),
        service=service,
        event_id=event_id,
        correlation_id=message.correlation_id or "",
        queue=queue,
        reason=_reason(headers, message.body)[:LONGEST_REASON],
        attempts=attempts(headers),
        since=since,
        by_broker=at is None,
        message=ParkedMessage(message.body[:LARGEST], message.content_type, travels).dump(),
    )


def _reason(headers: Mapping[str, Any], body: bytes) -> str:
    cut = f"(cut to {LARGEST} bytes) " if len(body) > LARGEST else ""
    return cut + str(headers.get(REASON) or headers.get("x-first-death-reason") or "")


def _time(value: Any) -> datetime | None:
    """A header is anybody's word: a time that no page could show counts as none."""
    with suppress(ValueError):
        at = datetime.fromisoformat(str(value))
        return at if at.tzinfo and at.year in YEARS else None
    return None
