"""The private system of a run: own stores, each service as often as asked for; every process can be broken alone."""

import os
import signal
from functools import partial
from pathlib import Path
from typing import Literal

import pymongo
from pymongo.errors import PyMongoError

from scripts.local import amqp, config, containers, ports
from scripts.local.processes import Process
from scripts.local.stores import Store
from scripts.local.system import System

RETRY_DELAYS = (1.0, 3.0, 10.0, 30.0, 60.0)
SETTINGS = {
    "KLU_RETRY_DELAYS": str(list(RETRY_DELAYS)),
    "KLU_LETTER_RETRY_DELAYS": str([1, 2, 4, 8, 15, 30, 30, 30, 30, 30]),
    "KLU_SWEEP_SECONDS": "2",
    "KLU_WATCH_SECONDS": "5",
    "KLU_SMTP_TIMEOUT": "10",
    "KLU_LOG_FORMAT": "json",
}
"""Shorter times than an institution has, so that a run ends soon; nothing else differs."""

Control = Literal["none", "no-inbox", "no-sweep"]
DATABASES = {service: f"klu_{service}" for service in config.SERVICES}


class Town(System):
    """A system on free ports. ``replicas`` of each service run; a control takes one safeguard out of all of them.

    ``serving``: the addresses to which visitors of a service are sent now.
    """

    def __init__(self, folder: Path, *, replicas: int, control: Control = "none") -> None:
        spare = [f"{port}-{n}" for n in range(2, replicas + 1) for port in config.PORTS]
        self._drawn = ports.free([*config.PORTS, *spare])
        self._replicas, self._control = replicas, control
        self.serving = {service: [self.address(name) for name in self.names(service)] for service in config.SERVICES}
        own = {name: self._drawn[name] for name in config.PORTS}
        mail = {"KLU_SMTP_URL": f"smtp://{ports.HOST}:{own['KLU_LOCAL_SMTP_PORT']}"}
        super().__init__(folder, SETTINGS | mail, own)

    def names(self, service: str = "") -> list[str]:
        """Every process of the services, or of one: ``intake``, ``intake-2``, ..."""
        services = [service] if service else config.SERVICES
        return [s if n == 1 else f"{s}-{n}" for n in range(1, self._replicas + 1) for s in services]

    def address(self, name: str) -> str:
        """Where one process answers the public."""
        return self._at(name, "PORT")

    def management(self, name: str) -> str:
        """Where one process tells of itself."""
        return self._at(name, "MANAGEMENT_PORT")

    def start_services(self) -> None:
        """Start all, and wait until each is ready."""
        for name in self.names():
            self.services[name] = self._made(name)
            self.services[name].start()
        for process in self.services.values():
            process.wait_ready(180)

    def store(self, name: str) -> Store:
        """MongoDB or RabbitMQ by its name."""
        return next(store for store in self.stores if store.name == name)

    def answers(self, name: str) -> bool:
        """Whether a store answers a real question soon."""
        url = self.store(name).url
        return amqp.answers(url) if name == "RabbitMQ" else _mongodb_answers(url)

    def freeze(self, name: str) -> None:
        """Stop a store in the middle of whatever it is doing."""
        self._signal(name, signal.SIGSTOP, "pause")

    def thaw(self, name: str) -> None:
        """Let it go on."""
        self._signal(name, signal.SIGCONT, "unpause")

    def remove(self) -> None:
        """Forget the stores with their data."""
        for store in self.stores:
            store.remove()

    def _signal(self, name: str, sign: signal.Signals, word: str) -> None:
        (node, *_) = self.store(name).record
        if "container" in node:
            containers.docker(word, str(node["container"]))
        else:
            os.kill(int(str(node["pid"])), sign)

    def _made(self, name: str) -> Process:
        service = name.partition("-")[0]
        kinds = ("PORT", "MANAGEMENT_PORT")
        own = {f"KLU_{service.upper()}_{kind}": self._at(name, kind).rpartition(":")[2] for kind in kinds}
        module, told = f"services.{service}", []
        if self._control != "none":
            module, told = "scripts.chaos.controls", [self._control, module]
        return self._process(
            name,
            module,
            told,
            self.env_for(service) | own,
            partial(ports.answers_ok, self.management(name) + "/readyz"),
        )

    def _at(self, name: str, kind: str) -> str:
        service, _, n = name.partition("-")
        return f"http://{ports.HOST}:{self._drawn[f'KLU_{service.upper()}_{kind}' + (n and f'-{n}')]}"


def _mongodb_answers(url: str) -> bool:
    with pymongo.MongoClient[dict[str, object]](
        url, serverSelectionTimeoutMS=1500, connectTimeoutMS=1500, socketTimeoutMS=1500
    ) as client:
        try:
            return bool(client.admin.command("hello").get("isWritablePrimary"))
        except PyMongoError:
            return False
