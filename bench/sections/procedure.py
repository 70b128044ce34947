"""Messages through the whole procedure, and how long each hop takes: at light load, and at half of what gets through.

A letter counts as there when the mail server has its final dot.
"""

from itertools import product
from statistics import median

import uvloop

from bench.figures import Figure, Goal
from bench.load import Load, hammered
from bench.procedure import HOPS, Procedure, people
from bench.sections.intake import floor
from bench.system import BenchSystem, Profile, memory

CONCURRENCY = 16
LIGHT = 1.0
"""Messages a second."""
GOALS = {50: Goal(50, "less", of_ratio=False), 99: Goal(250, "less", of_ratio=False)}
"""In milliseconds, for the receipt at light load."""


def measure(system: BenchSystem, profile: Profile) -> list[Figure]:
    """One process of each service, compared with the floor's rate, and with its p50 when one asks alone."""
    with system.floor() as process:
        process.start()
        process.wait_ready()
        alone = hammered(floor(system), connections=1, seconds=profile.seconds).percentile(50)
        floor_rate = hammered(floor(system), connections=CONCURRENCY, seconds=profile.seconds).rate
    system.start_services()
    idle = {name: memory(process) for name, process in system.services.items()}
    rate, loads = uvloop.run(_measure(system, profile))
    loaded = [
        Figure("resources", f"{name}, memory under load", memory(process), "MB", "idle", idle[name])
        for name, process in system.services.items()
    ]
    system.clear()
    figures = [Figure("procedure", f"messages through, {CONCURRENCY} at once", rate, "/s", "floor", floor_rate)]
    for name, load in loads.items():
        for hop, (percent, goal) in product(HOPS, GOALS.items()):
            wished = goal if (hop, name) == ("receipt", "light load") else None
            row, value = f"{hop}, {name}, p{percent}", load[hop].percentile(percent)
            figures.append(Figure("procedure", row, value, "ms", "floor p50", alone, wished))
    return [*figures, *loaded]


async def rate(system: BenchSystem, profile: Profile) -> float:
    """Messages a second through the services that run, in one run."""
    async with people(system) as procedure:
        return await _capacity(procedure, profile, runs=1)


async def _capacity(procedure: Procedure, profile: Profile, *, runs: int) -> float:
    loads = [await procedure.through(2 * profile.seconds, concurrency=CONCURRENCY) for _ in range(runs)]
    return median(load["whole"].rate for load in loads)


async def _measure(system: BenchSystem, profile: Profile) -> tuple[float, dict[str, dict[str, Load]]]:
    async with people(system) as procedure:
        await _capacity(procedure, profile, runs=1)  # not counted: caches fill
        capacity = await _capacity(procedure, profile, runs=profile.runs)
        return capacity, {
            "light load": await procedure.at_rate(LIGHT, 10 * profile.seconds),
            "half load": await procedure.at_rate(capacity / 2, 5 * profile.seconds),
        }
