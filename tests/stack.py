"""The tests' real RabbitMQ and MongoDB: in containers, as private processes of this machine, or given from outside.

``KLU_TEST_STACK=containers|local|external`` forces one. By itself it is ``external`` where ``KLU_TEST_MONGODB_URL`` and
``KLU_TEST_RABBITMQ_URL`` are set, ``containers`` where a Docker engine answers and has or gets the images, else
``local``. Several test runs at once, and a running ``make run``, do not meet: ports and folders are their own.
"""

import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from scripts import images as builder
from scripts.local import config, mongod, ports, rabbitmq
from scripts.local.processes import Identity, identify, until
from scripts.local.setup_error import SetupError, run
from scripts.local.system import System

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

DISK, MEMORY = config.ROOT / ".local" / "test", Path("/dev/shm/klu-test")
ENOUGH = 2 * 2**30
"""Bytes free in memory with which the stores are there: each write waits for its journal, and a disk is slow."""
LABEL = "klu.test.owner"
REGISTRY_ANSWERS_WITHIN = 10.0
PULLED_WITHIN = 300.0


@dataclass(frozen=True)
class Stack:
    """Both stores, running. Stopping and starting the broker keeps its data and its address; both calls wait.

    ``access``: the settings with which one service has its own rights; empty where a store has one user for all.
    """

    which: str
    mongodb_url: str
    rabbitmq_url: str
    describe: str
    access: Callable[[str], dict[str, str]]
    stop_rabbitmq: Callable[[], None]
    start_rabbitmq: Callable[[], None]


class NotOurs(NotImplementedError):
    """The broker was given from outside: it is not for the tests to stop. A reason to skip."""


def choose() -> str:
    """``containers``, ``local`` or ``external``; the first call may pull images, else it takes seconds at most."""
    if forced := os.environ.get("KLU_TEST_STACK"):
        if forced not in STARTERS:
            raise SetupError(f"KLU_TEST_STACK is {forced!r}: it must be one of {', '.join(STARTERS)}.")
        return forced
    if os.environ.get("KLU_TEST_MONGODB_URL") and os.environ.get("KLU_TEST_RABBITMQ_URL"):
        return "external"
    return "local" if why_no_containers() else "containers"


def describe(which: str) -> str:
    """One line for the head of the test report."""
    detail = {
        "containers": f"{', '.join(images())} in Docker",
        "local": f"private processes under {folder()}",
        "external": "given by KLU_TEST_MONGODB_URL and KLU_TEST_RABBITMQ_URL",
    }
    return f"test stack: {which} ({detail[which]})"


def start(which: str) -> AbstractContextManager[Stack]:
    """Start the stores for the length of a with block; Trouble says in a sentence why they cannot be had."""
    return STARTERS[which]()


def images() -> tuple[str, str]:
    """RabbitMQ's image and MongoDB's."""
    return (
        os.environ.get("KLU_TEST_RABBITMQ_IMAGE") or "rabbitmq:4",
        os.environ.get("KLU_TEST_MONGODB_IMAGE") or "mongo:8",
    )


def contained_rabbitmq() -> str:
    """For a system with a broker of its own: the image to run it from; empty where it is one of this machine's."""
    contained = choose() == "containers" and sys.platform == "linux" and engine_is_here()
    return images()[0] if contained else ""


@cache
def why_no_containers() -> str:
    """What is missing for containers; empty when nothing is."""
    if not builder.engine_answers():
        return "no Docker engine answers"
    missing = [image for image in images() if not at_hand(image)]
    return f"{', '.join(missing)} cannot be pulled" if missing else ""


def at_hand(image: str) -> bool:
    """Whether the image is here, if need be after a pull that gives up soon where no registry answers."""
    if subprocess.run(["docker", "image", "inspect", image], capture_output=True).returncode == 0:
        return True
    command = ["docker", "pull", image]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as pull:
        try:
            assert pull.stdout
            answered = bool(select.select([pull.stdout], [], [], REGISTRY_ANSWERS_WITHIN)[0])
            return answered and pull.wait(PULLED_WITHIN) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            pull.kill()


def wait_for(url: str, seconds: float) -> None:
    """Return once a client of RabbitMQ can log in. Raises SetupError after so many seconds."""
    if not until(lambda: rabbitmq.answers(url), seconds, pause=0.2):
        raise SetupError(f"RabbitMQ did not answer within {seconds:.0f} seconds.")


@contextmanager
def external() -> Iterator[Stack]:
    """Stores that somebody else runs."""

    def refuse_all() -> None:
        raise NotOurs("the broker was given from outside, it is not for the tests to stop")

    try:
        urls = os.environ["KLU_TEST_MONGODB_URL"], os.environ["KLU_TEST_RABBITMQ_URL"]
    except KeyError as missing:
        raise SetupError(f"KLU_TEST_STACK=external needs {missing.args[0]}.") from None
    yield Stack("external", *urls, describe("external"), lambda service: {}, refuse_all, refuse_all)


@contextmanager
def local() -> Iterator[Stack]:
    """Private processes on free ports, in a folder that goes afterwards."""
    sweep()
    own = Path(tempfile.mkdtemp(dir=folder()))
    (own / "owner.json").write_text(owner())
    system = System(own, {}, ports.free(config.PORTS))
    try:
        system.start_stores()
        assert system.mongodb and system.rabbitmq
        broker, database = system.rabbitmq, system.mongodb

        def access(service: str) -> dict[str, str]:
            return {"KLU_MONGODB_URL": database.url_for(service), "KLU_RABBITMQ_URL": broker.url_for(service)}

        yield Stack("local", database.url, broker.url, describe("local"), access, broker.stop, partial(again, broker))
    finally:
        system.remove()
        shutil.rmtree(own, ignore_errors=True)


