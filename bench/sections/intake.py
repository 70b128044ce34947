"""How many messages the intake accepts, durable and with its relay running, against the floor.

Only the intake runs: what it publishes waits in the queues of the others, and is dropped between the runs.
"""

import json
from statistics import median
from uuid import uuid4

import uvloop

from bench.figures import Figure, Goal, medians
from bench.load import Load, Target, ask, get, hammered, post, post_form
from bench.system import BenchSystem, Profile
from scripts.browser import form_in
from scripts.people import MESSAGE
from services.intake.api.messages import EXAMPLE

CONNECTIONS = (1, 16, 64)
GOAL = Goal(0.70, "more")
"""Of the rate, where there is more than one to accept: one alone waits for the disk, not for a processor."""
BODY = json.dumps(EXAMPLE).encode()


def measure(system: BenchSystem, profile: Profile) -> list[Figure]:
    """The floor, the API and the form in turn, at each number of connections."""
    system.start_services("intake")
    figures: list[Figure] = []
    with system.floor() as process:
        process.start()
        process.wait_ready()
        targets = {"floor": floor(system), "API": api(system), "form": form(system)}
        for connections in CONNECTIONS:
            loads: dict[str, list[Load]] = {name: [] for name in targets}
            kept_up: dict[str, list[float]] = {name: [] for name in targets}
            for name, target in [*targets.items()] * profile.runs:
                load = hammered(target, connections=connections, seconds=profile.seconds)
                loads[name].append(load)
                kept_up[name].append(len(load.waits) / (load.seconds + system.at_rest()))
                system.empty_queues()
            figures += _figures(connections, loads, {name: median(rates) for name, rates in kept_up.items()})
    system.clear()
    return figures


def floor(system: BenchSystem) -> Target:
    """The same message, which is only inserted."""
    return Target([system.floor_address], lambda: post("/", BODY), 202)


def api(system: BenchSystem) -> Target:
    """``POST /api/v1/messages``."""
    return Target(system.serving["intake"], lambda: post("/api/v1/messages", BODY), 202)


def form(system: BenchSystem) -> Target:
    """The public form: opened once, and sent again and again as by many people."""
    page = uvloop.run(ask(system.serving["intake"][0], get("/"), 200))
    fields = form_in(page.text, "/").fields | MESSAGE
    return Target(system.serving["intake"], lambda: post_form("/", fields | {"once": uuid4().hex}), 303)


def _figures(connections: int, loads: dict[str, list[Load]], kept_up: dict[str, float]) -> list[Figure]:
    found = {name: medians(runs) for name, runs in loads.items()}
    named = [(f"{what}, {connections} at once", what, value) for what, value in found["floor"].items()]
    figures = [Figure("intake", f"floor, {row}", *value) for row, _, value in named]
    for name in ("API", "form"):
        for row, what, (baseline, _) in named:
            goal = GOAL if (name, what) == ("API", "accepted") and connections > 1 else None
            figures.append(Figure("intake", f"{name}, {row}", *found[name][what], "floor", baseline, goal))
        row, baseline = f"{name}, accepted and with the broker, {connections} at once", found["floor"]["accepted"][0]
        figures.append(Figure("intake", row, kept_up[name], "/s", "floor", baseline))
    return figures
