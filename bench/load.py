"""HTTP over kept connections, as lean as Python can: the load must not take the cores from what is measured.

On uvloop and httptools, which the services run on as well. Every answer is looked at: one that is not what was
expected ends the run, for a fast *no* is not a figure.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import httptools

from scripts.local.setup_error import SetupError

PATIENCE = 30.0
"""Seconds for one answer."""


@dataclass
class Answer:
    """What came back. Header names are in lower case."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(frozen=True)
class Load:
    """What so many connections got out of a server. ``waits``: seconds for each answer, in order of size."""

    seconds: float
    waits: Sequence[float]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.waits) / self.seconds

    def quantile(self, share: float) -> float:
        """In milliseconds: 0.5 is the median, 0.99 what one in a hundred waits longer than."""
        return quantile(self.waits, share)


def quantile(ordered: Sequence[float], share: float) -> float:
    """Of seconds in order of size, in milliseconds."""
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Connection(asyncio.Protocol):
    """One kept connection: one question at a time. Opened again when the server has closed it."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._at = (parts.hostname or "", parts.port or 80)
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._answer = Answer()

    async def ask(self, request: bytes) -> Answer:
        """Send a request as made by ``get`` or ``post``; the answer, whatever it says."""
        loop = asyncio.get_running_loop()
        if self._transport is None or self._transport.is_closing():
            self._transport, _ = await loop.create_connection(lambda: self, *self._at)
        self._parser, self._answer = httptools.HttpResponseParser(self), Answer()
        self._waiting = loop.create_future()
        self._transport.write(request)
        return await self._waiting

    def close(self) -> None:
        """Hang up."""
        if self._transport:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._waiting and not self._waiting.done():
            self._waiting.set_exception(error or ConnectionResetError("the server hung up"))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Part of the parser's protocol, as the next two."""
        key = name.decode().lower()
        kept = self._answer.headers.get(key)
        self._answer.headers[key] = value.decode() if kept is None else f"{kept}\n{value.decode()}"

    def on_body(self, body: bytes) -> None:
        self._answer.body += body

    def on_message_complete(self) -> None:
        self._answer.status = self._parser.get_status_code()
        if not self._parser.should_keep_alive():
            self.close()  # the server will, and a question must not meet that
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(self._answer)


def get(path: str, headers: Mapping[str, str] | None = None) -> bytes:
    """A request for a page."""
    return _request("GET", path, headers or {}, b"")


def post(path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """A request that brings something."""
    return _request("POST", path, {**headers, "content-length": str(len(body))}, body)


def post_form(path: str, fields: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> bytes:
    """A form as a browser sends it."""
    body = urlencode(fields, doseq=True).encode()
    return post(path, body, {**(headers or {}), "content-type": "application/x-www-form-urlencoded"})


async def hammer(
    addresses: Sequence[str], make: Callable[[], bytes], *, connections: int, seconds: float, expected: int
) -> Load:
    """Ask from so many connections at once, each again as soon as it was answered, for so long.

    ``make`` makes each request; the connections are spread over the addresses. Raises Trouble when an answer has
    another status than the expected.
    """
    waits: list[float] = []
    others: Counter[int] = Counter()
    began = time.perf_counter()
    ends = began + seconds

    async def one(address: str) -> None:
        connection = Connection(address)
        while (asked := time.perf_counter()) < ends:
            async with asyncio.timeout(PATIENCE):
                answer = await connection.ask(make())
            if answer.status != expected:
                others[answer.status] += 1
            elif (answered := time.perf_counter()) < ends or not waits:
                waits.append(answered - asked)
        connection.close()

    await asyncio.gather(*(one(addresses[n % len(addresses)]) for n in range(connections)))
    if others:
        raise SetupError(f"{sum(others.values())} answers were not {expected}: {dict(others)}")
    return Load(seconds, sorted(waits))


def _request(method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