def folder() -> Path:
    """Where private stores keep their data: in memory where there is enough of it and we may, else on the disk."""
    with suppress(OSError):
        if shutil.disk_usage(MEMORY.parent).free > ENOUGH:
            MEMORY.mkdir(mode=0o700, exist_ok=True)
            if MEMORY.stat().st_uid == os.getuid():
                return MEMORY
    DISK.mkdir(parents=True, exist_ok=True)
    return DISK


def again(broker: rabbitmq.Node) -> None:
    """Start it once more and wait until it answers."""
    broker.start()
    broker.wait_ready()


def sweep() -> None:
    """Delete the folders of test runs that were killed; their processes ended with them."""
    for file in (*DISK.glob("*/owner.json"), *MEMORY.glob("*/owner.json")):
        with suppress(FileNotFoundError, ValueError):  # another run sweeps as well, or has only begun to write it
            if not Identity(**json.loads(file.read_text())).alive:
                shutil.rmtree(file.parent, ignore_errors=True)


@contextmanager
def in_containers() -> Iterator[Stack]:
    """testcontainers, on fixed ports: a random one would be another after each start of the broker."""
    if why := why_no_containers():
        raise SetupError(f"KLU_TEST_STACK=containers is not possible here: {why}.")
    from testcontainers.core.config import testcontainers_config

    if not testcontainers_config.ryuk_disabled and not at_hand(testcontainers_config.ryuk_image):
        testcontainers_config.ryuk_disabled = True  # the reaper cannot be had; sweep_containers does its work
    sweep_containers()
    chosen = ports.free(["amqp", "mongodb"])
    broker_image, database_image = images()
    login = {"USER": rabbitmq.USER, "PASS": "klu", "VHOST": rabbitmq.VHOST}
    broker = container(broker_image, 5672, chosen["amqp"])
    broker.with_envs(**{f"RABBITMQ_DEFAULT_{name}": value for name, value in login.items()})
    database = container(database_image, 27017, chosen["mongodb"])
    database.with_command(["mongod", "--bind_ip_all", *mongod.OPTIONS, mongod.CACHE])
    with database, broker:
        host = ports.HOST if engine_is_here() else database.get_container_host_ip()
        mongodb_url = mongod.url(chosen["mongodb"], host)
        rabbitmq_url = rabbitmq.url("klu", chosen["amqp"], host)
        mongod.become_primary(mongodb_url, 60, host="localhost:27017")
        wait_for(rabbitmq_url, 90)
        users = admit_services(broker.get_wrapped_container().id)

        def access(user: str) -> dict[str, str]:
            own = rabbitmq.url(users[user], chosen["amqp"], host, config.user(user))
            return {"KLU_RABBITMQ_URL": own}

        def start_broker() -> None:
            broker.get_wrapped_container().start()
            wait_for(rabbitmq_url, 90)

        stop_broker = broker.get_wrapped_container().stop
        told = describe("containers")
        yield Stack("containers", mongodb_url, rabbitmq_url, told, access, stop_broker, start_broker)


def admit_services(container: str) -> dict[str, str]:
    """Give RabbitMQ in a container a user for each service, with its rights; their passwords."""
    with tempfile.TemporaryDirectory() as folder:
        (administrator := Path(folder, "passwords", rabbitmq.USER)).parent.mkdir()
        administrator.write_text("klu")
        told = json.dumps(rabbitmq.loaded(Path(folder)))
        command = ["docker", "exec", "-i", container, "rabbitmqctl", "import_definitions"]
        run("RabbitMQ did not take the users", command, input=told, timeout=60)
        return {user: config.password(Path(folder), user) for user in config.USERS}


def container(image: str, inside: int, outside: int) -> "DockerContainer":
    """Published on this machine's loopback only, where the engine is this machine's. Carries its owner's identity."""
    from testcontainers.core.container import DockerContainer

    one = DockerContainer(image).with_kwargs(labels={LABEL: owner()})
    if not engine_is_here():
        return one.with_bind_ports(inside, outside)
    one.ports[str(inside)] = (ports.HOST, outside)  # type: ignore[assignment]
    return one


@cache
def engine_is_here() -> bool:
    """Whether published ports appear on this machine's own loopback: not from within a container of the engine's."""
    if not os.environ.get("DOCKER_HOST", "unix://").startswith("unix://"):
        return False
    contained = Path("/.dockerenv").exists()
    return not contained or builder.docker("info", "--format", "{{.Name}}") == socket.gethostname()


def sweep_containers() -> None:
    """Remove the containers of test runs that were killed on this machine."""
    if not engine_is_here():
        return
    found = builder.docker(
        "ps", "-a", "--filter", f"label={LABEL}", "--format", f'{{{{.ID}}}} {{{{.Label "{LABEL}"}}}}'
    )
    for one, its_owner in (line.split(" ", 1) for line in found.splitlines()):
        if not Identity(**json.loads(its_owner)).alive:
            builder.docker("rm", "-fv", one)


def owner() -> str:
    """This test run, for whoever sweeps after it."""
    return json.dumps(vars(identify(os.getpid())))


STARTERS = {"containers": in_containers, "local": local, "external": external}


def main() -> None:
    """Install what the tests' stores need where we may; where we may not, say so and go on."""
    try:
        which = choose()
        if which == "local":
            mongod.program()
            rabbitmq.program()
        said = describe(which)
    except SetupError as setup_error:
        said = str(setup_error)
    sys.stdout.write(said + "\n")


if __name__ == "__main__":
    main()
