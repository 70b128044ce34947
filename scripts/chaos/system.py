"""The private system of a run: own stores, each service as often as asked for; every process can be broken alone."""

import os
import signal
from pathlib import Path
from typing import Literal

import pymongo
from pymongo.errors import PyMongoError

from scripts.local import amqp, config, containers
from scripts.local.fleet import Fleet

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


class ChaosSystem(Fleet):
    """A fleet whose stores can be frozen; a control takes one safeguard out of all its services."""

    def __init__(self, folder: Path, *, replicas: int, control: Control = "none") -> None:
        self._control = control
        super().__init__(folder, SETTINGS, replicas=replicas)

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

    def _signal(self, name: str, sign: signal.Signals, word: str) -> None:
        (node, *_) = self.store(name).record
        if "container" in node:
            containers.docker(word, str(node["container"]))
        else:
            os.kill(int(str(node["pid"])), sign)

    def _program(self, service: str) -> list[str]:
        usual = super()._program(service)
        return usual if self._control == "none" else ["scripts.chaos.controls", self._control, *usual]


def _mongodb_answers(url: str) -> bool:
    with pymongo.MongoClient[dict[str, object]](
        url, serverSelectionTimeoutMS=1500, connectTimeoutMS=1500, socketTimeoutMS=1500
    ) as client:
        try:
            return bool(client.admin.command("hello").get("isWritablePrimary"))
        except PyMongoError:
            return False
