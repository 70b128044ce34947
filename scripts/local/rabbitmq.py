"""A private RabbitMQ node: own name, ports, cookie, folders, user and virtual host. Leaves the system's node alone."""

import json
import os
import shutil
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from scripts.local import amqp, config, containers, packages, ports, stores
from scripts.local.processes import Process, until
from scripts.local.setup_error import SetupError, last_lines
from shared.broker.rights import Rights, definitions, reader, restorer, rights

NAME = "RabbitMQ"
IMAGE = "rabbitmq:4"
# Erlang's own lookup: a machine without the usual /etc/hosts does not know localhost.
INETRC = '{host, {127,0,0,1}, ["localhost"]}.\n{lookup, [file, native]}.\n'
DEBIAN = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


def choose(folder: Path, port: int) -> stores.Store:
    """A RabbitMQ that keeps its data under the folder and listens on the port of 127.0.0.1; not started yet."""
    return stores.native_or_container(lambda: Node(program(), folder, port), lambda: container(folder, port))


def program() -> Path:
    """The server's start script; installed from Debian's package where we may, else Trouble."""
    if (found := installed()) is None:
        packages.install(["rabbitmq-server"], "RabbitMQ")
        found = installed()
    if found is None:
        raise SetupError("The package rabbitmq-server was installed, but its start script was not found.")
    if shutil.which("epmd") is None:
        raise SetupError("RabbitMQ is there, but epmd, which comes with Erlang, is not on PATH.")
    return found


def installed() -> Path | None:
    """Debian's own script first: what Debian has on PATH is a wrapper that changes the user and the system's node."""
    if DEBIAN.exists():
        return DEBIAN
    found = shutil.which("rabbitmq-server")
    return Path(found) if found else None


class Node:
    """RabbitMQ, and the port mapper it needs, as child processes."""

    name = NAME

    def __init__(self, script: Path, folder: Path, port: int) -> None:
        self.folder, self.port = folder.resolve(), port
        self.url = amqp.url(config.password(self.folder, amqp.USER), port)
        self._script = script
        self._epmd: Process | None = None
        self._beam: Process | None = None

    def url_for(self, user: str) -> str:
        """For one of ``config.USERS``."""
        return amqp.url(config.password(self.folder, user), self.port, user=config.user(user))

    @property
    def running(self) -> bool:
        return self._beam is not None and self._beam.running

    @property
    def record(self) -> list[dict[str, object]]:
        both = (self._beam, self._epmd)
        return [vars(process.identity) for process in both if process and process.identity]

    @property
    def log(self) -> Path:
        return self.folder / "rabbitmq.log"

    def start(self) -> None:
        """Start it, or start it again with the same data on the same port."""
        if self.running:
            return
        self.kill()  # a port mapper may have outlived its node
        self._write_files()
        env = self._environment()
        self._epmd = self._process("epmd", ["epmd"], env, signal.SIGKILL)
        self._epmd.start()
        # A node that finds none starts a daemon of its own, which nobody would stop.
        until(lambda: ports.accepts(int(env["ERL_EPMD_PORT"])), 10)
        self._beam = self._process(NAME, [str(self._script)], env, signal.SIGTERM)
        self._beam.start()

    def wait_ready(self, seconds: float = 90) -> None:
        """Return once a client can log in and finds an exchange."""
        deadline = time.monotonic() + seconds
        while self.running and time.monotonic() < deadline:
            if ports.accepts(self.port) and amqp.answers(self.url):
                return
            time.sleep(0.2)
        end = f"was not ready after {seconds:.0f} seconds" if self.running else "ended while it started"
        raise SetupError(f"RabbitMQ {end}.\n{last_lines(self.log)}")

    def stop(self) -> None:
        """A clean shutdown of the node, then of its port mapper."""
        if self._beam:
            self._beam.stop()
        if self._epmd:
            self._epmd.kill()

    def kill(self) -> None:
        """As a power cut would."""
        for process in (self._beam, self._epmd):
            if process:
                process.kill()

    def remove(self) -> None:
        """Kill it and delete its folder."""
        self.kill()
        stores.forget(self.folder)

    def _process(self, name: str, command: list[str], env: dict[str, str], die_with_parent: signal.Signals) -> Process:
        return Process(name, command, env=env, log=self.log, cwd=self.folder, die_with_parent=die_with_parent)

    def _write_files(self) -> None:
        self.folder.chmod(0o700)  # the password and the cookie are in there
        for name in ("mnesia", "log"):
            (self.folder / name).mkdir(exist_ok=True)
        (self.folder / "environment.conf").write_text("")
        (self.folder / "inetrc").write_text(INETRC)
        (self.folder / "enabled_plugins").write_text("[].\n")
        (self.folder / "rabbitmq.conf").write_text(self._settings())
        (self.folder / "definitions.json").write_text(json.dumps(loaded(self.folder)))

    def _settings(self) -> str:
        # The limits are absolute: a share of a small or busy laptop would raise alarms, and alarms stop publishers.
        return (
            f"listeners.tcp.local = {ports.HOST}:{self.port}\n"
            f"load_definitions = {self.folder / 'definitions.json'}\n"
            "disk_free_limit.absolute = 50MB\n"
            "vm_memory_high_watermark.absolute = 1GB\n"
        )

    def _environment(self) -> dict[str, str]:
        chosen = ports.free(["epmd", "distribution"])
        here = {name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))}
        return here | {
            "HOME": str(self.folder),  # where Erlang makes up and keeps the cookie
            "ERL_INETRC": str(self.folder / "inetrc"),
            "ERL_EPMD_ADDRESS": ports.HOST,
            "ERL_EPMD_PORT": str(chosen["epmd"]),
            "RABBITMQ_NODENAME": "klu@localhost",
            "RABBITMQ_DIST_PORT": str(chosen["distribution"]),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "environment.conf"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(self.folder / "config"),
            "RABBITMQ_SCHEMA_DIR": str(self.folder / "schema"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_LOGS": "-",
            # The script then becomes the node instead of watching over it: one process, one pid, one signal.
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_SERVER_START_ARGS": "-noinput",
        }


def loaded(folder: Path, more: Mapping[str, Rights] = MappingProxyType({})) -> dict[str, object]:
    """What a node loads at its start: all users, with the passwords that are kept below this folder."""
    may = {service: rights(service) for service in config.SERVICES}
    may |= {config.BACKUP: reader(), config.RESTORE: restorer(), **more}
    passwords = {config.user(name): config.password(folder, name) for name in may}
    passwords[amqp.USER] = config.password(folder, amqp.USER)
    return definitions(amqp.VHOST, passwords, {config.user(n): each for n, each in may.items()}, admin=amqp.USER)


def container(folder: Path, port: int) -> containers.Container:
    """The same in Docker."""
    password = config.secret(folder / "password")
    env = {"RABBITMQ_DEFAULT_USER": amqp.USER, "RABBITMQ_DEFAULT_PASS": password, "RABBITMQ_DEFAULT_VHOST": amqp.VHOST}
    return containers.Container(
        NAME,
        os.environ.get("KLU_TEST_RABBITMQ_IMAGE") or IMAGE,
        url=amqp.url(password, port),
        port=(port, 5672),
        folder=folder,
        env=env,
        command=(),
        wait=amqp.wait_for,
    )
