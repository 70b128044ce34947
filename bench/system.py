"""The private system that is measured: stores of its own, the services as real processes, the floor beside them."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import aio_pika
import pymongo
import uvloop
from bson import json_util

from bench import load
from scripts.chaos.evidence import COLLECTIONS
from scripts.chaos.system import DATABASES
from scripts.local import ports, seeds
from scripts.local.processes import Process, until
from scripts.local.setup_error import SetupError
from scripts.local.system import Fleet
from shared.broker.topology import CONSUMERS, parked_name, queue_name

T = TypeVar("T")
SEEDED = ("units", "users")
"""Collections that a first start fills."""
SETTLED_WITHIN = 120.0
MOST = 4
"""Replicas of each service."""


class BenchSystem(Fleet):
    """A fleet with the settings an institution starts with. Stores stay up; services come and go."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, {"KLU_LOG_FORMAT": "json"}, replicas=MOST)
        self.scale(1)
        self._floor: Process | None = None

    def set_up(self) -> None:
        """Both stores, with every queue, every index, the units and the demo users: no service waits for another."""
        self.start_stores()
        assert self.env["KLU_SECRET_KEY"]  # made up once, before several ask for it
        with ThreadPoolExecutor() as at_once:
            list(at_once.map(lambda service: self.command(service, ["prepare"]), DATABASES))
        seeds.plant(self)

    def scale(self, replicas: int) -> None:
        """From the next start on, run so many of each service: at most as many as were asked for at first."""
        self._replicas = replicas
        self.serving = {service: [self.address(name) for name in self.names(service)] for service in DATABASES}

    def stop_services(self) -> None:
        """End all processes of the services; the stores go on."""
        for process in self.services.values():
            process.terminate()
        for process in self.services.values():
            process.stop()
        self.services.clear()

    def clear(self) -> None:
        """No services, no documents, no events: as after ``lay``."""
        self.stop_services()
        self.empty_queues()
        with self.mongo() as client:
            for database in DATABASES.values():
                for name in client[database].list_collection_names():
                    if name not in SEEDED:
                        client[database][name].delete_many({})

    def mongo(self) -> "pymongo.MongoClient[Any]":
        """For whoever may do everything."""
        return pymongo.MongoClient(self.store("MongoDB").url)

    def at_rest(self) -> float:
        """Wait until no document owes an event; seconds that took. Raises Trouble after two minutes."""
        began = time.perf_counter()
        with self.mongo() as client:
            kept = [client[DATABASES[service]][name] for service, name in COLLECTIONS.items()]
            if not until(lambda: not any(c.find_one({"outbox.at": {"$exists": True}}) for c in kept), SETTLED_WITHIN):
                raise SetupError("Events are still owed; is the broker well?")
        return time.perf_counter() - began

    def empty_queues(self) -> None:
        """Drop every event that waits for a service that does not run."""
        queues = [queue_name(service, event) for service in CONSUMERS for event in CONSUMERS[service]]

        async def purge() -> None:
            async with await aio_pika.connect(self.store("RabbitMQ").url, timeout=5) as connection:
                channel = await connection.channel()
                for name in [*queues, *map(parked_name, CONSUMERS)]:
                    await (await channel.get_queue(name, ensure=False)).purge()

        asyncio.run(purge())

    def start_floor(self, document: dict[str, Any]) -> Process:
        """The floor, ready to keep copies of this document. Its address is ``floor``."""
        kept = self.folder / "document.json"
        kept.write_text(json_util.dumps(document))
        port = ports.free(["floor"])["floor"]
        self.floor = f"http://{ports.HOST}:{port}"
        told = [str(port), self.store("MongoDB").url, "klu_floor", str(kept)]
        self._floor = self._process("floor", "bench.floor", told, self.env, lambda: ports.accepts(port))
        self._floor.start()
        return self._floor

    def stop_floor(self) -> None:
        """End it, and forget what it has kept."""
        if self._floor:
            self._floor.stop()
        with self.mongo() as client:
            client.drop_database("klu_floor")

    def stop(self) -> None:
        """Everything."""
        if self._floor:
            self._floor.kill()
        super().stop()


def hammered(
    addresses: list[str], make: Callable[[], bytes], *, connections: int, seconds: float, expected: int
) -> load.Load:
    """``load.hammer`` on a loop of its own."""
    return on_a_loop(load.hammer(addresses, make, connections=connections, seconds=seconds, expected=expected))


def on_a_loop(work: Coroutine[Any, Any, T]) -> T:
    """On uvloop, as the services."""
    return uvloop.run(work)


def memory(process: Process) -> float:
    """Resident memory of a process, in MB (10⁶ bytes)."""
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(process.pid)], capture_output=True, text=True, check=True)
    return int(told.stdout) * 1024 / 1e6


def machine() -> dict[str, Any]:
    """What the figures were made on."""
    return {"cores": os.cpu_count(), "python": sys.version.split()[0], "platform": sys.platform}
