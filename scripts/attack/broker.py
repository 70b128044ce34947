"""Attacks with one service's log-in at the broker."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

import aio_pika
from aio_pika.abc import AbstractChannel, HeadersType
from aio_pika.exceptions import AMQPError

from scripts.attack.target import Target
from scripts.eventually import eventually
from shared.broker.topology import EVENTS, again_name, parked_name, retry_name

Way = Callable[[AbstractChannel], Awaitable[None]]
STRANGER, LINK = "victim@example.org", "https://evil.example/pay"


async def forged_event(target: Target) -> str:
    """intake's log-in says case.answered, by six ways round its topic rights"""
    ways: dict[str, Way] = {
        "publish": partial(_to, exchange=str(EVENTS.name)),
        "own exchange": _own_exchange,
        "exchange of its own part": _given_exchange,
        "retry queue of another": partial(_to, exchange=retry_name("notifier", 5.0)),
        "sent again": partial(_to, exchange=again_name("notifier")),
        "queue of another": partial(_to, exchange="", key="notifier.case.answered"),
    }
    through = []
    for name, way in ways.items():
        connection = await aio_pika.connect(target.store("RabbitMQ").url_for("intake"))
        try:
            async with connection:
                await way(await connection.channel())
            through.append(name)
        except (AMQPError, OSError):
            continue
    letters = await _letters(target, expected=bool(through))
    parked = await _parked(target) if through else 0
    taken = f"{len(through)} of {len(ways)} ways open ({', '.join(through) or 'none'})"
    return f"{taken}; {letters} letters left, {parked} events parked"


async def _own_exchange(channel: AbstractChannel) -> None:
    own = await channel.declare_exchange("intake.attack", aio_pika.ExchangeType.TOPIC)
    await (await channel.get_exchange(str(EVENTS.name))).bind(own, "#")
    await _to(channel, own.name)


async def _given_exchange(channel: AbstractChannel) -> None:
    own = await channel.get_exchange(parked_name("intake"))
    await (await channel.get_exchange(str(EVENTS.name))).bind(own, "#")
    await _to(channel, own.name)
    await (await channel.get_exchange(str(EVENTS.name))).unbind(own, "#")


async def _to(channel: AbstractChannel, exchange: str, key: str = "case.answered") -> None:
    target = await channel.get_exchange(exchange) if exchange else channel.default_exchange
    event_id = str(uuid4())
    headers: HeadersType = {"x-queue": "notifier.case.answered"}
    message = aio_pika.Message(_event(event_id), message_id=event_id, headers=headers)
    message.content_type = "application/cloudevents+json"
    await target.publish(message, key, mandatory=True)


def _event(event_id: str) -> bytes:
    now = datetime.now(UTC).isoformat()
    data = {
        "message_id": str(uuid4()),
        "reference": "26-ABCD-EF",
        "answer": f"Ödemeniz için: {LINK}",
        "submitter": {"email": STRANGER},
        "revision": 9,
        "answered_at": now,
    }
    about = {
        "id": event_id,
        "source": "/klu/router",
        "type": "case.answered",
        "time": now,
        "subject": data["message_id"],
    }
    envelope = {"specversion": "1.0", **about, "correlationid": data["message_id"], "data": data}
    return json.dumps(envelope).encode()


async def _letters(target: Target, *, expected: bool) -> int:
    if expected:

        async def arrived() -> bool:
            return bool(target.mail.to(STRANGER) or _stored(target))

        await eventually(arrived, within=30)
    return len(target.mail.to(STRANGER))


def _stored(target: Target) -> int:
    with target.mongo() as client:
        return client["klu_router"]["parked"].count_documents({})


async def _parked(target: Target) -> int:
    async with await aio_pika.connect(target.store("RabbitMQ").url) as connection:
        queue = await (await connection.channel()).get_queue(parked_name("notifier"))
        return _stored(target) + (queue.declaration_result.message_count or 0)
