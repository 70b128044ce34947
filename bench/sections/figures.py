"""The page of figures with cells of a hundred thousand cases and of a million; one request at a time.

Waiting is measured, and what it costs both processes: that is the same on a machine that is busy with something else.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from statistics import quantiles

import uvloop

from bench.cells import cells
from bench.figures import Figure, Goal
from bench.load import ask, get
from bench.system import BenchSystem, Profile
from bench.visitors import Visitors
from services.router.statistics.domain.periods import Period
from shared.clock import utc_now

SIZES = (100_000, 1_000_000)
BATCH = 2_000
UNITS = 60
REQUESTS = 40
MEDIAN = 150
"""Milliseconds."""
PAGES = {
    "last twelve months": "/figures",
    "three years": "/figures?period=range&since={since}&until={until}",
    "one unit and one kind": "/figures?unit={unit}&kind=complaint",
}


@dataclass(frozen=True)
class Cost:
    """Of one page: median and 99th percentile of the wait, and milliseconds of work of router and store a request."""

    median: float
    p99: float
    router: float
    store: float


def measure(system: BenchSystem, profile: Profile) -> list[Figure]:
    """What each page costs; cells of a million cases with ``--largest 1000000``."""
    figures = []
    for size in [size for size in SIZES if size <= profile.largest]:
        began = time.monotonic()
        unit, store = _grow(system, size)
        print(f"  cells of {size:,} cases were stored after {time.monotonic() - began:.0f} s", flush=True)
        system.start_services("router")
        router = [process.pid for process in system.services.values()]
        for what, cost in uvloop.run(_asked(system, unit, router, store)).items():
            row = f"{what}, {size:,} cases"
            figures += [
                Figure("figures", f"{row}, p50", cost.median, "ms", goal=Goal(MEDIAN, "less", of_ratio=False)),
                Figure("figures", f"{row}, p99", cost.p99, "ms"),
                Figure("figures", f"{row}, router's work", cost.router, "ms"),
                Figure("figures", f"{row}, MongoDB's work", cost.store, "ms"),
            ]
        system.clear()
    return figures


def _span() -> Period:
    """Three years until now."""
    now = utc_now().date()
    return Period(f"{now.year - 3}-{now.month:02}", f"{now.year}-{now.month:02}")


def _grow(system: BenchSystem, size: int) -> tuple[str, int]:
    """Store cells. Returns the code of the unit that is asked most, and the process of the store."""
    with system.mongo() as client:
        database = client["klu_router"]
        known = list(database["units"].find().sort("_id", 1))
        more = [{**known[0], "_id": f"birim{number:02}", "parent": ""} for number in range(UNITS - len(known))]
        if more and not database["units"].find_one({"_id": more[0]["_id"]}):
            database["units"].insert_many(more)
        parents = {unit["_id"]: unit.get("parent") or unit["_id"] for unit in [*known, *more]}
        units = list(parents)
        made = cells(_span(), size, units, {unit: {unit, parents[unit]} for unit in units})
        while batch := list(islice(made, BATCH)):
            database["figure_cells"].insert_many(batch, ordered=False)
        resting = {"marks": 1, "done": 1, "rests_until": utc_now() + timedelta(days=1)}
        months = [{"_id": month, **resting} for month in _span().months]  # without rows, nothing is to be added up
        database["figure_months"].insert_many(months)
        return units[0], int(client.admin.command("serverStatus")["pid"])


def _work(pids: Sequence[int]) -> float:
    """Milliseconds that these processes have worked."""
    ticks = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13] for pid in pids]
    return 1_000 * sum(int(user) + int(kernel) for user, kernel in ticks) / os.sysconf("SC_CLK_TCK")


async def _asked(system: BenchSystem, unit: str, router: Sequence[int], store: int) -> dict[str, Cost]:
    officer, address = Visitors(system.serving["router"]), system.serving["router"][0]
    await officer.log_in()
    span, found = {"since": _span().first, "until": _span().last, "unit": unit}, {}
    for what, path in PAGES.items():
        waits, before = [], (0.0, 0.0)
        for number in range(REQUESTS + 3):
            if number == 3:
                before = _work(router), _work([store])
            began = time.perf_counter()
            await ask(address, get(path.format(**span), officer.headers), 200)
            waits.append(1_000 * (time.perf_counter() - began))
        work = [(now - then) / REQUESTS for now, then in zip((_work(router), _work([store])), before, strict=True)]
        percentiles = quantiles(waits[3:], n=100, method="inclusive")
        found[what] = Cost(percentiles[49], percentiles[98], *work)
    return found
