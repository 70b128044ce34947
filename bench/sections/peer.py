"""The public form beside that of django-helpdesk, the whole of both running, both with letters to the same mail server.

Here a message is accepted when it is kept, and its letters follow; there they are sent before the citizen is answered.
"""

import asyncio
from pathlib import Path

from bench.figures import Figure, Goal, middle
from bench.ground import Ground, on_a_loop
from bench.helpdesk import Helpdesk
from bench.load import Load, hammer
from bench.pace import Pace
from bench.sections.intake import Door, form
from bench.sink import Sink

SECTION = "peer"
CONNECTIONS = 16
RATE, P99 = Goal(10, "more"), Goal(0.1, "less")


def measure(ground: Ground, pace: Pace) -> list[Figure]:
    """One after the other, for what is left of the letters must not disturb the other. Trouble without PostgreSQL."""
    theirs = on_a_loop(_theirs(ground, pace))
    ours: list[Load] = []
    for _ in range(pace.runs):
        ground.start_services()
        ours.append(on_a_loop(_sent(ground, form(ground), pace.seconds)))
        ground.clear()
    return _figures(ours, theirs)


async def _theirs(ground: Ground, pace: Pace) -> list[Load]:
    sink, helpdesk = Sink(port := ground.ports["KLU_LOCAL_SMTP_PORT"]), Helpdesk(_folder(ground), port)
    await sink.open()
    await asyncio.to_thread(helpdesk.start)
    try:
        door = Door("django-helpdesk", [helpdesk.address], await helpdesk.form(), helpdesk.accepted)
        await _hammered(door, 1.0)  # each worker reads its templates at its first ticket
        return [await _hammered(door, pace.seconds) for _ in range(pace.runs)]
    finally:
        await asyncio.to_thread(helpdesk.stop)
        await sink.close()


async def _sent(ground: Ground, door: Door, seconds: float) -> Load:
    sink = Sink(ground.ports["KLU_LOCAL_SMTP_PORT"])
    await sink.open()
    try:
        return await _hammered(door, seconds)
    finally:
        await sink.close()


async def _hammered(door: Door, seconds: float) -> Load:
    return await hammer(door.addresses, door.make, connections=CONNECTIONS, seconds=seconds, expected=door.accepted)


def _folder(ground: Ground) -> Path:
    (folder := ground.folder / "helpdesk").mkdir(exist_ok=True)
    return folder


def _figures(ours: list[Load], theirs: list[Load]) -> list[Figure]:
    name = f"{CONNECTIONS} at once"
    rate, their_rate = (middle(load.rate for load in loads) for loads in (ours, theirs))
    p99, their_p99 = (middle(load.quantile(0.99) for load in loads) for loads in (ours, theirs))
    return [
        Figure(SECTION, f"form, accepted, {name}", rate, "/s", "django-helpdesk", their_rate, RATE),
        Figure(SECTION, f"form, p99, {name}", p99, "ms", "django-helpdesk", their_p99, P99),
    ]
