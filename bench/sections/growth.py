"""What becomes of it all as history grows, and as more processes of each service run on the same cores."""

from dataclasses import replace
from datetime import datetime

from bench.figures import Figure, Goal
from bench.history import grow
from bench.profile import Profile
from bench.sections import pages, procedure
from bench.sections.intake import accepted, api
from bench.sections.pages import Sight
from bench.system import BenchSystem, memory
from shared.clock import clock

HISTORY, REPLICAS = "growth", "replicas"
COMPARED = 10_000
"""Cases of the history that a longer one is compared with."""
GOAL = Goal(1.5, "less")
WISHED = ("desk inbox", "case page")
CONNECTIONS = 16


def with_history(system: BenchSystem, profile: Profile) -> list[Figure]:
    """The pages, the procedure and the API again at each size of the history, all services running."""
    rows: dict[int, dict[str, tuple[float, str]]] = {}
    for size in profile.sizes:
        grow(system.store("MongoDB").url, size, secret_key=system.env["KLU_SECRET_KEY"])
        began = clock()
        system.start_services()
        rows[size] = _told(pages.measure(system, profile))
        rows[size]["messages through"] = (procedure.rate(system, replace(profile, runs=1)), "/s")
        rows[size]["API, accepted"] = (_api(system, profile), "/s")
        rows[size] |= {f"{name}, memory": (memory(process), "MB") for name, process in system.services.items()}
        system.stop_services()
        system.empty_queues()
        _forget(system, began)
    largest = max(rows)
    return [
        Figure(HISTORY, f"{what}, {size:,} cases", value, unit, *_compared(rows, what), _goal(what, size == largest))
        for what in rows[largest]
        for size, (value, unit) in ((size, rows[size][what]) for size in rows)
    ]


def with_replicas(system: BenchSystem, profile: Profile) -> list[Figure]:
    """So many processes of each service, on the same cores; all run while the API accepts."""
    figures: list[Figure] = []
    first: dict[str, float] = {}
    for count in profile.replicas:
        system.scale(count)
        system.start_services()
        found = {
            "messages through": procedure.rate(system, replace(profile, runs=1)),
            "API, accepted": _api(system, profile),
        }
        system.clear()
        first = first or found
        figures += [
            Figure(REPLICAS, f"{what}, {count} of each", value, "/s", "one of each", first[what])
            for what, value in found.items()
        ]
    system.scale(1)
    return figures


def _api(system: BenchSystem, profile: Profile) -> float:
    return accepted(api(system), connections=CONNECTIONS, seconds=profile.seconds).rate


def _forget(system: BenchSystem, since: datetime) -> None:
    """What was written meanwhile: its random references might be among those of the history to come."""
    with system.mongo() as client:
        for database, collection in (("klu_intake", "messages"), ("klu_router", "cases")):
            client[database][collection].delete_many({"submitted_at": {"$gte": since}})


def _told(observed: dict[str, Sight]) -> dict[str, tuple[float, str]]:
    return {
        f"{name}, {what}": (value, unit)
        for name, sight in observed.items()
        for what, value, unit in (("shown", sight.rate, "/s"), ("p50", sight.p50, "ms"), ("p99", sight.p99, "ms"))
    }


def _compared(rows: dict[int, dict[str, tuple[float, str]]], what: str) -> tuple[str, float]:
    base = COMPARED if COMPARED in rows else min(rows)
    return f"{base:,} cases", rows[base][what][0]


def _goal(what: str, largest: bool) -> Goal | None:
    return GOAL if largest and what in [f"{page}, p50" for page in WISHED] else None
