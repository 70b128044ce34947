"""The desk with ten thousand cases and with many: lists, a case, the search; one request at a time."""

import random
import time
from collections.abc import Callable
from functools import partial
from itertools import cycle
from statistics import quantiles
from urllib.parse import urlencode

import uvloop

from bench.figures import Figure, Goal
from bench.history import FINISHED, OPEN, History
from bench.load import ask, get
from bench.sections.pages import ids
from bench.system import BenchSystem, Profile
from bench.variety import KINDS, ROOTS, UNITS
from bench.visitors import Visitors
from scripts.local.processes import until
from scripts.local.setup_error import SetupError
from services.router.cases.domain.lists import View, visible
from services.router.cases.domain.states import Priority

COMPARED = 10_000
REQUESTS = 40
"""Of each kind, after three that warm up."""
COMBINATIONS = 200
MEDIAN, P99, RATIO, RATIO_OF_SEARCH = 100, 400, 1.5, 3
VIEWS = [view for view in View if visible(view, supervises=False)]
Paths = Callable[[], str]
Times = dict[str, tuple[float, float]]
"""Median and 99th percentile in milliseconds, by what was asked for."""


def measure(system: BenchSystem, profile: Profile) -> list[Figure]:
    """Median and 99th percentile of each, and the median beside that with ten thousand cases."""
    history, found = History(system), dict[int, Times]()
    for size in sorted({min(COMPARED, profile.largest), profile.largest}):
        began = time.monotonic()
        history.grow(size)
        print(f"  {size:,} cases were stored after {time.monotonic() - began:.0f} s", flush=True)
        system.start_services("router")
        _words_are_counted(system, size)
        print(f"  {size:,} cases were ready after {time.monotonic() - began:.0f} s", flush=True)
        found[size] = uvloop.run(_asked(system))
        system.stop_services()
    largest, compared = max(found), min(found)
    figures = []
    for what, (median, p99) in found[largest].items():
        searches = what.startswith("search")
        row, before = f"{what}, {largest:,} cases", found[compared][what][0]
        goal = Goal(RATIO_OF_SEARCH if searches else RATIO, "less")
        figures += [
            Figure("desk", f"{row}, p50", median, "ms", goal=Goal(MEDIAN, "less", of_ratio=False)),
            Figure("desk", f"{row}, p99", p99, "ms", goal=Goal(P99, "less", of_ratio=False) if searches else None),
            Figure("desk", f"{row}, growth", median, "ms", f"{compared:,} cases", before, goal),
        ]
    return figures


def _words_are_counted(system: BenchSystem, size: int) -> None:
    """The router counts them as it starts."""
    with system.mongo() as client:
        state = client["klu_router"]["words_state"]
        until(lambda: state.find_one({"cases": {"$gte": size}}) is not None, 3_600)


async def _asked(system: BenchSystem) -> Times:
    officer = Visitors(system.serving["router"])
    await officer.log_in()
    address = system.serving["router"][0]
    found: Times = {}
    for what, (paths, requests) in _kinds(system).items():
        waits, hits = [], 0
        for number in range(requests + 3):
            began = time.perf_counter()
            answer = await ask(address, get(paths(), officer.headers), 200)
            hits += b"/cases/" in answer.body
            if number >= 3:
                waits.append(1_000 * (time.perf_counter() - began))
        if what.startswith("search") and not hits:
            raise SetupError(f"No {what} has found anything.")
        percentiles = quantiles(waits, n=100, method="inclusive")
        found[what] = percentiles[49], percentiles[98]
    return found


def _kinds(system: BenchSystem) -> dict[str, tuple[Paths, int]]:
    chance = random.Random(1)
    views = {f"view {view}": ([f"/?view={view}"], REQUESTS // 2) for view in VIEWS}
    filtered = [_filtered(chance, view) for view in VIEWS for _ in range(3)]
    combined = [_filtered(chance, chance.choice(VIEWS), several=True) for _ in range(COMBINATIONS)]
    cases = [f"/cases/{case}" for case in (*ids(system, "router", OPEN)[:50], *ids(system, "router", FINISHED)[:50])]
    pairs = [_search(*chance.sample(ROOTS[10:], 2)) for _ in range(100)]
    lists = {
        **views,
        "each view with one filter": (filtered, len(filtered)),
        "200 random combinations": (combined, COMBINATIONS),
        "case page": (cases, 100),
        "search, one word": ([_search(word) for word in ROOTS], 60),
        "search, two words": (pairs, 100),
        "search, two frequent words": ([_search(*chance.sample(ROOTS[:6], 2)) for _ in range(30)], 60),
        "search, beginning": ([_search(word[:3]) for word in ROOTS], 60),
        "search, name and word": ([_search("deniz", word) for word in ROOTS], 60),
        "search, address": ([_search(address) for address in _addresses(system)], 50),
    }
    return {what: (partial(next, cycle(paths)), requests) for what, (paths, requests) in lists.items()}


def _addresses(system: BenchSystem) -> list[str]:
    """Of fifty people who have written."""
    with system.mongo() as client:
        found = client["klu_router"]["cases"].find({"submitter.email": {"$ne": None}}, {"submitter.email": 1}).limit(50)
        return [case["submitter"]["email"] for case in found]


def _filtered(chance: random.Random, view: View, *, several: bool = False) -> str:
    possible = {
        "kind": KINDS,
        "unit": UNITS,
        "priority": [priority.value for priority in Priority],
        "language": ("tr", "en"),
        "channel": ("web", "telephone", "counter"),
        "state": [*OPEN, *FINISHED],
    }
    names = chance.sample(list(possible), chance.randint(2, 4) if several else 1)
    return f"/?{urlencode({'view': view.value, **{name: chance.choice(list(possible[name])) for name in names}})}"


def _search(*words: str) -> str:
    return f"/search?{urlencode({'q': ' '.join(words)})}"
