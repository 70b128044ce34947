"""Messages through the whole procedure, and how long each hop takes: at light load, and at half of what gets through.

A letter counts as there when the mail server has its final dot.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.figures import Figure, Goal, middle
from bench.journey import HOPS, Through
from bench.procedure import Procedure
from bench.profile import Profile
from bench.sections import resources
from bench.sink import Sink
from bench.system import BenchSystem, memory, on_a_loop

SECTION = "procedure"
AT_ONCE = 16
LIGHT = 1.0
"""Messages a second."""
P50, P99 = Goal(50, "less", of_ratio=False), Goal(250, "less", of_ratio=False)


def measure(system: BenchSystem, profile: Profile, *, floor: dict[str, float]) -> list[Figure]:
    """One process of each service. ``floor``: its rate and its p50, for comparison."""
    system.start_services()
    idle = {name: memory(process) for name, process in system.services.items()}
    through, light, half = on_a_loop(_measure(system, profile))
    loaded = resources.under_load(system, idle)
    system.clear()
    rate = middle(one.rate for one in through)
    figures = [Figure(SECTION, f"messages through, {AT_ONCE} at once", rate, "/s", "floor", floor["accepted"])]
    for name, load in (("light load", light), ("half load", half)):
        for hop in HOPS:
            for share, told in ((0.5, "p50"), (0.99, "p99")):
                wished = {0.5: P50, 0.99: P99}[share] if (hop, load) == ("receipt", light) else None
                value, against = load.quantile(hop, share), floor["p50"]
                figures.append(Figure(SECTION, f"{hop}, {name}, {told}", value, "ms", "floor p50", against, wished))
    return [*figures, *loaded]


def rate(system: BenchSystem, profile: Profile) -> float:
    """Messages a second through the services that run."""

    async def go() -> list[Through]:
        async with _people(system) as procedure:
            return [await procedure.through(2 * profile.seconds, at_once=AT_ONCE) for _ in range(profile.runs)]

    return middle(one.rate for one in on_a_loop(go()))


async def _measure(system: BenchSystem, profile: Profile) -> tuple[list[Through], Through, Through]:
    async with _people(system) as procedure:
        await procedure.through(profile.seconds, at_once=AT_ONCE)  # caches fill, connections are opened
        through = [await procedure.through(2 * profile.seconds, at_once=AT_ONCE) for _ in range(profile.runs)]
        capacity = middle(one.rate for one in through)
        light = await procedure.at_rate(LIGHT, 10 * profile.seconds)
        half = await procedure.at_rate(capacity / 2, 5 * profile.seconds)
        return through, light, half


@asynccontextmanager
async def _people(system: BenchSystem) -> AsyncIterator[Procedure]:
    sink = Sink(system.ports["KLU_LOCAL_SMTP_PORT"])
    procedure = Procedure(system.serving, sink)
    await sink.open()
    try:
        await procedure.log_in()
        yield procedure
    finally:
        procedure.close()
        await sink.close()
