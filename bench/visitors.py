"""People at one service: each looks at a page, sends its form, and looks at where that leads.

As lean as ``bench.load``: what a form needs is picked out of its page by one regular expression.
"""

import html
import re
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

from bench.load import HTML, Answer, ask, get, post_form
from scripts.local.seeds import DEMO_PASSWORD, DEMO_USERS
from scripts.local.setup_error import SetupError


class Visitors:
    """Everybody at one service, whose replicas are used in turn; each request has its own connection.

    Raises SetupError for any answer but the expected. ``headers`` are sent with everything.
    """

    def __init__(self, addresses: Sequence[str]) -> None:
        self.headers = HTML
        self._turn = cycle(addresses)

    async def look(self, path: str, *expected: int) -> Answer:
        """A page; 200 if nothing else is expected."""
        return await ask(next(self._turn), get(path, self.headers), *expected or (200,))

    async def send(self, page: Answer, path: str, fields: Mapping[str, Any]) -> Answer:
        """The form of a page, with its token. Answered 303."""
        request = post_form(path, {"csrf": values(page, "csrf"), **fields}, self.headers)
        return await ask(next(self._turn), request, 303)

    async def log_in(self) -> None:
        """At the desk, as one officer: all share the session, for whose it is does not matter here."""
        who = {"email": DEMO_USERS[0][0], "password": DEMO_PASSWORD, "next": "/"}
        answer = await self.send(await self.look("/login"), "/login", who)
        self.headers = {**HTML, "cookie": answer.cookie}


def values(page: Answer, name: str) -> list[str]:
    """What the fields of this name hold, inputs or text areas. Raises SetupError when a page has none.

    The first line end of a text area belongs to the markup (HTML 13.1.2.5).
    """
    pattern = rf'<input[^>]* name="{name}" value="([^"]*)"|<textarea[^>]* name="{name}"[^>]*>\n?([^<]*)</textarea>'
    found = [html.unescape(filled_in or area) for filled_in, area in re.findall(pattern, page.text)]
    if not found:
        raise SetupError(f"A page has no field {name}.")
    return found
