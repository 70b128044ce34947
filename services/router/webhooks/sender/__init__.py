"""Posts deliveries. Knows no cases and no database."""

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from time import monotonic
from typing import Any

import httpcore2
import httpx2

from services.router.webhooks.domain.delivery import Attempt
from services.router.webhooks.domain.destinations import Network, allowed
from services.router.webhooks.sender.limited import Limited
from shared.clock import Clock, utc_now
from shared.events import CONTENT_TYPE

TOGETHER = 4
"""Attempts to one receiver that one process has open: a slow receiver leaves room for the others."""
LOOKED_UP = 8
"""Names that one process looks up at once. A look-up cannot be ended: a name whose server is away holds a thread for up
to half a minute, so these are threads of their own, and nobody else waits for one.
"""
REST = 5.0
"""Seconds in which a receiver that took all its time is not tried again, so that no other delivery waits for it."""


class Busy(Exception):
    """There are enough open attempts to this receiver."""


class Unreachable(Exception):
    """The address leads to where nothing may be sent, or to nowhere."""


class Sender:
    """Sends to receivers. ``private``: networks that are allowed beside public addresses; ``timeout`` in seconds."""

    def __init__(self, private: Sequence[Network], timeout: float, clock: Clock = utc_now) -> None:
        self._private, self._timeout, self._clock = tuple(private), timeout, clock
        self._open: Counter[str] = Counter()
        self._rest_until: dict[str, float] = {}
        self._threads = ThreadPoolExecutor(LOOKED_UP, thread_name_prefix="webhooks")
        self._looked_up: dict[tuple[str, int], asyncio.Future[list[Any]]] = {}

    async def post(self, url: str, headers: Mapping[str, str], body: str) -> Attempt:
        """Post a body once. Returns what became of it; raises Busy. No redirect is followed, no answer is read."""
        at, began = self._clock(), monotonic()
        if self._open[url] >= TOGETHER:
            raise Busy
        if began < self._rest_until.get(url, 0.0):
            return Attempt(at=at, error="rests")
        self._open[url] += 1
        try:
            status, error = await self._outcome(url, headers, body)
        finally:
            self._open[url] -= 1
        if error == "timeout":
            self._rest_until[url] = monotonic() + REST
        else:
            self._rest_until.pop(url, None)
        return Attempt(at=at, status=status, error=error, milliseconds=round((monotonic() - began) * 1000))

    async def _outcome(self, url: str, headers: Mapping[str, str], body: str) -> tuple[int | None, str]:
        try:
            async with asyncio.timeout(self._timeout):
                return await self._answered(httpx2.URL(url), headers, body), ""
        except (TimeoutError, httpcore2.TimeoutException):
            return None, "timeout"
        except Unreachable as error:
            return None, str(error)
        except httpcore2.ConnectError as error:
            return None, _why_not(error)
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpx2.InvalidURL, OSError):
            return None, "connection"

    async def _answered(self, url: httpx2.URL, headers: Mapping[str, str], body: str) -> int:
        """The status of the answer. Connects to the address that was checked: a name may mean another one later."""
        name, address = url.raw_host.decode(), await self._address(url)
        async with (
            httpcore2.AsyncConnectionPool(ssl_context=self._tls, network_backend=Limited()) as client,
            client.stream(
                "POST",
                str(url.copy_with(host=address)),
                content=body.encode(),
                headers=[
                    ("Host", url.netloc.decode()),
                    ("Accept", "*/*"),
                    ("Content-Type", f"{CONTENT_TYPE}; charset=utf-8"),
                    ("User-Agent", "klu-hat"),
                    *headers.items(),
                ],
                extensions={"sni_hostname": name},
            ) as response,
        ):
            return response.status

    async def _address(self, url: httpx2.URL) -> str:
        """The IP address of the receiver. Raises Unreachable when its name has none, or one that is not allowed."""
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            found = await self._found(url.host, port)
        except (OSError, UnicodeError):
            raise Unreachable("name") from None
        addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
        if not addresses or not all(allowed(address, self._private) for address in addresses):
            raise Unreachable("address")
        return addresses[0]

    async def _found(self, host: str, port: int) -> list[Any]:
        """What ``getaddrinfo`` says. Who asks for a name that is being looked up already waits for the same answer."""
        name = host, port
        if name not in self._looked_up:
            ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
            asking = asyncio.get_running_loop().run_in_executor(self._threads, ask)
            self._looked_up[name] = asking
            asking.add_done_callback(lambda _: self._looked_up.pop(name))
        return await asyncio.shield(self._looked_up[name])

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpx2.create_ssl_context()


def _why_not(error: httpcore2.ConnectError) -> str:
    said = str(error).upper()
    return "certificate" if "CERTIFICATE" in said else "tls" if "SSL" in said else "connection"
