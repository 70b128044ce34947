"""Pages per second, and how long one takes, with so much history behind them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle

from bench.figures import middle
from bench.history import Samples, samples
from bench.load import Load, get
from bench.profile import Profile
from bench.system import BenchSystem, hammered, on_a_loop
from bench.visitors import Visitors

CONNECTIONS = 4


@dataclass(frozen=True)
class Sight:
    """How fast one page is shown: a rate, and times in milliseconds."""

    rate: float
    p50: float
    p99: float


def measure(system: BenchSystem, profile: Profile) -> dict[str, Sight]:
    """Every page that somebody looks at all day; in turn, as the services run. The desk's by an officer."""
    found = samples(system.store("MongoDB").url, system.env["KLU_SECRET_KEY"])
    officer = {"cookie": on_a_loop(_logged_in(system))}
    authenticator = {
        name: (service, _turn(paths), officer if service == "router" else {}) for name, service, paths in _pages(found)
    }
    loads: dict[str, list[Load]] = {name: [] for name in authenticator}
    for _ in range(profile.runs):
        for name, (service, path, headers) in authenticator.items():
            loads[name].append(_shown(system.serving[service], path, headers, profile.seconds / 2))
    return {
        name: Sight(
            middle(load.rate for load in runs),
            middle(load.quantile(0.5) for load in runs),
            middle(load.quantile(0.99) for load in runs),
        )
        for name, runs in loads.items()
    }


def _pages(found: Samples) -> list[tuple[str, str, Sequence[str]]]:
    return [
        ("desk inbox", "router", ["/"]),
        ("desk inbox, closed cases", "router", ["/?state=closed"]),
        ("case page", "router", [f"/cases/{case}" for case in found.open_cases]),
        ("case page, finished", "router", [f"/cases/{case}" for case in found.finished_cases]),
        ("portal", "replies", [f"/a/{link}" for link in found.links]),
        ("status page", "intake", [f"/t/{code}" for code in found.tracking_codes]),
    ]


def _shown(addresses: list[str], path: Callable[[], str], headers: dict[str, str], seconds: float) -> Load:
    language = {"accept": "text/html", "accept-language": "tr", **headers}
    return hammered(addresses, lambda: get(path(), language), connections=CONNECTIONS, seconds=seconds, expected=200)


def _turn(paths: Sequence[str]) -> Callable[[], str]:
    endless = cycle(paths)
    return lambda: next(endless)


async def _logged_in(system: BenchSystem) -> str:
    """The cookie of an officer's session."""
    desk = Visitors("router", system.serving["router"])
    await desk.log_in()
    desk.close()
    return desk.headers["cookie"]
