"""What becomes of it all as history grows, and as more processes of each service run on the same cores."""

from itertools import product

import uvloop

from bench.figures import Figure, Goal, Measured
from bench.history import History
from bench.load import hammered
from bench.sections import pages, procedure
from bench.sections.intake import api
from bench.system import REPLICAS, BenchSystem, Profile, memory
from shared.clock import utc_now

SIZES = (1_000, 10_000, 100_000, 1_000_000)
COMPARED = 10_000
"""Cases of the history that a longer one is compared with."""
GOALS = {f"{page}, p50": Goal(1.5, "less") for page in ("desk inbox", "case page")}
"""With the longest history."""
CONNECTIONS = 16


def with_history(system: BenchSystem, profile: Profile) -> list[Figure]:
    """The pages, the procedure and the API again at each size of the history, all services running."""
    history, found = History(system), dict[int, Measured]()
    for size in [size for size in SIZES if size <= profile.largest]:
        history.grow(size)
        began = utc_now()
        system.start_services()
        found[size] = pages.measure(system, profile) | _throughput(system, profile)
        found[size] |= {f"{name}, memory": (memory(process), "MB") for name, process in system.services.items()}
        system.stop_services()
        system.empty_queues()
        with system.mongo() as client:  # what was written meanwhile would make the inbox longer
            for database, collection in (("klu_intake", "messages"), ("klu_router", "cases")):
                client[database][collection].delete_many({"submitted_at": {"$gte": began}})
    compared, largest = COMPARED if COMPARED in found else min(found), max(found)
    figures: list[Figure] = []
    for what, size in product(found[largest], found):
        goal, baseline = GOALS.get(what) if size == largest else None, found[compared][what][0]
        row = f"{what}, {size:,} cases"
        figures.append(Figure("growth", row, *found[size][what], f"{compared:,} cases", baseline, goal))
    return figures


def with_replicas(system: BenchSystem, profile: Profile) -> list[Figure]:
    """So many processes of each service, on the same cores; all run while the API accepts."""
    figures, first = list[Figure](), Measured()
    for count in REPLICAS:
        system.scale(count)
        system.start_services()
        found = _throughput(system, profile)
        system.clear()
        first = first or found
        figures += [
            Figure("replicas", f"{what}, {count} of each", value, unit, "one of each", first[what][0])
            for what, (value, unit) in found.items()
        ]
    system.scale(1)
    return figures


def _throughput(system: BenchSystem, profile: Profile) -> Measured:
    through = uvloop.run(procedure.rate(system, profile))
    load = hammered(api(system), connections=CONNECTIONS, seconds=profile.seconds)
    return {"messages through": (through, "/s"), "API, accepted": (load.rate, "/s")}
