"""How soon the audit record has it that a case was opened; one case after the other."""

import asyncio
import time
from statistics import quantiles

import uvloop
from pymongo.read_concern import ReadConcern

from bench.figures import Figure, Goal
from bench.history import OPEN, History
from bench.load import ask, get
from bench.sections.pages import ids
from bench.system import BenchSystem, Profile
from bench.visitors import Visitors
from services.router.access import AuditAction

CASES, OPENED = 1_000, 200
WITHIN = 1_000.0
"""Milliseconds."""


def measure(system: BenchSystem, profile: Profile) -> list[Figure]:
    """Median and 99th percentile from the request to the entry on the majority, beside the page itself."""
    History(system).grow(CASES)
    system.start_services("router")
    pages, entries = uvloop.run(_opened(system))
    system.stop_services()
    found = [quantiles(times, n=100, method="inclusive") for times in (entries, pages)]
    return [
        Figure("record", f"case opened until recorded, {name}", found[0][at], "ms", "its page", found[1][at], goal)
        for name, at, goal in (("p50", 49, None), ("p99", 98, Goal(WITHIN, "less", of_ratio=False)))
    ]


async def _opened(system: BenchSystem) -> tuple[list[float], list[float]]:
    officer = Visitors(system.serving["router"])
    await officer.log_in()
    pages, entries = list[float](), list[float]()
    with system.mongo() as client:
        chain = client["klu_router"].get_collection("chain", read_concern=ReadConcern("majority"))
        for case in ids(system, "router", OPEN)[:OPENED]:
            began = time.perf_counter()
            await ask(system.serving["router"][0], get(f"/cases/{case}", officer.headers), 200)
            pages.append(1_000 * (time.perf_counter() - began))
            while not chain.find_one({"message_id": case, "action": AuditAction.CASE_READ}, {"_id": 1}):  # noqa: ASYNC110
                await asyncio.sleep(0.002)
            entries.append(1_000 * (time.perf_counter() - began))
    return pages, entries
