"""The private system that is measured: stores of its own, the services as real processes, the floor beside them."""

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aio_pika
import pymongo
from bson import json_util
from pymongo.collection import Collection

from bench.messages import a_document
from scripts.chaos.evidence import COLLECTIONS
from scripts.chaos.system import DATABASES
from scripts.local import mongod, ports, seeds
from scripts.local.processes import Process, until
from scripts.local.setup_error import SetupError
from scripts.local.system import MONGODB_CACHE, Fleet
from shared.broker.topology import CONSUMERS, parked_name, queue_name

SEEDED = ("units", "users")
"""Collections that a first start fills."""
REPLICAS = (1, 2, 4)
MANY, CACHE = 200_000, "4"
"""A longer history than this has a cache of so many gigabytes: ten years are not kept on the smallest machine."""


@dataclass(frozen=True)
class Profile:
    """``runs`` of each figure, whose median counts; ``seconds`` of one run; the ``largest`` history, in cases."""

    runs: int
    seconds: float
    largest: int


ALL_FROM_ONE = {"KLU_CLIENT_FILES": "100000", "KLU_CLIENT_FILES_MB": "100000", "KLU_PENDING_FILES_MB": "100000"}
"""Everybody here is one client."""


class BenchSystem(Fleet):
    """A fleet with the settings an institution starts with. Stores stay up; services come and go."""

    def __init__(self, folder: Path, largest: int) -> None:
        settings = {"KLU_LOG_FORMAT": "json", MONGODB_CACHE: CACHE if largest > MANY else mongod.CACHE}
        super().__init__(folder, settings | ALL_FROM_ONE, replicas=max(REPLICAS))
        self.scale(1)

    def set_up(self) -> None:
        """Both stores, with every queue, every index, the units and the demo users: no service waits for another."""
        self.start_stores()
        assert self.env["KLU_SECRET_KEY"]  # made up once, before several ask for it
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda service: self.command(service, ["prepare"]), DATABASES))
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
        """No services, no documents, no events: as after ``set_up``."""
        self.stop_services()
        self.empty_queues()
        with self.mongo() as client:
            for database in DATABASES.values():
                for name in client[database].list_collection_names():
                    if name not in SEEDED:
                        client[database][name].delete_many({})

    def mongo(self) -> "pymongo.MongoClient[Any]":
        """For whoever may do everything; a write does not wait for the disk."""
        return pymongo.MongoClient(self.store("MongoDB").url, w=1, tz_aware=True)

    def at_rest(self) -> float:
        """Wait until no document owes an event; seconds that took. Raises SetupError after two minutes."""
        began = time.perf_counter()
        with self.mongo() as client:
            kept = collections(client).values()
            if not until(lambda: not any(c.find_one({"outbox.at": {"$exists": True}}) for c in kept), 120):
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

    @contextmanager
    def floor(self) -> Iterator[Process]:
        """The floor, not started yet, which keeps copies of one document of the intake until the end of the block."""
        document = self.folder / "document.json"
        document.write_text(json_util.dumps(asyncio.run(a_document(self.store("MongoDB").url))))
        port = ports.free(["floor"])["floor"]
        self.floor_address = f"http://{ports.HOST}:{port}"
        options = [str(port), self.store("MongoDB").url, "klu_floor", str(document)]
        process = self._process("floor", "bench.floor", options, self.env, lambda: ports.accepts(port))
        try:
            yield process
        finally:
            process.stop()
            with self.mongo() as client:
                client.drop_database("klu_floor")


@contextmanager
def bench_system(largest: int) -> Iterator[BenchSystem]:
    """A system for so many cases at most, which is set up, until the end of the block; nothing is left of it."""
    with tempfile.TemporaryDirectory(prefix="klu-bench-") as folder:
        system = BenchSystem(Path(folder), largest)
        try:
            system.set_up()
            yield system
        finally:
            system.stop()
            system.remove()


def collections(client: "pymongo.MongoClient[Any]") -> dict[str, Collection[dict[str, Any]]]:
    """Where each service keeps its documents."""
    return {service: client[DATABASES[service]][name] for service, name in COLLECTIONS.items()}


def memory(process: Process) -> float:
    """Resident memory of a process, in MB (10⁶ bytes)."""
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(process.pid)], capture_output=True, text=True, check=True)
    return int(told.stdout) * 1024 / 1e6
