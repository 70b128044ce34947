"""The four real processes with a mailbox, on the run's real stores."""

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

import pytest

from scripts.browser import Browser
from scripts.eventually import eventually
from scripts.local import config, ports, seeds
from scripts.local.processes import Process
from scripts.local.system import UNLIMITED, System
from scripts.people import Citizen, Mailbox, Officer, Secretary, link_in
from shared.clock import utc_now
from shared.documents import connect
from tests.conftest import DELAYS
from tests.stack import Stack

Person = TypeVar("Person", Citizen, Officer, Secretary)
UNITS = {"kddb": "kddb@klu.example", "yitdb": "yitdb@klu.example", "oidb": "oidb@klu.example"}


@dataclass
class ChaosSystem:
    """The system, and how to meet people in it."""

    system: System
    stack: Stack
    databases: dict[str, str]
    mailbox: Mailbox = field(init=False)
    met: list[Citizen | Officer | Secretary] = field(default_factory=list)
    altered: set[str] = field(default_factory=set)
    """Services that were last started in another way than they are meant to be."""

    def __post_init__(self) -> None:
        self.mailbox = Mailbox(self.system.urls["mailbox"])

    def citizen(self, language: str = "tr") -> Citizen:
        return self._meet(Citizen(Browser(self.system.urls["intake"], language)))

    async def officer(self, language: str = "tr") -> Officer:
        officer = self._meet(Officer(Browser(self.system.urls["router"], language)))
        await officer.log_in("gorevli@klu.example", seeds.DEMO_PASSWORD)
        return officer

    async def secretary(self, unit: str, subject: str, *, number: int = 1) -> Secretary:
        """Whoever opens the newest letter to this unit about this subject."""
        letter = await self.mailbox.letter(UNITS[unit], subject, number=number)
        return self._meet(Secretary(Browser(self.system.urls["replies"]), link_in(letter, "/a/")))

    async def part(self) -> None:
        """Everybody goes home."""
        while self.met:
            await self.met.pop().browser.client.aclose()

    def _meet(self, person: Person) -> Person:
        self.met.append(person)
        return person

    async def start(self, *services: str, **different: str) -> None:
        """Start services, perhaps with other settings, and wait until they are ready."""
        for name in services:
            self.system.start_service(name, different)
        self.altered = self.altered | set(services) if different else self.altered - set(services)
        for name in services:
            await asyncio.to_thread(self.system.services[name].wait_ready)

    async def mend(self) -> None:
        """Bring back what a journey has stopped, killed or altered, also one that failed."""
        if self.system.mailbox and not self.system.mailbox.running:
            self.system.mailbox.start()
            await asyncio.to_thread(self.system.mailbox.wait_ready)
        whole = [name for name, process in self.system.services.items() if process.ready and name not in self.altered]
        missing = [name for name in config.SERVICES if name not in whole]
        await self.stop(*missing)
        await self.start(*missing)

    async def start_dying(self, service: str, point: str, what: str, **different: str) -> None:
        """Start a service, perhaps with other settings, that will kill itself at a point of its work on an event of
        this type, or a mail with these words.
        """
        self.system.start_service(service, different, "tests.journeys.dying", point, what)
        self.altered.add(service)
        await asyncio.to_thread(self.system.services[service].wait_ready)

    async def died(self, service: str, **different: str) -> None:
        """Wait until that has happened, and start the service as it is meant to be, or with other settings."""
        process = self.system.services[service]
        await eventually(lambda: _ended(process), within=60)
        assert process.returncode == -signal.SIGKILL
        await self.start(service, **different)

    async def stop(self, *services: str) -> None:
        """Stop services as an orchestrator does, all at once."""
        running = [self.system.services[name] for name in services if name in self.system.services]
        await asyncio.gather(*(asyncio.to_thread(process.stop) for process in running))

    def kill(self, service: str) -> None:
        """End one service without a word."""
        self.system.services[service].kill()

    async def documents(self, service: str, collection: str, query: dict[str, Any]) -> list[dict[str, Any]]:
        """What a service has kept."""
        database = connect(self.stack.mongodb_url, self.databases[service])
        found: list[dict[str, Any]] = await database[collection].find(query).to_list(None)
        database.client.close()
        return found

    async def end_leases(self, service: str, collection: str) -> None:
        """What a process that died had claimed is due now: nobody waits for minutes until its lease is over."""
        database = connect(self.stack.mongodb_url, self.databases[service])
        await database[collection].update_many({"due_at": {"$gt": utc_now()}}, {"$set": {"due_at": utc_now()}})
        database.client.close()


@pytest.fixture(scope="package")
async def running_system(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ChaosSystem]:
    """One system for all journeys; each journey has its own subject, and so its own case."""
    own = {service: f"test_{service}_{uuid4().hex[:12]}" for service in config.SERVICES}
    databases = config.databases({}) if stack.access("intake") else own
    settings = {
        "KLU_MONGODB_URL": stack.mongodb_url,
        "KLU_RABBITMQ_URL": stack.rabbitmq_url,
        "KLU_RETRY_DELAYS": str(list(DELAYS)),
        "KLU_SWEEP_SECONDS": "0.5",
        "KLU_SMTP_TIMEOUT": "3",
        **UNLIMITED,
        **{f"KLU_{service.upper()}_DATABASE": name for service, name in databases.items()},
    }
    with System(tmp_path_factory.mktemp("system"), settings, ports.free(config.PORTS), access=stack.access) as system:
        system.start_mailbox()
        seeds.plant(system)
        made = ChaosSystem(system, stack, databases)
        yield made
        await made.mailbox.client.aclose()
    client = connect(stack.mongodb_url, "admin").client
    for name in databases.values():
        await client.drop_database(name)
    client.close()


@pytest.fixture
async def chaos(running_system: ChaosSystem) -> AsyncIterator[ChaosSystem]:
    """The system, whole when a journey begins: one that fails takes no other with it."""
    await running_system.mend()
    yield running_system
    await running_system.part()


@pytest.fixture
def subject() -> str:
    """What this journey is about."""
    return f"Isıtma çalışmıyor {uuid4().hex[:10]}"


@pytest.fixture
def email() -> str:
    """Where this journey's citizen is written to."""
    return f"deniz.{uuid4().hex[:10]}@example.org"


async def _ended(process: Process) -> bool:
    return not process.running
