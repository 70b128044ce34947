"""Breaks what the plan says, sees that it is really broken, and mends it. A fault that was not seen does not count."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random
from typing import Any

import aio_pika
from aio_pika.abc import AbstractIncomingMessage

from scripts.chaos.diary import Diary
from scripts.chaos.plan import REDELIVERED, Plan, PlannedFault
from scripts.chaos.system import ChaosSystem, MailServer
from scripts.local import ports
from scripts.local.processes import until
from scripts.smtp_server import CUT, OK
from shared.broker.topology import EVENTS

STORES = ("RabbitMQ", "MongoDB")
MOODS = {"mail 4xx": "451 4.3.0 Try again later", "mail cut": CUT}
COPY = "x-copy"
LOST = (OSError, TimeoutError, aio_pika.exceptions.AMQPException, RuntimeError)
"""What the broker's end of a line raises when it is broken."""
SEEN_WITHIN = 60.0
LEFT_OUT = 1.0
"""Seconds between the last visitor and SIGTERM; in a cluster the pod's ``preStop`` waits so."""
GRACE = 30.0


class Faults:
    """The faults of one run; each kind of target has its own sequence, so that nothing is broken twice at once."""

    def __init__(self, plan: Plan, system: ChaosSystem, mail: MailServer, diary: Diary, seed: int) -> None:
        self._plan, self._system, self._mail, self._diary = plan, system, mail, diary
        self._dice = Random(f"copies {seed}")
        for fault in plan.faults:
            diary.injected[fault.name] += 0

    async def inject_all(self) -> None:
        """Everything that is planned, each at its time, one after the other; returns when all is well again."""
        began = time.monotonic()
        breaks = [fault for fault in self._plan.faults if fault.target]
        moods = [fault for fault in self._plan.faults if not fault.target and not fault.recipient]
        await asyncio.gather(self._one_by_one(breaks, began, self._break), self._one_by_one(moods, began, self._annoy))

    async def _one_by_one(
        self, faults: list[PlannedFault], began: float, inject: Callable[[PlannedFault], Awaitable[bool]]
    ) -> None:
        for fault in faults:
            await asyncio.sleep(max(0.0, began + fault.at - time.monotonic()))
            self._diary.injected[fault.name] += 1
            if await inject(fault):
                self._diary.observed[fault.name] += 1
            self._diary.moved()

    async def _break(self, fault: PlannedFault) -> bool:
        if fault.kind == "restart":
            return await self._restart(fault)
        if fault.target not in STORES:
            return await self._kill_service(fault)
        return await (self._freeze if fault.kind == "freeze" else self._kill_store)(fault)

    async def _kill_service(self, fault: PlannedFault) -> bool:
        process = self._system.services[fault.target]
        process.kill()
        died = process.returncode == -signal.SIGKILL
        await asyncio.sleep(fault.seconds)
        process.start()
        await asyncio.to_thread(process.wait_ready, 120)
        return died

    async def _restart(self, fault: PlannedFault) -> bool:
        """As an orchestrator does: first nobody is sent there any more, then SIGTERM, then the next one."""
        process, serving = self._system.services[fault.target], self._system.serving[fault.target.partition("-")[0]]
        serving.remove(self._system.address(fault.target))
        await asyncio.sleep(LEFT_OUT)
        await asyncio.to_thread(process.stop, GRACE)
        ended = process.returncode == -signal.SIGTERM
        process.start()
        await asyncio.to_thread(process.wait_ready, 120)
        serving.append(self._system.address(fault.target))
        return ended

    async def _kill_store(self, fault: PlannedFault) -> bool:
        store = self._system.store(fault.target)
        await asyncio.to_thread(store.kill)
        silent = not await asyncio.to_thread(self._system.answers, fault.target)
        await asyncio.sleep(fault.seconds)
        store.start()
        await asyncio.to_thread(store.wait_ready)
        return silent

    async def _freeze(self, fault: PlannedFault) -> bool:
        until = time.monotonic() + fault.seconds
        self._system.freeze(fault.target)
        try:
            silent = not await asyncio.to_thread(self._system.answers, fault.target)
            await asyncio.sleep(max(0.0, until - time.monotonic()))
        finally:
            self._system.thaw(fault.target)
        await asyncio.to_thread(self._system.store(fault.target).wait_ready)
        return silent

    async def _annoy(self, fault: PlannedFault) -> bool:
        """Change the mail server's reply until a letter has met it."""
        if fault.kind == "mail away":
            await self._mail.close()
            await asyncio.sleep(fault.seconds)
            gone = not ports.accepts(self._mail.port)
            await self._mail.open()
            return gone
        mood = MOODS[fault.kind]
        before = self._mail.met[mood]
        self._mail.mood = mood
        await asyncio.sleep(fault.seconds)
        met = await asyncio.to_thread(until, lambda: self._mail.met[mood] > before, SEEN_WITHIN, 0.1)
        self._mail.mood = OK
        return met

    def note_refusals(self) -> None:
        """In the end: whose letters were refused for good is decided by the address, and seen whenever they come."""
        refused = [fault for fault in self._plan.faults if fault.recipient]
        for fault in refused:
            self._diary.injected[fault.name] += 1
            self._diary.observed[fault.name] += fault.recipient in self._mail.refused

    async def redeliver(self) -> None:
        """Deliver a share of all events a second time, unchanged, for ever: a broker promises *at least once*."""
        while True:
            try:
                connection = await aio_pika.connect(self._system.store("RabbitMQ").url, timeout=5)
                async with connection:
                    await self._copy(connection)
            except LOST:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if task is None or task.cancelling():
                    raise

    async def _copy(self, connection: aio_pika.abc.AbstractConnection) -> None:
        channel = await connection.channel()
        exchange = await channel.get_exchange(str(EVENTS.name))
        tap = await channel.declare_queue(exclusive=True)
        await tap.bind(exchange, "#")

        async def copy(message: AbstractIncomingMessage) -> None:
            if COPY not in message.headers and self._dice.random() < REDELIVERED:
                with suppress(*LOST):
                    await exchange.publish(_copy_of(message), str(message.routing_key), timeout=5)
                    self._diary.injected["redeliver"] += 1

        await tap.consume(copy, no_ack=True)
        while True:  # a connection that was killed does not always say so
            await asyncio.sleep(1)
            async with asyncio.timeout(5):
                await channel.get_exchange(str(EVENTS.name), ensure=True)


def _copy_of(message: AbstractIncomingMessage) -> aio_pika.Message:
    given: dict[str, Any] = {"message_id": message.message_id, "correlation_id": message.correlation_id}
    return aio_pika.Message(
        message.body,
        headers={COPY: 1},
        content_type=message.content_type,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        **given,
    )
