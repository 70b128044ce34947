"""The public form beside that of django-helpdesk, which sends its letters before the citizen is answered.

Here a message is accepted when it is kept, and its letters follow: so the intake is measured alone, and once more while
all services make letters of what is accepted, on the same cores. Both are warm: the first requests open connections and
read templates.
"""

import uvloop

from bench.figures import Figure, Goal, medians
from bench.helpdesk import helpdesk
from bench.load import Load, Target, hammer
from bench.sections.intake import form
from bench.sink import sink
from bench.system import BenchSystem, Profile

CONNECTIONS = (16, 64)
RATE, P99 = Goal(10, "more"), Goal(0.1, "less")
WARM = 1.0
"""Seconds."""
Loads = dict[int, list[Load]]


def measure(system: BenchSystem, profile: Profile) -> list[Figure]:
    """One after the other, for what is left of the letters must not disturb the other. Raises SetupError without
    PostgreSQL."""
    with helpdesk(system.folder, system.ports["KLU_LOCAL_SMTP_PORT"]) as target:
        theirs = {n: [_sent(system, target, n, profile) for _ in range(profile.runs)] for n in CONNECTIONS}
    alone = {n: [_ours(system, profile, n, "intake") for _ in range(profile.runs)] for n in CONNECTIONS}
    together = {n: [_ours(system, profile, n) for _ in range(profile.runs)] for n in CONNECTIONS[:1]}
    return [*_figures("form", alone, theirs, RATE, P99), *_figures("form while all work", together, theirs)]


def _ours(system: BenchSystem, profile: Profile, connections: int, *services: str) -> Load:
    """All services, if none is named."""
    system.start_services(*services)
    load = _sent(system, form(system), connections, profile)
    system.clear()
    return load


def _sent(system: BenchSystem, target: Target, connections: int, profile: Profile) -> Load:
    async def send() -> Load:
        async with sink(system.ports["KLU_LOCAL_SMTP_PORT"]):
            await hammer(target, connections=connections, seconds=WARM)
            return await hammer(target, connections=connections, seconds=profile.seconds)

    return uvloop.run(send())


def _figures(name: str, ours: Loads, theirs: Loads, rate: Goal | None = None, p99: Goal | None = None) -> list[Figure]:
    figures: list[Figure] = []
    for connections, runs in ours.items():
        found, baseline = medians(runs), medians(theirs[connections])
        for what, goal in (("accepted", rate), ("p99", p99)):
            row = f"{name}, {what}, {connections} at once"
            figures.append(Figure("peer", row, *found[what], "django-helpdesk", baseline[what][0], goal))
    return figures
