"""What a process needs: memory when idle, time from its start to its readiness, room for its packages."""

import time
import tomllib
from importlib.metadata import Distribution, distribution
from pathlib import Path
from statistics import median

from packaging.requirements import Requirement

from bench.figures import Figure, Goal
from bench.system import BenchSystem, Profile, memory
from scripts.local import config
from scripts.local.processes import Process, until

READY, MEMORY = Goal(2.0, "less", of_ratio=False), Goal(100, "less", of_ratio=False)
RESTS = 5.0
"""Seconds until a process is idle: its first look at itself is behind it."""


def measure(system: BenchSystem, profile: Profile) -> list[Figure]:
    """Each service alone, started again and again; then all at rest. The floor has what these parts need at least."""
    with system.floor() as floor:
        least = median(_to_ready(floor) for _ in range(profile.runs))
        figures = [Figure("resources", "floor, start to ready", least, "s")]
        for service in config.SERVICES:
            ready = median(_to_ready(system.made(service)) for _ in range(profile.runs))
            figures.append(Figure("resources", f"{service}, start to ready", ready, "s", "floor", least, READY))
        floor.start()
        system.start_services()
        time.sleep(RESTS)
        least = memory(floor)
        figures.append(Figure("resources", "floor, memory idle", least, "MB"))
        for name, process in system.services.items():
            figures.append(Figure("resources", f"{name}, memory idle", memory(process), "MB", "floor", least, MEMORY))
    system.clear()
    return [*figures, Figure("resources", "packages of one image", packages(), "MB")]


def packages() -> float:
    """The installed size of everything the services need to run, in MB, without what only developers need."""
    wanted = tomllib.loads((config.ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    found: dict[str, Distribution] = {}
    while wanted:
        requirement = Requirement(wanted.pop())
        needed = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if needed and requirement.name not in found:
            found[requirement.name] = distribution(requirement.name)
            wanted += found[requirement.name].requires or []
    files = {Path(str(file.locate())) for each in found.values() for file in each.files or []}
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


def _to_ready(process: Process) -> float:
    """Seconds from the start of a process to its readiness."""
    began = time.perf_counter()
    process.start()
    until(lambda: process.ready, 60, pause=0.01)
    took = time.perf_counter() - began
    process.stop()
    return took
