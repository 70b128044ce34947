"""What is in the images, and how they behave, seen on a real engine; skipped where there is none."""

import json
import subprocess
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from scripts.images import docker, labels, table
from scripts.local import ports
from scripts.local.config import SERVICES
from scripts.local.processes import until
from scripts.local.setup_error import SetupError
from tests.deploy.conftest import VERSION, Running, Start

each = pytest.mark.parametrize("service", SERVICES)
TOOLS = ["pytest", "mypy", "ruff", "uv", "pip", "setuptools", "coverage", "testcontainers", "tests", "scripts", "bench"]
WRITABLE = """
import os
walk = [*os.walk("/app"), *os.walk("/opt")]
below = [os.path.join(at, name) for at, folders, files in walk for name in (".", *folders, *files)]
print(len(below) > 1000, [path for path in below if os.access(path, os.W_OK)])
"""
NOT_COMPILED = """
import os, sys
specs = [getattr(module, "__spec__", None) for module in list(sys.modules.values())]
loaded = [spec.cached for spec in specs if spec and spec.cached]
ours = [file for file in loaded if file.startswith(("/app", "/opt"))]
print(len(ours) > 300, [file for file in ours if not os.path.exists(file)])
"""
DATES = """
from datetime import UTC, datetime
from shared.web.i18n import locales
known = locales((), "Europe/Istanbul")
print(" | ".join(known[language].date(datetime(2026, 11, 23, tzinfo=UTC)) for language in ("tr", "en", "ar")))
"""


def get(address: str) -> tuple[int, str]:
    """Status and body."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.netloc, timeout=5)
    with closing(connection):
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def answering(address: str) -> set[str]:
    """The dependencies that answer, as the service says."""
    told = json.loads(get(f"{address}/readyz")[1])["dependencies"]
    return {name for name, state in told.items() if state == "ok"}


@each
def test_a_service_is_alive_ready_and_measured(running: dict[str, Running], service: str) -> None:
    address = running[service].management
    assert get(f"{address}/livez")[0] == 200
    assert until(lambda: {"mongodb", "rabbitmq"} <= answering(address), 30)
    assert get(f"{address}/readyz")[0] == 200
    status, metrics = get(f"{address}/metrics")
    assert status == 200 and "# TYPE klu_" in metrics


@each
def test_the_engine_sees_that_it_is_healthy(running: dict[str, Running], service: str) -> None:
    assert until(lambda: running[service].says()["State"]["Health"]["Status"] == "healthy", 30)


@each
def test_no_other_service_is_inside(running: dict[str, Running], service: str) -> None:
    assert running[service].prints("import os; print(*sorted(os.listdir('/app')))") == "services shared"
    for other in set(SERVICES) - {service}:
        look = f"import importlib.util; print(importlib.util.find_spec('services.{other}'))"
        assert running[service].prints(look) == "None"
    assert running[service].prints(f"import services.{service}.app") == ""


@each
def test_no_tool_of_the_workshop_is_inside(running: dict[str, Running], service: str) -> None:
    look = f"import importlib.util; print([t for t in {TOOLS} if importlib.util.find_spec(t)])"
    assert running[service].prints(look) == "[]"
    assert running[service].prints("import os; print(*os.listdir('/opt'), os.path.exists('/build'))") == "venv False"


@each
def test_it_is_nobody_with_no_capability(running: dict[str, Running], service: str) -> None:
    status = dict(
        line.split(":\t", 1) for line in running[service].prints("print(open('/proc/1/status').read())").splitlines()
    )
    assert set(status["Uid"].split() + status["Gid"].split()) == {"10001"}
    assert {int(status[kind], 16) for kind in ("CapEff", "CapPrm", "CapBnd")} == {0}


@each
def test_it_could_not_change_itself_even_if_the_root_were_writable(images: dict[str, str], service: str) -> None:
    assert docker("run", "--rm", "--entrypoint", "python", images[service], "-c", WRITABLE) == "True []"


@each
def test_its_root_is_read_only_and_nothing_is_compiled_at_its_start(running: dict[str, Running], service: str) -> None:
    with pytest.raises(SetupError, match="Read-only file system"):
        running[service].prints("open('/app/here', 'w')")
    assert running[service].prints(f"import services.{service}.app\n{NOT_COMPILED}") == "True []"


@each
def test_sigterm_ends_it_cleanly_in_time(start: Start, service: str) -> None:
    stopped = start(service)
    assert until(lambda: ports.answers_ok(f"{stopped.management}/livez"), 30)
    docker("stop", "-t", "30", stopped.container)
    state = stopped.says()["State"]
    assert (state["ExitCode"], state["OOMKilled"]) == (0, False), docker("logs", stopped.container)


@each
def test_it_prepares_what_it_needs_and_ends(start: Start, service: str) -> None:
    prepared = start(service, "prepare")
    assert docker("wait", prepared.container) == "0", docker("logs", prepared.container)


@each
def test_it_says_what_it_is(images: dict[str, str], service: str) -> None:
    said = json.loads(docker("image", "inspect", "-f", "{{json .Config.Labels}}", images[service]))
    known = labels(VERSION)
    of = "org.opencontainers.image."
    assert said[of + "title"].endswith(service)
    assert [said[of + key] for key in ("version", "revision", "created")] == list(known.values())


def test_what_is_said_after_the_image_is_a_command(images: dict[str, str]) -> None:
    done = subprocess.run(["docker", "run", "--rm", images["router"], "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and "add-user" in done.stdout


def test_a_person_reads_dates_in_their_language(running: dict[str, Running]) -> None:
    assert running["intake"].prints(DATES) == "23 Kasım 2026 | 23 November 2026 | 23 نوفمبر 2026"


def test_the_table_has_a_line_for_every_image(images: dict[str, str]) -> None:
    shown = table(images)
    assert [line.split()[0] for line in shown.splitlines()] == ["service", *SERVICES]
    print(shown)  # noqa: T201 - with -s, or when something fails, the sizes are there to be seen
