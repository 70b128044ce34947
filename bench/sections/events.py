"""Events per second, out of the documents to the broker and from the broker into documents.

The relay is compared with plain aio-pika: the same bodies, persistent, mandatory, confirmed, to the same quorum queue,
as many in flight. It also takes each event out of its document. Consuming is compared with a plain consumer that
inserts one document for each event (``w: majority``) and acknowledges it.
"""

import asyncio
import gc
import time
from statistics import median
from uuid import uuid4

import aio_pika
import uvloop
from faststream.rabbit import Channel, RabbitBroker

from bench.figures import Figure, Goal
from bench.messages import body, scratch, submitted
from bench.system import BenchSystem, Profile
from scripts.local.processes import until
from scripts.local.setup_error import SetupError
from shared.broker.publishing import Publisher
from shared.broker.topology import EVENTS, queue_name
from shared.events import CONTENT_TYPE, MessageSubmitted, ReceiptRequested
from shared.relay import BATCH, Relay
from shared.signing import Signer
from shared.telemetry import Telemetry

COUNT = 3_000
PREFETCH = 20
GOAL = Goal(0.70, "more")


def measure(system: BenchSystem, profile: Profile) -> list[Figure]:
    """Both ways, each beside its baseline in turn."""
    gc.collect()
    gc.freeze()  # as a service does when it starts
    rates: dict[str, list[float]] = {name: [] for name in ("relay", "publisher", "router", "consumer")}
    for _ in range(profile.runs):
        rates["relay"].append(uvloop.run(relayed(system)))
        rates["publisher"].append(uvloop.run(published(system, ReceiptRequested)))
        system.empty_queues()
        rates["router"].append(opened(system))
        rates["consumer"].append(uvloop.run(consumed(system)))
        system.empty_queues()
    system.clear()
    relay, publisher, router, consumer = map(median, rates.values())
    return [
        Figure("events", "relayed, with the clear", relay, "/s", "plain aio-pika", publisher, GOAL),
        Figure("events", "cases opened by the router", router, "/s", "plain aio-pika and insert", consumer),
    ]


async def relayed(system: BenchSystem) -> float:
    """Events a second, until the last is taken out of its document."""
    channel = Channel(on_return_raises=True)
    async with (
        scratch(system.store("MongoDB").url) as documents,
        RabbitBroker(system.store("RabbitMQ").url, default_channel=channel, logger=None) as broker,
    ):
        await broker.start()
        relay = Relay(
            documents.database, Publisher(broker, timeout=30).publish_entries, Telemetry(), sweep_seconds=3600
        )
        await relay.publish_outbox()  # the first sweep, which finds nothing
        made = [submitted() for _ in range(COUNT)]
        await asyncio.gather(*(documents.add(message, announcing=receipt) for message, (_, receipt) in made))
        began = time.perf_counter()
        while await relay.publish_outbox():
            pass
        await relay.drain(60)
        took = time.perf_counter() - began
        if left := await documents.collection.count_documents({"outbox.0": {"$exists": True}}):
            raise SetupError(f"The relay left {left} of {COUNT} events.")
    return COUNT / took


async def published(system: BenchSystem, event: type[MessageSubmitted] | type[ReceiptRequested]) -> float:
    """Events a second by aio-pika alone, to the queues that want them."""
    signer = Signer(system.env_for("intake")["KLU_SIGNING_KEY"])
    bodies = [body(each, signer) for _ in range(COUNT) for each in submitted()[1] if isinstance(each, event)]
    async with await aio_pika.connect_robust(system.store("RabbitMQ").url) as connection:
        channel = await connection.channel(on_return_raises=True)
        exchange = await channel.get_exchange(str(EVENTS.name), ensure=False)
        began = time.perf_counter()
        for start in range(0, COUNT, BATCH):
            batch = bodies[start : start + BATCH]
            await asyncio.gather(*(exchange.publish(_message(b), event.type, mandatory=True) for b in batch))
        return COUNT / (time.perf_counter() - began)


def opened(system: BenchSystem) -> float:
    """Cases a second that the router's process opens from a full queue."""
    uvloop.run(published(system, MessageSubmitted))
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


async def consumed(system: BenchSystem) -> float:
    """Documents a second by a consumer that does nothing else."""
    await published(system, MessageSubmitted)
    done, finished = 0, asyncio.Event()

    async with (
        scratch(system.store("MongoDB").url) as documents,
        await aio_pika.connect_robust(system.store("RabbitMQ").url) as connection,
    ):
        kept = documents.collection.database["kept"]

        async def keep(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            nonlocal done
            await kept.insert_one({"_id": message.message_id, "body": message.body})
            await message.ack()
            done += 1
            if done == COUNT:
                finished.set()

        channel = await connection.channel()
        await channel.set_qos(prefetch_count=PREFETCH)
        queue = await channel.get_queue(queue_name("router", MessageSubmitted), ensure=False)
        began = time.perf_counter()
        tag = await queue.consume(keep)
        async with asyncio.timeout(120):
            await finished.wait()
        took = time.perf_counter() - began
        await queue.cancel(tag)
    return COUNT / took


def _message(body: bytes) -> aio_pika.Message:
    return aio_pika.Message(
        body,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        content_type=CONTENT_TYPE,
        message_id=str(uuid4()),
        correlation_id=str(uuid4()),
    )
