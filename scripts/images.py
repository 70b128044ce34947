"""Build the four container images and print how large they are: ``make images``; see docs/decisions/0011."""

import subprocess
import tomllib
from collections.abc import Mapping
from typing import Annotated

import typer

from scripts.local.config import ROOT, SERVICES
from scripts.local.setup_error import SetupError, run

WHOLE_BUILD = 1800.0


def engine_answers() -> bool:
    """Whether a Docker engine is there; decided within seconds, also when its socket hangs."""
    try:
        return bool(docker("info", seconds=5))
    except SetupError:
        return False


def docker(*arguments: str, seconds: float = 60) -> str:
    """The output of a docker command. Raises SetupError with its last line when it fails."""
    told = f"`docker {' '.join(arguments[:2])}` failed"
    return run(told, ["docker", *arguments], lines=1, timeout=seconds).strip()


def name(service: str, version: str, registry: str = "") -> str:
    return "/".join(filter(None, (registry.rstrip("/"), "klu-hat", f"{service}:{version}")))


def build(service: str, image: str, base: str, labels: dict[str, str]) -> None:
    told = {"SERVICE": service, "BASE": base} | labels
    arguments = [part for key, value in told.items() if value for part in ("--build-arg", f"{key}={value}")]
    command = ["docker", "build", "-t", image, *arguments, str(ROOT)]
    run(f"{image} could not be built", command, lines=20, timeout=WHOLE_BUILD)


def labels(version: str) -> dict[str, str]:
    return {"VERSION": version, "REVISION": _git("rev-parse", "HEAD"), "CREATED": _git("show", "-s", "--format=%cI")}


def table(images: Mapping[str, str]) -> str:
    lines = [f"{'service':<10}{'size':>8}  {'packages':>8}  {'code':>7}  image"]
    for service, image in images.items():
        history = docker("history", "--no-trunc", "--human=false", "--format", "{{.Size}} {{.CreatedBy}}", image)
        code, packages = [int(line.split(" ", 1)[0]) for line in history.splitlines() if "COPY" in line][:2]
        whole = int(docker("image", "inspect", "-f", "{{.Size}}", image))
        sizes = "  ".join(f"{size / 1e6:>5.1f} MB" for size in (whole, packages, code))
        lines.append(f"{service:<10}{sizes}  {image}")
    return "\n".join(lines)


def main(
    base: Annotated[str, typer.Option(help="Base image; empty for the Dockerfile's.")] = "",
    registry: Annotated[str, typer.Option(help="Put before the names, such as registry.example:5000.")] = "",
    version: Annotated[str, typer.Option(help="Tag; empty for version and commit of the working copy.")] = "",
) -> None:
    """Build all four. The version is ``0.1.0-c40be08``, with ``-changed`` where the working copy is not that commit."""
    if not engine_answers():
        raise SystemExit("No Docker engine answers: install one, or start it.")
    if not version:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        changed = "changed" if _git("status", "--porcelain") else ""
        version = "-".join(filter(None, (project["version"], _git("rev-parse", "--short", "HEAD"), changed)))
    images = {service: name(service, version, registry) for service in SERVICES}
    try:
        for service, image in images.items():
            typer.echo(f"Building {image} ...", err=True)
            build(service, image, base, labels(version))
        typer.echo(table(images))
    except SetupError as setup_error:
        raise SystemExit(str(setup_error)) from None


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


if __name__ == "__main__":
    typer.run(main)
