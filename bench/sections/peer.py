"""The public form beside that of django-helpdesk, which sends its letters before the citizen is answered.

Here a message is accepted when it is kept, and its letters follow: so the intake is measured alone, and once more while
all services make letters of what is accepted, on the same cores. Both are warm: the first requests open connections and
read templates.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from bench.figures import Figure, Goal, middle
from bench.helpdesk import Helpdesk
from bench.load import Load, hammer
from bench.profile import Profile
from bench.sections.intake import Door, form
from bench.sink import Sink
from bench.system import BenchSystem, on_a_loop

SECTION = "peer"
CONNECTIONS = (16, 64)
RATE, P99 = Goal(10, "more"), Goal(0.1, "less")
WARM = 1.0
"""Seconds."""
Loads = dict[int, list[Load]]


def measure(system: BenchSystem, profile: Profile) -> list[Figure]:
    """One after the other, for what is left of the letters must not disturb the other. Trouble without PostgreSQL."""
    theirs = on_a_loop(_theirs(system, profile))
    alone = _ours(system, profile, CONNECTIONS, "intake")
    together = _ours(system, profile, CONNECTIONS[:1])
    return [*_figures("form", alone, theirs, RATE, P99), *_figures("form while all work", together, theirs)]


def _ours(system: BenchSystem, profile: Profile, at_once: Sequence[int], *services: str) -> Loads:
    """All services, if none is named."""
    loads: Loads = {connections: [] for connections in at_once}
    for connections in at_once:
        for _ in range(profile.runs):
            system.start_services(*services)
            loads[connections].append(on_a_loop(_sent(system, form(system), connections, profile.seconds)))
            system.clear()
    return loads


async def _theirs(system: BenchSystem, profile: Profile) -> Loads:
    sink, helpdesk = Sink(port := system.ports["KLU_LOCAL_SMTP_PORT"]), Helpdesk(_folder(system), port)
    await sink.open()
    await asyncio.to_thread(helpdesk.start)
    try:
        door = Door("django-helpdesk", [helpdesk.address], await helpdesk.form(), helpdesk.accepted)
        await _hammered(door, CONNECTIONS[0], WARM)
        return {
            connections: [await _hammered(door, connections, profile.seconds) for _ in range(profile.runs)]
            for connections in CONNECTIONS
        }
    finally:
        await asyncio.to_thread(helpdesk.stop)
        await sink.close()


async def _sent(system: BenchSystem, door: Door, connections: int, seconds: float) -> Load:
    sink = Sink(system.ports["KLU_LOCAL_SMTP_PORT"])
    await sink.open()
    try:
        await _hammered(door, connections, WARM)
        return await _hammered(door, connections, seconds)
    finally:
        await sink.close()


async def _hammered(door: Door, connections: int, seconds: float) -> Load:
    return await hammer(door.addresses, door.make, connections=connections, seconds=seconds, expected=door.accepted)


def _folder(system: BenchSystem) -> Path:
    (folder := system.folder / "helpdesk").mkdir(exist_ok=True)
    return folder


def _figures(name: str, ours: Loads, theirs: Loads, rate: Goal | None = None, p99: Goal | None = None) -> list[Figure]:
    figures: list[Figure] = []
    for connections in ours:
        rates = [middle(load.rate for load in loads[connections]) for loads in (ours, theirs)]
        waits = [middle(load.quantile(0.99) for load in loads[connections]) for loads in (ours, theirs)]
        told = f"{connections} at once"
        figures += [
            Figure(SECTION, f"{name}, accepted, {told}", rates[0], "/s", "django-helpdesk", rates[1], rate),
            Figure(SECTION, f"{name}, p99, {told}", waits[0], "ms", "django-helpdesk", waits[1], p99),
        ]
    return figures
