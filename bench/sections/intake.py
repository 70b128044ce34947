"""How many messages the intake accepts, durable and with its relay running, against the floor.

Only the intake runs: what it publishes waits in the queues of the others, and is dropped between the runs.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from bench.figures import Figure, Goal, middle
from bench.load import Answer, Connection, Load, get, post, post_form
from bench.profile import Profile
from bench.system import BenchSystem, hammered, on_a_loop
from scripts.browser import form_in
from scripts.local.setup_error import SetupError
from services.intake.api import EXAMPLE

SECTION = "intake"
CONNECTIONS = (1, 16, 64)
GOAL = Goal(0.70, "more")
"""Of the rate, where there is more than one to accept: one alone waits for the disk, not for a processor."""
BODY = json.dumps(EXAMPLE).encode()
JSON = {"content-type": "application/json"}


@dataclass(frozen=True)
class Door:
    """A way in: where, what is sent there, and the status that says it was kept."""

    name: str
    addresses: list[str]
    make: Callable[[], bytes]
    accepted: int


def measure(system: BenchSystem, profile: Profile) -> list[Figure]:
    """The floor, the API and the form in turn, at each number of connections."""
    system.start_services("intake")
    system.start_floor(a_document(system)).wait_ready()
    authenticator = [Door("floor", [system.floor], lambda: post("/", BODY, JSON), 202), api(system), form(system)]
    figures: list[Figure] = []
    for connections in CONNECTIONS:
        loads: dict[str, list[Load]] = {door.name: [] for door in authenticator}
        drained: dict[str, list[float]] = {door.name: [] for door in authenticator}
        for _ in range(profile.runs):
            for door in authenticator:
                loads[door.name].append(accepted(door, connections=connections, seconds=profile.seconds))
                drained[door.name].append(system.at_rest())
                system.empty_queues()
        figures += _figures(connections, loads, drained)
    system.stop_floor()
    system.clear()
    return figures


def floor(measured: list[Figure]) -> dict[str, float]:
    """What the floor did in this run: its rate with some at once, its p50 alone. Trouble when it was not measured."""
    found = {figure.what: figure.value for figure in measured if figure.section == SECTION}
    if not found:
        raise SetupError("it is compared with the floor, which is measured with the intake.")
    return {"accepted": found["floor, accepted, 16 at once"], "p50": found["floor, p50, 1 at once"]}


def accepted(door: Door, *, connections: int, seconds: float) -> Load:
    """One run."""
    return hammered(door.addresses, door.make, connections=connections, seconds=seconds, expected=door.accepted)


def api(system: BenchSystem) -> Door:
    """``POST /api/v1/messages``."""
    return Door("API", system.serving["intake"], lambda: post("/api/v1/messages", BODY, JSON), 202)


def form(system: BenchSystem) -> Door:
    """The public form: opened once, and sent again and again as by many people."""

    async def opened() -> Answer:
        connection = Connection(system.serving["intake"][0])
        answer = await connection.ask(get("/"))
        connection.close()
        return answer

    fields = form_in(on_a_loop(opened()).text, "/").fields
    written = {name: EXAMPLE[name] for name in ("kind", "subject", "text", "name", "email")} | {"notice": "yes"}
    return Door(
        "form", system.serving["intake"], lambda: post_form("/", {**fields, **written, "once": uuid4().hex}), 303
    )


def a_document(system: BenchSystem) -> dict[str, object]:
    """One that the intake has kept, with the events it owes."""

    async def send() -> None:
        connection = Connection(system.serving["intake"][0])
        await connection.ask(post("/api/v1/messages", BODY, JSON))
        connection.close()

    with system.mongo() as client, client["klu_intake"]["messages"].watch(max_await_time_ms=100) as observed:
        on_a_loop(send())
        deadline = time.monotonic() + 10
        while (change := observed.try_next()) is None and time.monotonic() < deadline:
            pass
    assert change is not None, "the intake kept nothing"
    kept: dict[str, object] = change["fullDocument"]
    return kept


def _figures(connections: int, loads: dict[str, list[Load]], drained: dict[str, list[float]]) -> list[Figure]:
    floor = {what: middle(told(load) for load in loads["floor"]) for what, told in QUANTITIES.items()}
    figures = [
        Figure(SECTION, f"floor, {what}, {connections} at once", value, UNITS[what]) for what, value in floor.items()
    ]
    for door in ("API", "form"):
        for what, told in QUANTITIES.items():
            value = middle(told(load) for load in loads[door])
            goal = GOAL if (door, what) == ("API", "accepted") and connections > 1 else None
            name = f"{door}, {what}, {connections} at once"
            figures.append(Figure(SECTION, name, value, UNITS[what], "floor", floor[what], goal))
        pairs = zip(loads[door], drained[door], strict=True)
        handed_on = middle(len(load.waits) / (load.seconds + waited) for load, waited in pairs)
        name = f"{door}, accepted and with the broker, {connections} at once"
        figures.append(Figure(SECTION, name, handed_on, "/s", "floor", floor["accepted"]))
    return figures


QUANTITIES: dict[str, Callable[[Load], float]] = {
    "accepted": lambda load: load.rate,
    "p50": lambda load: load.quantile(0.5),
    "p99": lambda load: load.quantile(0.99),
}
UNITS = {"accepted": "/s", "p50": "ms", "p99": "ms"}
