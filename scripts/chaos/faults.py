"""Breaks what the plan says, sees that it is really broken, and mends it. A fault that was not seen does not count."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from random import Random

import aio_pika
from aio_pika.abc import AbstractIncomingMessage

from scripts.chaos.plan import REDELIVERED, STORES, Diary, Plan, PlannedFault
from scripts.chaos.system import ChaosSystem, MailServer
from scripts.local import ports
from scripts.local.processes import until
from scripts.smtp_server import CUT, OK
from shared.broker.topology import EVENTS

REPLIES = {"mail 4xx": "451 4.3.0 Try again later", "mail cut": CUT}
COPY = "x-copy"
LOST = (OSError, TimeoutError, aio_pika.exceptions.AMQPException, RuntimeError)
SEEN_WITHIN = 60.0
LEFT_OUT = 1.0
"""Seconds between the last visitor and SIGTERM; in a cluster the pod's ``preStop`` waits so."""


class Faults:
    """The faults of one run. Those of processes and those of the mail server go on beside each other."""

    def __init__(self, plan: Plan, system: ChaosSystem, mail: MailServer, diary: Diary, seed: int) -> None:
        self._plan, self._system, self._mail, self._diary = plan, system, mail, diary
        self._dice = Random(f"copies {seed}")
        for fault in plan.faults:
            diary.injected[fault.name] += 0

    async def inject_all(self) -> None:
        breaks = [fault for fault in self._plan.faults if fault.target]
        mail = [fault for fault in self._plan.faults if not fault.target and not fault.recipient]
        await asyncio.gather(self._one_by_one(breaks, self._break), self._one_by_one(mail, self._break_mail))

    async def _one_by_one(self, faults: list[PlannedFault], inject: Callable[[PlannedFault], Awaitable[bool]]) -> None:
        began = time.monotonic()
        for fault in faults:
            await asyncio.sleep(max(0.0, began + fault.at - time.monotonic()))
            self._diary.injected[fault.name] += 1
            self._diary.observed[fault.name] += await inject(fault)
            self._diary.moved()

    async def _break(self, fault: PlannedFault) -> bool:
        if fault.target in STORES:
            return await self._break_store(fault)
        process, serving = self._system.services[fault.target], self._system.serving[fault.target.partition("-")[0]]
        address, kill = self._system.address(fault.target), fault.kind == "kill"
        if not kill:  # as an orchestrator does: first nobody is sent there any more, then SIGTERM
            serving.remove(address)
            await asyncio.sleep(LEFT_OUT)
        await asyncio.to_thread(process.kill if kill else process.stop)
        ended = process.returncode == -(signal.SIGKILL if kill else signal.SIGTERM)
        await asyncio.sleep(fault.seconds)
        process.start()
        await asyncio.to_thread(process.wait_ready, 120)
        serving += [] if kill else [address]
        return ended

    async def _break_store(self, fault: PlannedFault) -> bool:
        store, began, freeze = self._system.store(fault.target), time.monotonic(), fault.kind == "freeze"
        await asyncio.to_thread(partial(store.send, signal.SIGSTOP) if freeze else store.kill)
        try:
            silent = not await asyncio.to_thread(self._system.answers, fault.target)
            await asyncio.sleep(max(0.0, began + fault.seconds - time.monotonic()) if freeze else fault.seconds)
        finally:
            await asyncio.to_thread(partial(store.send, signal.SIGCONT) if freeze else store.start)
        await asyncio.to_thread(store.wait_ready)
        return silent

    async def _break_mail(self, fault: PlannedFault) -> bool:
        if fault.kind == "mail away":
            await self._mail.close()
            await asyncio.sleep(fault.seconds)
            gone = not ports.accepts(self._mail.port)
            await self._mail.open()
            return gone
        reply = self._mail.letter_reply = REPLIES[fault.kind]
        before = self._mail.met[reply]
        await asyncio.sleep(fault.seconds)
        met = await asyncio.to_thread(until, lambda: self._mail.met[reply] > before, SEEN_WITHIN, 0.1)
        self._mail.letter_reply = OK
        return met

    def note_refusals(self) -> None:
        """In the end: whose letters were refused for good is decided by the address, and seen whenever they come."""
        for fault in self._plan.faults:
            if fault.recipient:
                self._diary.injected[fault.name] += 1
                self._diary.observed[fault.name] += fault.recipient in self._mail.refused

    async def redeliver(self) -> None:
        """Deliver a share of all events a second time until it is cancelled: a broker promises *at least once*."""
        while True:
            try:
                async with await aio_pika.connect(self._system.store("RabbitMQ").url, timeout=5) as connection:
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
        copies = await channel.declare_queue(exclusive=True)
        await copies.bind(exchange, "#")

        async def copy(message: AbstractIncomingMessage) -> None:
            if COPY not in message.headers and self._dice.random() < REDELIVERED:
                again = aio_pika.Message(message.body, headers={COPY: 1}, message_id=message.message_id)
                again.content_type, again.correlation_id = message.content_type, message.correlation_id
                again.delivery_mode = aio_pika.DeliveryMode.PERSISTENT
                with suppress(*LOST):
                    await exchange.publish(again, str(message.routing_key), timeout=5)
                    self._diary.injected["redeliver"] += 1

        await copies.consume(copy, no_ack=True)
        while True:  # a connection that was killed does not always say so
            await asyncio.sleep(1)
            async with asyncio.timeout(5):
                await channel.get_exchange(str(EVENTS.name), ensure=True)
