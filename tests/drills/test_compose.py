"""``compose.yaml``, brought up from a clean copy of the project: it works as README says, with and without its parts.

Where an official image cannot be had, one made of Debian's packages stands in for it (``compose/*.Dockerfile``), on top
of the image that the tests are told to use. Skipped without a Docker engine and its plugin ``compose``.
"""

import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx2
import pytest
import yaml

from scripts import demo
from scripts.images import docker, engine_answers
from scripts.local import ports
from scripts.local.config import ROOT, SERVICES
from scripts.local.processes import until
from scripts.local.setup_error import run
from tests import stack
from tests.deploy.conftest import base

FILES = Path(__file__).with_name("compose")
PAGES = {"intake": 8001, "router": 8002, "replies": 8003, "notifier": 8004, "mailpit": 8025}
PUBLISHED = {**PAGES, **{f"{service}-management": 9001 + n for n, service in enumerate(SERVICES)}, "rabbitmq": 15672}
KILLED = ("notifier", "rabbitmq", "mongodb", "intake", "router", "replies")
"""In the order in which they are killed, each after another step of the demonstration."""
WHOLE_START = 1200.0


@dataclass(frozen=True)
class Composed:
    """One project of containers. ``ports``: this machine's, by the names of ``PUBLISHED``."""

    name: str
    folder: Path
    env: Mapping[str, str]
    ports: Mapping[str, int]

    def compose(self, *arguments: str) -> str:
        files = ["-f", "compose.yaml", "-f", "ports.yaml", "--profile", "demo"]
        command = ["docker", "compose", "-p", self.name, *files, *arguments]
        told = f"`docker compose {arguments[0]}` failed"
        return run(told, command, lines=30, cwd=self.folder, env=self.env, timeout=WHOLE_START)

    @property
    def urls(self) -> dict[str, str]:
        pages = {name: f"http://{ports.HOST}:{self.ports[name]}" for name in PAGES}
        return {**pages, "mailbox": pages["mailpit"]}

    def ready(self, service: str) -> bool:
        return ports.answers_ok(f"http://{ports.HOST}:{self.ports[f'{service}-management']}/readyz")

    def kill(self, part: str) -> None:
        """End a container without a word, start it again, and return when everything answers again."""
        container = f"{self.name}-{part}-1"
        docker("kill", container)
        assert docker("inspect", "-f", "{{.State.ExitCode}}", container) == "137"
        docker("start", container)
        self.wait_ready()

    def wait_ready(self) -> None:
        for service in SERVICES:
            assert until(partial(self.ready, service), 120, pause=0.5), docker("logs", f"{self.name}-{service}-1")

    def measured(self, service: str, metric: str) -> float:
        told = httpx2.get(f"http://{ports.HOST}:{self.ports[f'{service}-management']}/metrics").text
        found = re.search(rf"^{metric} (\S+)$", told, re.MULTILINE)
        assert found, metric
        return float(found[1])


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """Everything in containers, with the demo units and accounts; gone afterwards, with its volumes."""
    why = "" if engine_answers() else "no Docker engine answers"
    if why or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode:
        pytest.skip(why or "docker has no plugin compose")
    folder, name = tmp_path_factory.mktemp("klu"), f"klu-drill-{secrets.token_hex(3)}"
    _copy_project(folder)
    chosen = ports.free(PUBLISHED)
    (folder / "ports.yaml").write_text(_moved(chosen))
    own = {key: value for key, value in os.environ.items() if not key.startswith("KLU_")}
    made = Composed(name, folder, {**own, **_images(folder)}, chosen)
    run("no secrets were made", [sys.executable, "-m", "scripts.secrets", "compose"], cwd=folder)
    try:
        made.compose("up", "-d", "--build")
        made.wait_ready()
        assert until(lambda: docker("inspect", "-f", "{{.State.Status}}", f"{name}-demo-1") == "exited", 60)
        yield made
    finally:
        made.compose("down", "-v", "--timeout", "1")


