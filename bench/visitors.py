"""People at the doors of one service: each looks at a page, sends its form, and looks at where that leads.

As lean as ``bench.load``: what a form needs is picked out of its page with small regular expressions.
"""

import asyncio
import html
import re
import time
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

from bench.load import PATIENCE, Answer, Connection, get, post_form
from scripts.local.seeds import DEMO_PASSWORD, DEMO_USERS
from scripts.local.setup_error import SetupError

STALE = 3.0
"""Seconds without use after which a connection is not trusted: uvicorn hangs up after five."""
CSRF = re.compile(rb'name="csrf" value="([^"]+)"')


class Visitors:
    """Everybody at one service, over kept connections; its replicas are used in turn. Any answer but the expected
    raises Trouble. ``headers`` are sent with everything."""

    def __init__(self, service: str, addresses: Sequence[str]) -> None:
        self.service = service
        self.headers = {"accept": "text/html", "accept-language": "tr"}
        self._turn = cycle(addresses)
        self._free: dict[str, list[tuple[float, Connection]]] = {address: [] for address in addresses}

    async def look(self, path: str, *expected: int) -> Answer:
        """A page; 200 if nothing else is expected."""
        return await self._ask(get(path, self.headers), expected or (200,))

    async def send(self, page: Answer, path: str, fields: Mapping[str, Any]) -> Answer:
        """The form of a page, with its token. Answered 303."""
        form = {"csrf": values(CSRF, page)[0], **fields}
        return await self._ask(post_form(path, form, self.headers), (303,))

    async def follow(self, answer: Answer) -> Answer:
        """What a browser does after a 303."""
        return await self.look(answer.headers["location"])

    async def log_in(self) -> None:
        """At the desk, as one officer: all share the session, for whose it is does not matter here."""
        page = await self.look("/login")
        who = {"email": DEMO_USERS[0][0], "password": DEMO_PASSWORD, "next": "/"}
        answer = await self.send(page, "/login", who)
        self.headers["cookie"] = answer.headers["set-cookie"].partition(";")[0]

    def close(self) -> None:
        """Hang up."""
        for kept in self._free.values():
            for _, connection in kept:
                connection.close()
            kept.clear()

    async def _ask(self, request: bytes, expected: Sequence[int]) -> Answer:
        address = next(self._turn)
        connection = self._connection(address)
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await connection.ask(request)
        except (OSError, TimeoutError) as error:
            connection.close()
            raise SetupError(f"{self.service} did not answer: {error!r}") from error
        except asyncio.CancelledError:
            connection.close()
            raise
        self._free[address].append((time.perf_counter(), connection))
        if answer.status not in expected:
            wanted = " or ".join(str(status) for status in expected)
            raise SetupError(f"{self.service} answered {answer.status} where {wanted} was expected.")
        return answer

    def _connection(self, address: str) -> Connection:
        """The one that was used last; when that is stale, all are."""
        kept = self._free[address]
        if kept and time.perf_counter() - kept[-1][0] < STALE:
            return kept.pop()[1]
        for _, connection in kept:
            connection.close()
        kept.clear()
        return Connection(address)


def values(pattern: re.Pattern[bytes], page: Answer) -> list[str]:
    """What stands at every place of a page that the pattern describes. Trouble when there is none."""
    found = [html.unescape(value.decode()) for value in pattern.findall(page.body)]
    if not found:
        raise SetupError(f"A page has no {pattern.pattern.decode()}.")
    return found


def submitted(name: str, page: Answer) -> str:
    """What a text area of a page holds; the first line end belongs to the markup (HTML 13.1.2.5)."""
    pattern = rf'<textarea[^>]* name="{name}"[^>]*>\n?([^<]*)</textarea>'
    return values(re.compile(pattern.encode()), page)[0]
