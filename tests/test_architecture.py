"""The import rules hold, and would be noticed if they did not; an image needs `shared` and its own service alone."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import examples as example

ROOT = Path(__file__).parent.parent
SERVICES = ["intake", "router", "replies", "notifier"]
PLANTED = {
    "a service imports another": ("services/intake/pages/form.py", "from services.router import domain"),
    "shared imports a service": ("shared/relay.py", "import services.intake.domain"),
    "domain imports a web framework": ("services/replies/domain/links.py", "import fastapi"),
    "domain speaks MongoDB": ("services/router/cases/domain/case.py", "import motor"),
    "a page speaks MongoDB": ("services/intake/pages/form.py", "import pymongo"),
    "domain imports the store": ("services/notifier/domain/letter.py", "import services.notifier.store"),
    "a page imports a handler": ("services/intake/pages/form.py", "import services.intake.handlers"),
    "events import the broker": ("shared/events.py", "import shared.broker.topology"),
    "an unknown room": ("services/intake/utils.py", "WORD = 1"),
    "an unknown room of a subject": ("services/router/cases/helpers.py", "WORD = 1"),
    "an unknown subject": ("services/router/gossip/__init__.py", "WORD = 1"),
    "a subject imports a later one": ("services/router/directory/store/units.py", "import services.router.cases.store"),
    "a subject imports its neighbour": ("services/router/accounts/store.py", "import services.router.directory.store"),
    "access imports a web framework": ("services/router/access.py", "import fastapi"),
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("services", "shared"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=120)


def test_every_import_rule_holds(tree: Path) -> None:
    found = lint(tree)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(("path", "line"), PLANTED.values(), ids=PLANTED)
def test_a_planted_violation_is_found(tree: Path, path: str, line: str) -> None:
    file = tree / path
    file.parent.mkdir(exist_ok=True)
    file.write_text((file.read_text() if file.exists() else "") + f"\n{line}\n")
    assert lint(tree).returncode != 0


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_needs_nothing_but_shared_and_itself_and_nothing_happens_on_import(
    tmp_path: Path, service: str
) -> None:
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "shared", tmp_path / "shared", ignore=leave)
    shutil.copytree(ROOT / "services" / service, tmp_path / "services" / service, ignore=leave)
    shutil.copy(ROOT / "services" / "__init__.py", tmp_path / "services")
    program = (
        "import socket, sys\n"
        "def never(*a, **k): raise AssertionError('a connection on import')\n"
        "socket.socket.connect = never\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        f"import services.{service}.app, services.{service}.config\n"
        "print('alone')"
    )
    command = [sys.executable, "-P", "-c", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, "alone"), done.stderr


def test_a_planted_page_without_an_action_keeps_the_desk_from_being_made(tree: Path) -> None:
    with (tree / "services/router/cases/pages/inbox.py").open("a") as file:
        file.write('\n\n@page.get("/planted")\nasync def show_planted() -> None: ...\n')
    (tree / "shared/web/static").mkdir()
    stores = "mongodb_url='mongodb://127.0.0.1:9', rabbitmq_url='amqp://127.0.0.1:9', secret_key='x' * 32"
    keys = "".join(f", {name}={value!r}" for name, value in example.keys("router").items())
    program = (
        "from services.router.app import create_app\nfrom services.router.config import Settings\n"
        f"create_app(Settings({stores}{keys}))"
    )
    made = subprocess.run([sys.executable, "-c", program], cwd=tree, capture_output=True, text=True, timeout=60)
    assert (made.returncode, "/planted (show_planted) requires no action" in made.stderr) == (1, True)