def _copy_project(folder: Path) -> None:
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    for name in filter(None, files.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def _moved(chosen: Mapping[str, int]) -> str:
    """An override that publishes everything on free ports, and has the links lead there."""
    numbers = {str(inside): chosen[name] for name, inside in PUBLISHED.items()}
    links = {f"KLU_{name.upper()}_URL": f"http://{ports.HOST}:{chosen[name]}" for name in PAGES if name in SERVICES}
    parts = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    moved = {}
    for name, part in parts.items():
        lines = [f'"{ports.HOST}:{numbers[port.split(":")[1]]}:{port.split(":")[2]}"' for port in part.get("ports", ())]
        moved[name] = [f"  {name}:"] + ([f"    ports: !override [{', '.join(lines)}]"] if lines else [])
        moved[name] += [f"    environment: {links}"] if name in SERVICES else []
    return "\n".join(["services:", *(line for lines in moved.values() if len(lines) > 1 for line in lines), ""])


def _images(folder: Path) -> dict[str, str]:
    """The official images, or what stands in for them."""
    asked = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    official = dict(re.findall(r"\$\{(KLU_\w+_IMAGE):-([^}]+)\}", asked))
    rabbitmq, mongodb = stack.images()
    parents = {"KLU_RABBITMQ_IMAGE": rabbitmq, "KLU_MONGODB_IMAGE": mongodb, "KLU_MAILPIT_IMAGE": base()}
    chosen = {"KLU_BASE_IMAGE": base()}
    for variable, below in parents.items():
        chosen[variable] = official[variable]
        if not stack.at_hand(official[variable]):
            chosen[variable] = _stand_in(folder, variable, below)
    return chosen


def _stand_in(folder: Path, variable: str, below: str) -> str:
    if not stack.at_hand(below):
        pytest.skip(f"{below} cannot be pulled")
    name = variable.removeprefix("KLU_").removesuffix("_IMAGE").lower()
    image, context = f"klu-hat/stand-in-{name}:test", folder / "context"
    shutil.copytree(folder / "scripts", context / "scripts", dirs_exist_ok=True)
    uv = shutil.which("uv") or str(ROOT / ".local" / "uv" / "bin" / "uv")  # as scripts/setup.sh has it
    locked = [uv, "export", "-q", "--frozen", "--no-hashes", "--no-emit-project", "-o", "context/constraints.txt"]
    run("the versions of the packages could not be read", locked, cwd=folder)
    file = FILES / f"{name}.Dockerfile"
    command = ["docker", "build", "-q", "-t", image, "-f", str(file), "--build-arg", f"BASE={below}", str(context)]
    run(f"{image} could not be built", command, lines=20, timeout=WHOLE_START)
    return image


async def test_the_procedure_works_in_containers(composed: Composed) -> None:
    await demo.procedure(composed.urls, lambda told: nullcontext())
    assert composed.measured("router", "klu_parked_events") == 0


async def test_nothing_is_lost_when_each_container_is_killed_during_the_procedure(composed: Composed) -> None:
    composed.kill("mailpit")  # what a mailbox in memory has taken is gone; so before the first letter
    to_be_killed = list(KILLED)

    @contextmanager
    def step(told: str) -> Iterator[None]:
        yield
        if to_be_killed:
            composed.kill(to_be_killed.pop(0))

    await demo.procedure(composed.urls, step)
    assert not to_be_killed
    assert composed.measured("router", "klu_parked_events") == 0


def test_mongodb_asks_who_is_there(composed: Composed) -> None:
    look = 'try { db.getSiblingDB("klu_router").cases.findOne(); print("in") } catch (e) { print(e.codeName) }'
    assert "Unauthorized" in composed.compose("exec", "-T", "mongodb", "mongosh", "--quiet", "--eval", look)


STORES = {"rabbitmq", "mongodb"}
CONNECTS = """
import socket, sys
for name, port in zip(sys.argv[1::2], sys.argv[2::2]):
    try:
        socket.create_connection((name, int(port)), 3).close()
        print(name)
    except OSError:
        pass
"""


@pytest.mark.parametrize(
    ("part", "reached"),
    [
        ("intake", {"rabbitmq", "mongodb"}),
        ("router", {"rabbitmq", "mongodb"}),
        ("notifier", {"rabbitmq", "mongodb", "mailpit"}),
    ],
)
def test_a_service_reaches_its_stores_and_only_the_notifier_the_mailbox(
    composed: Composed, part: str, reached: set[str]
) -> None:
    asked = ["rabbitmq", "5672", "mongodb", "27017", "mailpit", "1025"]
    assert set(composed.compose("exec", "-T", part, "python", "-c", CONNECTS, *asked).split()) == reached


def cases(composed: Composed) -> str:
    """How many there are, told to the administrator."""
    password = (composed.folder / ".secrets" / "mongodb-root-password").read_text()
    log_in = ["-u", "klu", "-p", password, "--eval", 'db.getSiblingDB("klu_router").cases.countDocuments()']
    return composed.compose("exec", "-T", "mongodb", "mongosh", "--quiet", *log_in).strip()


def test_everything_stops_in_time_and_comes_back_with_its_data(composed: Composed) -> None:
    before = cases(composed)
    composed.compose("stop")
    parts = (*SERVICES, "rabbitmq", "mongodb")
    codes = {part: docker("inspect", "-f", "{{.State.ExitCode}}", f"{composed.name}-{part}-1") for part in parts}
    assert set(codes.values()) <= {"0", "143"}, codes  # 137 is a process that had to be killed
    composed.compose("up", "-d")
    composed.wait_ready()
    assert cases(composed) == before != "0"
