"""The page of figures with a hundred thousand rows and with a million; one request at a time."""

import time
from itertools import islice
from statistics import quantiles

import uvloop

from bench.figures import Figure, Goal
from bench.load import ask, get
from bench.rows import rows
from bench.system import BenchSystem, Profile
from bench.visitors import Visitors
from scripts.local.processes import until
from services.router.statistics.store.rows import document_of
from shared.clock import utc_now

SIZES = (100_000, 1_000_000)
BATCH = 5_000
REQUESTS = 40
MEDIAN = 150
"""Milliseconds."""
PAGES = {
    "last twelve months": "/figures",
    "three years": "/figures?period=range&since={since}&until={until}",
    "one unit and one kind": "/figures?unit={unit}&kind=complaint",
}


def measure(system: BenchSystem, profile: Profile) -> list[Figure]:
    """Median and 99th percentile of each page; a million rows with ``--largest 1000000``."""
    figures = []
    for size in [size for size in SIZES if size <= profile.largest]:
        began = time.monotonic()
        unit = _grow(system, size)
        print(f"  {size:,} rows were stored after {time.monotonic() - began:.0f} s", flush=True)
        system.start_services("router")
        until(lambda: _added_up(system), 3_600)
        seconds = time.monotonic() - began
        print(f"  {size:,} rows were added up after {seconds:.0f} s", flush=True)
        for what, (median, p99) in uvloop.run(_asked(system, unit)).items():
            row = f"{what}, {size:,} cases"
            figures += [
                Figure("figures", f"{row}, p50", median, "ms", goal=Goal(MEDIAN, "less", of_ratio=False)),
                Figure("figures", f"{row}, p99", p99, "ms"),
            ]
        system.clear()
    return figures


def _grow(system: BenchSystem, size: int) -> str:
    """Store made-up rows, and mark their months. Returns the code of the unit that is asked most."""
    with system.mongo() as client:
        database = client["klu_router"]
        units = [unit["_id"] for unit in database["units"].find({}, {"_id": 1}).sort("_id", 1)]
        kept, months = database["figure_rows"], set[str]()
        kept.delete_many({})
        made = rows(size, units, utc_now().date())
        while batch := [document_of(row) for row in islice(made, BATCH)]:
            kept.insert_many(batch, ordered=False)
            months |= {row[name] for row in batch for name in ("month", "finished_month") if row[name]}
        for month in months:
            database["figure_months"].update_one({"_id": month}, {"$inc": {"marks": 1}}, upsert=True)
        return str(units[0])


def _added_up(system: BenchSystem) -> bool:
    with system.mongo() as client:
        return client["klu_router"]["figure_months"].find_one({"$expr": {"$ne": ["$marks", "$done"]}}) is None


async def _asked(system: BenchSystem, unit: str) -> dict[str, tuple[float, float]]:
    officer, address = Visitors(system.serving["router"]), system.serving["router"][0]
    await officer.log_in()
    now = utc_now().date()
    span = {"since": f"{now.year - 3}-{now.month:02}", "until": f"{now.year}-{now.month:02}", "unit": unit}
    found = {}
    for what, path in PAGES.items():
        waits = []
        for number in range(REQUESTS + 3):
            began = time.perf_counter()
            await ask(address, get(path.format(**span), officer.headers), 200)
            if number >= 3:
                waits.append(1_000 * (time.perf_counter() - began))
        percentiles = quantiles(waits, n=100, method="inclusive")
        found[what] = percentiles[49], percentiles[98]
    return found
