"""Events per second, out of the documents to the broker and from the broker into documents.

The relay is compared with plain aio-pika: the same bodies, persistent, mandatory, confirmed, to the same quorum queue,
as many in flight. It also takes each event out of its document. Consuming is compared with a plain consumer that
inserts one document for each event (``w: majority``) and acknowledges it.
"""

import asyncio
import gc
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import aio_pika
from faststream.rabbit import Channel, RabbitBroker

from bench.figures import Figure, Goal, middle
from bench.profile import Profile
from bench.system import BenchSystem, on_a_loop
from scripts.local.processes import until
from scripts.local.setup_error import SetupError
from services.intake.api import EXAMPLE
from services.intake.domain import Message, Submission, new_reference, submit
from shared.broker.publishing import Publisher
from shared.broker.topology import EVENTS, queue_name
from shared.clock import clock
from shared.documents import Database, Documents, connect
from shared.events import CONTENT_TYPE, Event, MessageSubmitted, ReceiptRequested, envelope
from shared.relay import BATCH, Relay
from shared.seal import Seal
from shared.telemetry import Telemetry

SECTION = "events"
COUNT = 3_000
PREFETCH = 20
GOAL = Goal(0.70, "more")
SUBMISSION = Submission.model_validate({k: v for k, v in EXAMPLE.items() if k in Submission.model_fields})


def measure(system: BenchSystem, profile: Profile) -> list[Figure]:
    """Both ways, each beside its baseline in turn."""
    gc.collect()
    gc.freeze()  # as a service does when it starts
    published: list[tuple[float, float]] = []
    consumed: list[tuple[float, float]] = []
    for _ in range(profile.runs):
        published.append((on_a_loop(relayed(system)), on_a_loop(plainly_published(system))))
        system.empty_queues()
        consumed.append((opened(system), on_a_loop(plainly_consumed(system))))
        system.empty_queues()
    system.clear()
    relay, publisher = (middle(run[n] for run in published) for n in (0, 1))
    router, consumer = (middle(run[n] for run in consumed) for n in (0, 1))
    return [
        Figure(SECTION, "relayed, with the clear", relay, "/s", "plain aio-pika", publisher, GOAL),
        Figure(SECTION, "cases opened by the router", router, "/s", "plain aio-pika and insert", consumer),
    ]


async def relayed(system: BenchSystem) -> float:
    """Events a second, until the last is taken out of its document."""
    mongodb = connect(system.store("MongoDB").url, "klu_bench")
    database = Database(mongodb, source="intake", seal=Seal("a secret key of this measurement alone"))
    documents = Documents(database, "messages", Message)
    await documents.prepare()
    async with RabbitBroker(
        system.store("RabbitMQ").url, default_channel=Channel(on_return_raises=True), logger=None
    ) as broker:
        await broker.start()
        relay = Relay(database, Publisher(broker, timeout=30).publish_entries, Telemetry(), sweep_seconds=3600)
        await relay.publish_outbox()  # the first sweep, which finds nothing
        made = [_submitted() for _ in range(COUNT)]
        await asyncio.gather(*(documents.add(message, announcing=receipt) for message, (_, receipt) in made))
        began = time.perf_counter()
        while await relay.publish_outbox():
            pass
        await relay.drain(60)
        took = time.perf_counter() - began
    left = await documents.collection.count_documents({"outbox.0": {"$exists": True}})
    await mongodb.client.drop_database(mongodb.name)
    mongodb.client.close()
    if left:
        raise SetupError(f"The relay left {left} of {COUNT} events.")
    return COUNT / took


async def plainly_published(system: BenchSystem) -> float:
    """The same events by aio-pika alone."""
    bodies = [_body(_submitted()[1][1]) for _ in range(COUNT)]
    async with await aio_pika.connect_robust(system.store("RabbitMQ").url) as connection:
        channel = await connection.channel(on_return_raises=True)
        exchange = await channel.get_exchange(str(EVENTS.name), ensure=False)
        began = time.perf_counter()
        for start in range(0, COUNT, BATCH):
            batch = bodies[start : start + BATCH]
            await asyncio.gather(*(_publish(exchange, body, ReceiptRequested) for body in batch))
        return COUNT / (time.perf_counter() - began)


def opened(system: BenchSystem) -> float:
    """Cases a second that the router's process opens from a full queue."""
    on_a_loop(fill(system))
    with system.mongo() as client:
        cases = client["klu_router"]["cases"]
        before = cases.estimated_document_count()
        system.start_services("router")
        first = cases.estimated_document_count()
        began = time.perf_counter()
        if not until(lambda: cases.estimated_document_count() >= before + COUNT, 120, pause=0.02):
            raise SetupError("The router did not open all cases within two minutes.")
        took = time.perf_counter() - began
    system.at_rest()
    system.stop_services()
    return (before + COUNT - first) / took


async def plainly_consumed(system: BenchSystem) -> float:
    """Documents a second by a consumer that does nothing else."""
    await fill(system)
    database = connect(system.store("MongoDB").url, "klu_bench")
    done, finished = 0, asyncio.Event()

    async def keep(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        nonlocal done
        await database["kept"].insert_one({"_id": message.message_id, "body": message.body})
        await message.ack()
        done += 1
        if done == COUNT:
            finished.set()

    async with await aio_pika.connect_robust(system.store("RabbitMQ").url) as connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=PREFETCH)
        queue = await channel.get_queue(queue_name("router", MessageSubmitted), ensure=False)
        began = time.perf_counter()
        tag = await queue.consume(keep)
        async with asyncio.timeout(120):
            await finished.wait()
        took = time.perf_counter() - began
        await queue.cancel(tag)
    await database.client.drop_database(database.name)
    database.client.close()
    return COUNT / took


async def fill(system: BenchSystem) -> None:
    """Put so many messages before the router."""
    async with await aio_pika.connect_robust(system.store("RabbitMQ").url) as connection:
        channel = await connection.channel(on_return_raises=True)
        exchange = await channel.get_exchange(str(EVENTS.name), ensure=False)
        bodies = [_body(_submitted()[1][0]) for _ in range(COUNT)]
        for start in range(0, COUNT, BATCH):
            batch = bodies[start : start + BATCH]
            await asyncio.gather(*(_publish(exchange, body, MessageSubmitted) for body in batch))


async def _publish(exchange: Any, body: bytes, event: type[Event]) -> None:
    message = aio_pika.Message(
        body,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        content_type=CONTENT_TYPE,
        message_id=str(uuid4()),
        correlation_id=str(uuid4()),
    )
    await exchange.publish(message, event.type, mandatory=True)


def _submitted() -> tuple[Message, Sequence[Event]]:
    now = clock()
    message_id, code = str(uuid4()), uuid4().hex
    return submit(
        SUBMISSION,
        message_id=message_id,
        reference=f"{new_reference(now)}-{code[:6]}",
        code=code,
        base_url="http://127.0.0.1:8001",
        language="tr",
        now=now,
    )


def _body(event: Event) -> bytes:
    sealed = envelope(event, event_id=str(uuid4()), source="intake", at=clock())
    return sealed.model_dump_json(exclude_none=True).encode()
