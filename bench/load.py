"""HTTP over kept connections, as lean as Python can: the load must not take the cores from what is measured.

On uvloop, as the services. Every answer is looked at: one that is not what was expected ends the run, for a fast *no*
is not a figure.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Any
from urllib.parse import urlencode, urlsplit

import uvloop

from scripts.local.setup_error import SetupError

PATIENCE = 30.0
"""Seconds for one answer."""
HTML = {"accept": "text/html", "accept-language": "tr"}
JSON = {"content-type": "application/json"}


@dataclass(frozen=True)
class Answer:
    """What came back. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def cookie(self) -> str:
        """The first cookie that is set, as a browser sends it back."""
        return self.headers["set-cookie"].partition(";")[0]


@dataclass(frozen=True)
class Target:
    """Where requests go, what makes each of them, and the status of the answer that is expected."""

    addresses: Sequence[str]
    make: Callable[[], bytes]
    expected: int = 200


@dataclass(frozen=True)
class Load:
    """What came of so many seconds: how long each answer took, in seconds. Raises SetupError when there was none."""

    seconds: float
    waits: Sequence[float]

    def __post_init__(self) -> None:
        if not self.waits:
            raise SetupError(f"Nothing was answered within {self.seconds:g} seconds.")

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.waits) / self.seconds

    def percentile(self, percent: int) -> float:
        """In milliseconds: 50 is the median, 99 what one in a hundred waits longer than."""
        waits = [*self.waits, *self.waits] if len(self.waits) == 1 else self.waits  # ``quantiles`` wants two
        return 1000 * quantiles(waits, n=100, method="inclusive")[percent - 1]


class Connection:
    """One kept connection: one request at a time. Opened again when the server has closed it."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._at = (parts.hostname or "", parts.port or 80)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> Answer:
        """Send a request as made by ``get`` or ``post``; the answer, whatever it says. It must tell its length."""
        async with asyncio.timeout(PATIENCE):
            if self._streams is None or self._streams[0].at_eof():
                self._streams = await asyncio.open_connection(*self._at)
            reader, writer = self._streams
            writer.write(request)
            status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip().split("\r\n")
            headers: dict[str, str] = {}
            for name, _, value in (line.partition(": ") for line in lines):
                headers.setdefault(name.lower(), value)
            body = await reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection") == "close":
            self.close()  # the server closes it too, and the next request must not meet that
        return Answer(int(status.split()[1]), headers, body)

    def close(self) -> None:
        """Hang up."""
        if self._streams:
            self._streams[1].close()
            self._streams = None


def get(path: str, headers: Mapping[str, str] = HTML) -> bytes:
    """A request for a page."""
    return _request("GET", path, headers, b"")


def post(path: str, body: bytes, headers: Mapping[str, str] = JSON) -> bytes:
    """A request with a body."""
    return _request("POST", path, {**headers, "content-length": str(len(body))}, body)


def post_form(path: str, fields: Mapping[str, Any], headers: Mapping[str, str] = HTML) -> bytes:
    """A form as a browser sends it."""
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return post(path, urlencode(fields, doseq=True).encode(), {**headers, **kind})


async def ask(address: str, request: bytes, *expected: int) -> Answer:
    """One request over a connection of its own. Raises SetupError for an answer with another status."""
    connection = Connection(address)
    try:
        answer = await connection.ask(request)
    finally:
        connection.close()
    if answer.status not in expected:
        wanted = " or ".join(map(str, expected))
        raise SetupError(f"{address} answered {answer.status} where {wanted} was expected.")
    return answer


async def hammer(target: Target, *, connections: int, seconds: float) -> Load:
    """Ask from so many connections at once, each again as soon as it was answered, for so long.

    The connections are spread over the addresses. Raises SetupError when an answer has another status.
    """
    waits: list[float] = []
    others: Counter[int] = Counter()
    ends = time.perf_counter() + seconds

    async def ask_again_and_again(address: str) -> None:
        connection = Connection(address)
        while (asked := time.perf_counter()) < ends:
            answer = await connection.ask(target.make())
            if answer.status != target.expected:
                others[answer.status] += 1
            elif (answered := time.perf_counter()) < ends or not waits:
                waits.append(answered - asked)
        connection.close()

    addresses = target.addresses
    await asyncio.gather(*(ask_again_and_again(addresses[n % len(addresses)]) for n in range(connections)))
    if others:
        raise SetupError(f"{others.total()} answers were not {target.expected}: {dict(others)}")
    return Load(seconds, waits)


def hammered(target: Target, *, connections: int, seconds: float) -> Load:
    """``hammer`` on a loop of its own: uvloop, as the services use."""
    return uvloop.run(hammer(target, connections=connections, seconds=seconds))


def _request(method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
