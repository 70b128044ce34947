"""A private RabbitMQ node: own name, ports, cookie, folders, user and virtual host. Leaves the system's node alone."""

import asyncio
import json
import os
import secrets
import shutil
import signal
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from string import Template
from types import MappingProxyType

import aio_pika

from scripts.local import config, packages, ports
from scripts.local.processes import Identity, Process
from scripts.local.setup_error import SetupError, run
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
    """RabbitMQ, and the port mapper that it needs, as child processes; it listens on the port of 127.0.0.1.

    With ``image`` it runs in a container, to try another version: in the host's network and with the same files.
    """

    def __init__(self, folder: Path, port: int, image: str = "") -> None:
        folder = folder.resolve()
        self._container = f"klu-{secrets.token_hex(6)}" if image else ""
        self.port, self.url = port, url(config.password(folder, USER), port)
        log, chosen = folder / "rabbitmq.log", ports.free(["epmd", "distribution"])
        self._names = {"folder": str(folder), "host": ports.HOST, "port": str(port), **chosen}
        here = {name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))}
        told = config.dotenv(FILES / "environment.env")
        env = here | {name: Template(value).substitute(self._names) for name, value in told.items()}
        mapping = partial(ports.accepts, chosen["epmd"])
        self._epmd = Process("epmd", ["epmd"], env=env, log=log, cwd=folder, ready=mapping)
        ready, sign = lambda: ports.accepts(port) and answers(self.url), signal.SIGTERM
        command = self._contained(image, folder, told) if image else [program()]
        super().__init__(NAME, command, env=env, log=log, cwd=folder, die_with_parent=sign, ready=ready)

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
            if not self._container:
                self._epmd.start()
                self._epmd.wait_ready(10)  # a node that finds none starts one of its own, which nobody would stop
            super().start()

    def send(self, sign: signal.Signals) -> None:
        """The client that stands for a container passes on all signals but those that freeze and thaw."""
        frozen = {signal.SIGSTOP: "pause", signal.SIGCONT: "unpause"}
        if self._container and sign in frozen:
            run(f"{NAME} was not frozen or thawed", ["docker", frozen[sign], self._container], timeout=30)
        else:
            super().send(sign)

    def stop(self, grace: float = 30) -> None:
        super().stop(grace)
        self._epmd.kill()

    def kill(self) -> None:
        if self._container:
            run(f"{NAME} was not killed", ["docker", "rm", "-f", self._container], timeout=60)
        super().kill()
        self._epmd.kill()

    def _contained(self, image: str, folder: Path, variables: Iterable[str]) -> list[str]:
        """The node of an image, with the same files, ports and user as one of this machine's."""
        mounted, user = ["--volume", f"{folder}:{folder}", "--workdir", str(folder)], f"{os.getuid()}:{os.getgid()}"
        where = ["--network", "host", "--user", user, *mounted]
        told: list[str] = [part for name in variables for part in ("--env", name)]
        start = 'PATH="/usr/lib/rabbitmq/bin:$PATH"; exec rabbitmq-server'  # Debian's own script, as in `program`
        named = ["docker", "run", "--rm", "--name", self._container]
        return [*named, *where, *told, "--entrypoint", "sh", image, "-c", start]


def loaded(folder: Path, more: Mapping[str, Rights] = MappingProxyType({})) -> dict[str, object]:
    may = {service: rights(service) for service in config.SERVICES}
    may |= {config.BACKUP: reader(), config.RESTORE: restorer(), **more}
    passwords = {config.user(name): config.password(folder, name) for name in may}
    passwords[USER] = config.password(folder, USER)
    return definitions(VHOST, passwords, {config.user(n): each for n, each in may.items()}, admin=USER)
