"""A private RabbitMQ node: own name, ports, cookie, folders, user and virtual host. Leaves the system's node alone."""

import asyncio
import json
import os
import shutil
import signal
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from string import Template
from types import MappingProxyType

import aio_pika

from scripts.local import config, packages, ports
from scripts.local.processes import Identity, Process
from scripts.local.setup_error import SetupError
from shared.broker.rights import Rights, definitions, reader, restorer, rights

NAME = "RabbitMQ"
USER = "klu"
VHOST = "klu"
FILES = Path(__file__).with_name("node")
# Debian's own script first: what Debian has on PATH is a wrapper that changes the user and the system's node.
SCRIPTS = ("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server")


def program() -> str:
    if not any(map(shutil.which, SCRIPTS)):
        packages.install(["rabbitmq-server"], "RabbitMQ")
    if (found := next(filter(None, map(shutil.which, SCRIPTS)), None)) is None:
        raise SetupError("The package rabbitmq-server was installed, but its start script was not found.")
    if shutil.which("epmd") is None:
        raise SetupError("RabbitMQ is there, but epmd, which comes with Erlang, is not on PATH.")
    return found


def url(password: str, port: int, host: str = ports.HOST, user: str = USER) -> str:
    return f"amqp://{user}:{password}@{host}:{port}/{VHOST}"


def answers(url: str) -> bool:
    """Whether a client can log in and finds an exchange: an open port says nothing yet."""

    async def log_in() -> None:
        async with await aio_pika.connect(url, timeout=5) as connection:
            await (await connection.channel()).get_exchange("amq.topic", ensure=True)

    try:
        with ThreadPoolExecutor(max_workers=1) as thread:  # the caller may be inside an event loop
            thread.submit(asyncio.run, log_in()).result()
    except (aio_pika.exceptions.AMQPException, OSError, TimeoutError):
        return False
    return True


class Node(Process):
    """RabbitMQ, and the port mapper that it needs, as child processes; it listens on the port of 127.0.0.1."""

    def __init__(self, folder: Path, port: int) -> None:
        folder = folder.resolve()
        self.port, self.url = port, url(config.password(folder, USER), port)
        log, chosen = folder / "rabbitmq.log", ports.free(["epmd", "distribution"])
        self._names = {"folder": str(folder), "host": ports.HOST, "port": str(port), **chosen}
        here = {name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))}
        told = config.dotenv(FILES / "environment.env")
        env = here | {name: Template(value).substitute(self._names) for name, value in told.items()}
        mapping = partial(ports.accepts, chosen["epmd"])
        self._epmd = Process("epmd", ["epmd"], env=env, log=log, cwd=folder, ready=mapping)
        ready, sign = lambda: ports.accepts(port) and answers(self.url), signal.SIGTERM
        super().__init__(NAME, [program()], env=env, log=log, cwd=folder, die_with_parent=sign, ready=ready)

    @property
    def identities(self) -> list[Identity]:
        return super().identities + self._epmd.identities

    def url_for(self, user: str) -> str:
        return url(config.password(self.cwd, user), self.port, user=config.user(user))

    def start(self) -> None:
        if not self.running:
            self._epmd.kill()  # it may have outlived its node
            self.cwd.chmod(0o700)  # the password and the cookie are in there
            for name in ("mnesia", "log"):
                (self.cwd / name).mkdir(exist_ok=True)
            for file in FILES.iterdir():
                (self.cwd / file.name).write_text(Template(file.read_text()).substitute(self._names))
            (self.cwd / "definitions.json").write_text(json.dumps(loaded(self.cwd)))
            self._epmd.start()
            self._epmd.wait_ready(10)  # a node that finds none starts a daemon of its own, which nobody would stop
            super().start()

    def stop(self, grace: float = 30) -> None:
        super().stop(grace)
        self._epmd.kill()

    def kill(self) -> None:
        super().kill()
        self._epmd.kill()


def loaded(folder: Path, more: Mapping[str, Rights] = MappingProxyType({})) -> dict[str, object]:
    may = {service: rights(service) for service in config.SERVICES}
    may |= {config.BACKUP: reader(), config.RESTORE: restorer(), **more}
    passwords = {config.user(name): config.password(folder, name) for name in may}
    passwords[USER] = config.password(folder, USER)
    return definitions(VHOST, passwords, {config.user(n): each for n, each in may.items()}, admin=USER)
