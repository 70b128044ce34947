"""What a process needs: memory idle and under load, time from its start to its readiness, room for its packages."""

import re
import time
from importlib.metadata import Distribution, distribution
from pathlib import Path

from bench.figures import Figure, Goal, middle
from bench.profile import Profile
from bench.sections.intake import a_document
from bench.system import BenchSystem, memory
from scripts.local import config
from scripts.local.processes import Process, until

SECTION = "resources"
READY, MEMORY = Goal(2.0, "less", of_ratio=False), Goal(100, "less", of_ratio=False)
RESTS = 5.0
"""Seconds until a process is idle: its first look at itself is behind it."""


def measure(system: BenchSystem, profile: Profile) -> list[Figure]:
    """Each service alone, started again and again; then all at rest. The floor has what these parts need at least."""
    system.start_services("intake")
    document = a_document(system)
    system.at_rest()
    system.stop_services()
    floors = [_to_ready(system.start_floor(document)) for _ in range(profile.runs)]
    figures = [Figure(SECTION, "floor, start to ready", middle(floors), "s")]
    for service in config.SERVICES:
        ready = middle(_to_ready(system.made(service)) for _ in range(profile.runs))
        figures.append(Figure(SECTION, f"{service}, start to ready", ready, "s", "floor", middle(floors), READY))
    floor = system.start_floor(document)
    floor.wait_ready()
    system.start_services()
    time.sleep(RESTS)
    least = memory(floor)
    figures.append(Figure(SECTION, "floor, memory idle", least, "MB"))
    for service, process in system.services.items():
        figures.append(Figure(SECTION, f"{service}, memory idle", memory(process), "MB", "floor", least, MEMORY))
    system.stop_floor()
    system.clear()
    return [*figures, Figure(SECTION, "packages of one image", packages(), "MB")]


def under_load(system: BenchSystem, idle: dict[str, float]) -> list[Figure]:
    """The memory of the running services now, beside what they had at rest."""
    return [
        Figure(SECTION, f"{name}, memory under load", memory(process), "MB", "idle", idle[name])
        for name, process in system.services.items()
    ]


def packages() -> float:
    """The installed size of everything the services need to run, in MB, without what only developers need."""
    project = (config.ROOT / "pyproject.toml").read_text()
    wanted = re.findall(r'^    "([A-Za-z0-9_-]+)', project.split("[dependency-groups]")[0], flags=re.MULTILINE)
    found: dict[str, Distribution] = {}
    while wanted:
        name = _normal(wanted.pop())
        if name not in found:
            found[name] = distribution(name)
            wanted += [_normal(r) for r in found[name].requires or [] if _needed(r)]
    files = {Path(str(file.locate())) for each in found.values() for file in each.files or []}
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


def _to_ready(process: Process) -> float:
    """Seconds from the start of a process, which is not running, to its readiness."""
    process.stop()
    began = time.perf_counter()
    process.start()
    until(lambda: process.ready, 60, pause=0.01)
    took = time.perf_counter() - began
    process.stop()
    return took


def _needed(requirement: str) -> bool:
    """Whether a requirement is there: extras, and what other systems need, are mostly not."""
    try:
        distribution(_normal(requirement))
    except Exception:
        return False
    return "extra ==" not in requirement


def _normal(requirement: str) -> str:
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    return re.sub(r"[-_.]+", "-", name[0]).lower() if name else requirement
