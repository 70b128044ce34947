"""A private MongoDB: one mongod as a replica set of one, because the services write with ``w: majority``."""

import importlib.util
import os
import shutil
import signal
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

import pymongo
from pymongo.errors import OperationFailure, PyMongoError

from scripts.local import config, packages, ports
from scripts.local.processes import Process, until
from scripts.local.setup_error import SetupError

NAME = "MongoDB"
REPLICA_SET = "klu"
OPTIONS = ["--replSet", REPLICA_SET, "--oplogSize", "256", "--wiredTigerCacheSizeGB"]
CACHE = "0.5"
"""Gigabytes, of which an installation of its own has half of its machine's memory."""
ADMIN = "klu"
USER_EXISTS = 51003
Client = pymongo.MongoClient[dict[str, object]]
Role = dict[str, str]


def program() -> Path:
    wheel = importlib.util.find_spec("fiftyone")
    places = [Path(place, "db", "bin", "mongod") for place in (wheel and wheel.submodule_search_locations) or ()]
    places += [Path(found) for found in [shutil.which("mongod")] if found]
    for found in filter(Path.exists, places):
        if not os.access(found, os.X_OK):
            found.chmod(0o755)
        packages.complete_libraries(found)
        return found
    raise SetupError("No mongod for this machine: install MongoDB 6 or newer so that `mongod` is on PATH.")


def url(port: int, host: str = ports.HOST, *, log_in: str = "") -> str:
    """Straight to the one member, whatever name the set has for it. ``log_in``: ``user:password@``."""
    return f"mongodb://{log_in}{host}:{port}/?directConnection=true"


class Mongod(Process):
    """mongod on a port of 127.0.0.1, with a user for each service, who may read and write its own database."""

    def __init__(self, folder: Path, port: int, databases: Mapping[str, str], cache: str = CACHE) -> None:
        self.port, self.databases = port, dict(databases)
        self.url = url(port, log_in=f"{ADMIN}:{config.password(folder, ADMIN)}@")
        config.secret(key := folder / "keyfile")
        (data := folder / "data").mkdir(parents=True, exist_ok=True)
        where = f"--bind_ip {ports.HOST} --port {port} --nounixsocket".split()
        spare = ["--setParameter", "diagnosticDataCollectionEnabled=false"]
        command = [str(program()), *OPTIONS, cache, *where, "--dbpath", str(data), "--keyFile", str(key), *spare]
        super().__init__(
            NAME,
            command,
            env=os.environ,
            log=folder / "mongod.log",
            cwd=folder,
            die_with_parent=signal.SIGTERM,
            ready=partial(ports.accepts, port),
        )

    def url_for(self, user: str) -> str:
        """For one of ``config.USERS``, who may do only its part."""
        return url(self.port, log_in=f"{config.user(user)}:{config.password(self.cwd, user)}@")

    def wait_ready(self, seconds: float = 90) -> None:
        super().wait_ready(seconds)
        host = f"{ports.HOST}:{self.port}"
        if not _knows(self.url):
            become_primary(url(self.port), seconds, host=host)  # the first to come from this machine needs no log-in
            _admit(url(self.port), ADMIN, config.password(self.cwd, ADMIN), [{"role": "root", "db": "admin"}])
        become_primary(self.url, seconds, host=host)
        for name, roles in grants(self.databases).items():
            _admit(self.url, config.user(name), config.password(self.cwd, name), roles)


def grants(databases: Mapping[str, str]) -> dict[str, list[Role]]:
    """What each user may do: a service with its own database, a backup and a restore with all of them."""
    read, write = [[{"role": role, "db": name} for name in databases.values()] for role in ("read", "readWrite")]
    own = {service: [one] for service, one in zip(databases, write, strict=True)}
    return own | {config.BACKUP: read, config.RESTORE: write}


def _knows(url: str) -> bool:
    with Client(url) as client:
        try:
            return bool(client.admin.command("ping"))
        except OperationFailure:
            return False


def _admit(url: str, name: str, password: str, roles: list[Role]) -> None:
    with Client(url) as client:
        try:
            client.admin.command("createUser", name, pwd=password, roles=roles)
        except OperationFailure as error:
            if error.code != USER_EXISTS:
                raise
            client.admin.command("updateUser", name, pwd=password, roles=roles)


def become_primary(url: str, seconds: float, *, host: str) -> None:
    """Make the member a set of its own (or still one, when its port has changed) and wait until it is primary."""
    with Client(url, serverSelectionTimeoutMS=1000) as client:
        if not until(lambda: _is_primary(client, host), seconds, pause=0.1):
            raise SetupError(f"MongoDB at {url.rpartition('@')[2]} is not primary after {seconds:.0f} seconds.")


def _is_primary(client: Client, host: str) -> bool:
    try:
        with suppress(OperationFailure):  # there is no set, or no user yet who might ask
            config = client.admin.command("replSetGetConfig")["config"]
            if config["members"][0]["host"] != host:
                config["members"][0]["host"] = host
                client.admin.command("replSetReconfig", config, force=True)
            return bool(client.admin.command("hello").get("isWritablePrimary"))
        with suppress(OperationFailure):
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [{"_id": 0, "host": host}]})
        return bool(client.admin.command("hello").get("isWritablePrimary"))
    except PyMongoError:  # it still starts, or an election goes on
        return False
