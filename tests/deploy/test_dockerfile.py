"""What the Dockerfile and the list of what it may see promise, read from the files: no engine is needed."""

import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from docker.utils.build import exclude_paths

from scripts.local.config import ROOT, SERVICES
from shared.events import Language
from tests.conftest import MAKERS

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COPIED = {"pyproject.toml", "uv.lock", "services/__init__.py", "services/${SERVICE}", "shared"}
LYING_ABOUT = [
    ".env",
    ".git/config",
    ".local/run/secret_key",
    ".secrets/router.env",
    ".venv/bin/python",
    "compose.yaml",
    "deploy/k8s/base/secret.yaml",
    "scripts/local/seeds.py",
    "services/intake/.env",
    "services/intake/__pycache__/app.cpython-311.pyc",
    "shared/.DS_Store",
    "shared/old.pyc",
    "shared/web/.pages.py.swp",
    "tests/conftest.py",
]
"""What a working copy has besides, and nobody should find in an image."""


def instructions() -> list[tuple[str, str]]:
    """Instruction and arguments, each on one line."""
    lines = [line for line in DOCKERFILE.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines())]


def of(wanted: str) -> list[str]:
    """The arguments of every instruction of this kind."""
    return [rest for word, rest in instructions() if word == wanted]


def test_nothing_is_copied_but_what_is_named() -> None:
    from_context = [rest.split()[:-1] for rest in of("COPY") if not rest.startswith("--from=build ")]
    assert {source for sources in from_context for source in sources} == COPIED
    assert [rest for rest in of("COPY") if rest.startswith("--from=build ")] == [
        "--from=build /opt/venv /opt/venv",
        "--from=build /app /app",
    ]
    assert not of("ADD")


def test_every_package_comes_with_a_hash_and_what_builds_one_too() -> None:
    installing = [rest for rest in of("RUN") if re.search(r"pip (install|sync)", rest)]
    assert len(installing) == 2
    assert all("--require-hashes" in rest for rest in installing)
    assert "--no-build" in installing[1] and "uv export -q --frozen --no-dev" in installing[1]
    assert "--only-group build -o build.txt" in installing[1] and "--build-constraints build.txt" in installing[1]
    uv = next(rest for rest in of("ARG") if rest.startswith("UV="))
    assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", uv)) == 2


def test_every_package_of_the_images_has_a_wheel_but_the_one_that_is_built() -> None:
    locked = {one["name"]: one for one in tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]}
    inside, found = set[str](), ["klu-hat"]
    while found:
        if (name := found.pop()) not in inside:
            inside.add(name)
            extras = locked[name].get("optional-dependencies", {}).values()
            found += [need["name"] for needs in (locked[name].get("dependencies", []), *extras) for need in needs]
    (built,) = (rest.partition("=")[2] for rest in of("ARG") if rest.startswith("SOURCE="))
    assert [name for name in sorted(inside - {"klu-hat"}) if not locked[name].get("wheels")] == [built]


def test_the_lock_file_is_read_by_the_uv_that_everybody_has() -> None:
    setup = (ROOT / "scripts" / "setup.sh").read_text(encoding="utf-8")
    everybodys = re.search(r"^uv_version=(.+)$", setup, re.MULTILINE)
    assert everybodys and f'UV="uv=={everybodys[1]} ' in DOCKERFILE


def test_the_base_is_an_argument_and_pinned() -> None:
    bases = [rest.split()[0] for rest in of("FROM")]
    named = {rest.split()[2] for rest in of("FROM") if " AS " in rest}
    assert {base for base in bases if base not in named} == {"${BASE}", "${SERVICE}"}
    default = next(rest for rest in of("ARG") if rest.startswith("BASE="))
    assert re.fullmatch(r"BASE=python:3\.\d+-slim-\w+", default)


def test_any_builder_can_read_it() -> None:
    assert not re.search(r"RUN --|COPY --(link|chmod|parents)|<<|# syntax", DOCKERFILE)


def test_it_runs_as_a_user_that_kubernetes_knows_not_to_be_root() -> None:
    assert of("USER") == ["10001:10001"]
    assert of("STOPSIGNAL") == ["SIGTERM"]


@pytest.mark.parametrize("service", SERVICES)
def test_the_ports_are_those_of_the_settings(service: str) -> None:
    fields = MAKERS[service][1].model_fields
    port, management = fields["port"].default, fields["management_port"].default
    at = instructions().index(("FROM", f"image AS {service}"))
    assert instructions()[at + 1 : at + 4] == [
        ("ENV", f"KLU_PORT={port} KLU_MANAGEMENT_PORT={management}"),
        ("EXPOSE", f"{port} {management}"),
        ("ENTRYPOINT", f'["python", "-m", "services.{service}"]'),
    ]


def test_the_dates_of_every_language_stay() -> None:
    kept = set(re.findall(r"! -name (\w+)\.dat", DOCKERFILE))
    assert kept == {"root", *get_args(Language)}


def test_the_builder_sees_nothing_that_lies_about(tmp_path: Path) -> None:
    wanted = [
        "pyproject.toml",
        "services/__init__.py",
        "services/intake/locale/tr.po",
        "shared/web/style.css",
        "uv.lock",
    ]
    for name in [*wanted, *LYING_ABOUT]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    observed = {path for path in exclude_paths(str(tmp_path), ignored, "Dockerfile") if (tmp_path / path).is_file()}
    assert observed == set(wanted)


def test_the_builder_sees_every_file_of_the_code() -> None:
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    observed = exclude_paths(str(ROOT), ignored, "Dockerfile")
    for name in ("services", "shared"):
        code = {str(path.relative_to(ROOT)) for path in (ROOT / name).rglob("*") if path.is_file()}
        assert {path for path in code if "__pycache__" not in path} <= observed
