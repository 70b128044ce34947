"""What is known of a run from outside: documents, queues, metrics of the processes."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from scripts.chaos.plan import Diary
from scripts.chaos.reconcile import Records, Taken
from scripts.chaos.system import DATABASES, RETRY_DELAYS, ChaosSystem
from shared.broker.parking import BrokerAway
from shared.broker.topology import declare
from shared.clock import utc_now
from shared.documents import Database, connect
from shared.files.store import PENDING_FOR, Files, StoredFile
from shared.parked import PARKED, Parked

COLLECTIONS = {"intake": "messages", "router": "cases", "replies": "assignments", "notifier": "letters"}
Document = dict[str, Any]


class Evidence:
    def __init__(self, system: ChaosSystem) -> None:
        self._url = system.store("RabbitMQ").url
        databases = {service: connect(system.store("MongoDB").url, name) for service, name in DATABASES.items()}
        self._collections = {service: databases[service][name] for service, name in COLLECTIONS.items()}
        self._intake, self._mails = databases["intake"], databases["notifier"]["mails"]
        self._audit = {f"{service}'s audit": database["audit"] for service, database in databases.items()}
        self._chain = databases["router"]["chain"]

    def close(self) -> None:
        for collection in self._collections.values():
            collection.database.client.close()

    async def documents(self, service: str) -> list[Document]:
        return list(await self._collections[service].find({}, {"raw": 0}).to_list(None))

    async def records(self, taken: Sequence[Taken]) -> Records:
        messages, cases, assignments, letters = [await self.documents(service) for service in COLLECTIONS]
        await self._sweep_files({file["id"] for message in messages for file in message["files"]})
        contents = frozenset(await self._intake["fs.files"].distinct("_id"))
        files = await self._intake["files"].find({}).to_list(None)
        mails = await self._mails.find({}).to_list(None)
        return Records(messages, cases, assignments, letters, taken, files, contents, mails)

    async def chain(self) -> list[Document]:
        return [{"number": entry.pop("_id"), **entry} async for entry in self._chain.find({}).sort("_id", 1)]

    async def _sweep_files(self, named: set[str]) -> None:
        """What the intake's sweep does two days later."""
        later = Database(self._intake, source="intake", clock=lambda: utc_now() + 2 * PENDING_FOR)

        async def is_named(file: StoredFile) -> bool:
            return file.id in named

        await Files(later).sweep(is_named)

    async def unfinished(self) -> list[str]:
        waiting, collections = (
            {"outbox.0": {"$exists": True}},
            {**self._collections, **self._audit, "notifier's mailroom": self._mails},
        )
        found = {f"{s} has unpublished events": await c.count_documents(waiting) for s, c in collections.items()}
        found["mails are not read"] = await self._mails.count_documents({"due_at": {"$type": "date"}})
        queues = await declare(self._url, RETRY_DELAYS, COLLECTIONS)
        found |= {f"{queue} waits": state.ready for queue, state in queues.items()}
        found["letters wait"] = await self._collections["notifier"].count_documents({"state": "queued"})
        unresolved = {"state": {"$nin": ["resolved", "closed"]}}
        found["cases are open"] = await self._collections["router"].count_documents(unresolved)
        return [f"{what}: {count}" for what, count in found.items() if count]

    async def parked(self) -> list[Parked]:
        found = await self._collections["router"].database[PARKED].find({}).to_list(None)
        return [Parked.model_validate({"id": document["_id"], **document}) for document in found]

    async def at_rest(self, diary: Diary, *, within: float, patience: float) -> bool:
        """Wait until three looks find nothing; give up after ``within`` seconds, or ``patience`` without progress."""
        diary.moved()  # patience begins with the first look, however long ago the last message was
        deadline, quiet, last = time.monotonic() + within, 0, [""]
        while quiet < 3:
            if time.monotonic() > min(deadline, diary.moved_at + patience):
                return False
            try:
                left = await self.unfinished() + ["mails wait at their server"] * bool(diary.mails_waiting)
            except (OSError, TimeoutError, BrokerAway) as error:
                left = [repr(error)]
            if left != last:
                diary.moved()
            quiet, last = 0 if left else quiet + 1, left
            await asyncio.sleep(1)
        return True


async def keep_reading(system: ChaosSystem, diary: Diary) -> None:
    """Add up the outcomes that processes count, every second; what a killed one counted last is kept."""
    last: dict[str, Counter[str]] = {}
    async with httpx2.AsyncClient(timeout=1) as client:
        while True:
            urls = {name: f"{system.management(name)}/metrics" for name in system.names()}
            answers = await asyncio.gather(*map(client.get, urls.values()), return_exceptions=True)
            for name, answer in zip(urls, answers, strict=True):
                if isinstance(answer, httpx2.Response):
                    before, now = last.get(name, Counter()), Counter[str]()
                    for family in text_string_to_metric_families(answer.text):
                        for sample in family.samples:
                            if sample.name == "klu_events_handled_total":
                                now[sample.labels["outcome"]] += int(sample.value)
                    last[name] = now
                    diary.handled.update(now - before if before <= now else now)
            await asyncio.sleep(1)
