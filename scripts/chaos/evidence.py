"""What is known of a run from outside: documents, queues, metrics of the processes."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from scripts.chaos.diary import Diary
from scripts.chaos.reconcile import Records, Taken
from scripts.chaos.system import DATABASES, RETRY_DELAYS, ChaosSystem
from shared.broker.parking import BrokerAway
from shared.broker.topology import declare
from shared.documents import connect
from shared.parked import PARKED, Parked

COLLECTIONS = {"intake": "messages", "router": "cases", "replies": "assignments", "notifier": "letters"}
Document = dict[str, Any]


class Evidence:
    """Reads the stores of one run."""

    def __init__(self, system: ChaosSystem) -> None:
        self._url = system.store("RabbitMQ").url
        self._databases = {s: connect(system.store("MongoDB").url, name) for s, name in DATABASES.items()}

    def close(self) -> None:
        for database in self._databases.values():
            database.client.close()

    async def documents(self, service: str) -> list[Document]:
        """Everything one service has kept of its aggregates, without the bytes of letters."""
        collection = self._databases[service][COLLECTIONS[service]]
        found: list[Document] = await collection.find({}, {"raw": 0}).to_list(None)
        return found

    async def records(self, taken: Sequence[Taken]) -> Records:
        """The documents of all services, beside what the mail server took."""
        messages, cases, assignments, letters = [await self.documents(service) for service in COLLECTIONS]
        return Records(messages, cases, assignments, letters, taken)

    async def unfinished(self) -> list[str]:
        """What is still under way, in words; empty when nothing is."""
        unpublished = {s: await self._count(s, {"outbox.0": {"$exists": True}}) for s in COLLECTIONS}
        queues = await declare(self._url, RETRY_DELAYS, COLLECTIONS)
        open_cases = await self._count("router", {"state": {"$nin": ["resolved", "closed"]}})
        found = {f"{service} owes events": count for service, count in unpublished.items()}
        found |= {f"{queue} waits": state.ready for queue, state in queues.items()}
        found |= {"letters wait": await self._count("notifier", {"state": "queued"}), "cases are open": open_cases}
        return [f"{what}: {count}" for what, count in found.items() if count]

    async def parked(self) -> list[Parked]:
        found = await self._databases["router"][PARKED].find({}).to_list(None)
        return [Parked.model_validate({"id": document["_id"], **document}) for document in found]

    async def at_rest(self, diary: Diary, *, within: float, patience: float) -> bool:
        """Wait until three looks find nothing; give up after ``within`` seconds, or ``patience`` without progress."""
        loop = asyncio.get_running_loop()
        deadline, quiet, last = loop.time() + within, 0, [""]
        while loop.time() < deadline and loop.time() - diary.moved_at < patience:
            try:
                left = await self.unfinished()
            except (OSError, TimeoutError, BrokerAway) as error:
                left = [repr(error)]
            quiet = 0 if left else quiet + 1
            if quiet == 3:
                return True
            if left != last:
                diary.moved()
            last = left
            await asyncio.sleep(1)
        return False

    async def _count(self, service: str, query: Document) -> int:
        counted: int = await self._databases[service][COLLECTIONS[service]].count_documents(query)
        return counted


class Figures:
    """Adds up the metrics of all processes over their restarts: what a killed one counted last is kept."""

    def __init__(self, system: ChaosSystem, diary: Diary) -> None:
        self._system, self._diary = system, diary
        self._last: dict[str, Counter[str]] = {}

    async def keep_reading(self) -> None:
        """Every second until it is cancelled."""
        async with httpx2.AsyncClient(timeout=1) as client:
            while True:
                await asyncio.gather(*(self._read(client, name) for name in self._system.names()))
                await asyncio.sleep(1)

    async def _read(self, client: httpx2.AsyncClient, name: str) -> None:
        try:
            text = (await client.get(self._system.management(name) + "/metrics")).text
        except httpx2.TransportError:
            return
        now = _outcomes(text)
        before, self._last[name] = self._last.get(name, Counter()), now
        self._diary.handled.update(now - before if before <= now else now)


def _outcomes(metrics: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for family in text_string_to_metric_families(metrics):
        for sample in family.samples:
            if sample.name == "klu_events_handled_total":
                found[sample.labels["outcome"]] += int(sample.value)
    return found
