"""Pages per second, and how long one takes, with so much history behind them."""

from functools import partial
from itertools import cycle

import uvloop

from bench.figures import Measured, medians
from bench.history import FINISHED, OPEN
from bench.load import HTML, Load, Target, get, hammered
from bench.system import BenchSystem, Profile, collections
from bench.visitors import Visitors
from services.intake.domain.codes import tracking_code
from services.replies.domain.links import token

CONNECTIONS = 4
SAMPLES = 2_000
"""At most so many pages of a kind."""


def measure(system: BenchSystem, profile: Profile) -> Measured:
    """Every page that somebody looks at all day; in turn, as the services run. The desk's by an officer."""
    officer = Visitors(system.serving["router"])
    uvloop.run(officer.log_in())
    targets: dict[str, Target] = {}
    for name, (service, paths) in _pages(system).items():
        headers = officer.headers if service == "router" else HTML
        targets[name] = Target(system.serving[service], partial(next, cycle([get(path, headers) for path in paths])))
    loads: dict[str, list[Load]] = {name: [] for name in targets}
    for name, target in [*targets.items()] * profile.runs:
        loads[name].append(hammered(target, connections=CONNECTIONS, seconds=profile.seconds / 2))
    found = {name: medians(runs, answered="shown") for name, runs in loads.items()}
    return {f"{name}, {what}": value for name in found for what, value in found[name].items()}


def _pages(system: BenchSystem) -> dict[str, tuple[str, list[str]]]:
    """The service that shows each kind of page, and the paths of some."""
    secret = system.env["KLU_SECRET_KEY"]
    still_open, finished = ids(system, "router", OPEN), ids(system, "router", FINISHED)
    links = [token(secret, assignment) for assignment in ids(system, "replies", ["accepted"])]
    return {
        "desk inbox": ("router", ["/"]),
        "desk inbox, closed cases": ("router", ["/?state=closed"]),
        "case page": ("router", [f"/cases/{case}" for case in still_open]),
        "case page, finished": ("router", [f"/cases/{case}" for case in finished]),
        "portal": ("replies", [f"/a/{link}" for link in links]),
        "status page": ("intake", [f"/t/{tracking_code(secret, case)}" for case in finished]),
    }


def ids(system: BenchSystem, service: str, states: list[str]) -> list[str]:
    """Of what is in these states; ids are random, so the first ones are evenly from the whole history."""
    with system.mongo() as client:
        found = collections(client)[service].find({"state": {"$in": states}}, {"_id": 1}).sort("_id").limit(SAMPLES)
        return [document["_id"] for document in found]
