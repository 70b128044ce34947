"""A browser without a window or scripts: opens pages, fills in their forms, follows redirects."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx2

from scripts.eventually import eventually

PATIENCE = 60.0
"""Seconds for which a request without an answer is tried again."""


class Refused(Exception):
    """The answer was 4xx or 5xx; ``status`` and ``text`` have it."""

    def __init__(self, response: httpx2.Response) -> None:
        self.status = response.status_code
        self.text = text_of(response.text)
        super().__init__(f"{response.request.method} {response.url}: {self.status}: {self.text[:600]}")


@dataclass
class PageForm:
    """A form as it stands on a page: where it is sent, and the values of its fields."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)


class Browser:
    """One visitor of one service: keeps its cookies and the page it is on."""

    def __init__(self, base_url: str, language: str = "tr", transport: httpx2.AsyncBaseTransport | None = None) -> None:
        headers = {"accept-language": language, "accept": "text/html"}
        self.client = httpx2.AsyncClient(
            base_url=base_url, headers=headers, follow_redirects=True, timeout=30, transport=transport
        )
        self.page: httpx2.Response | None = None

    async def __aenter__(self) -> "Browser":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.client.aclose()

    def tab(self) -> "Browser":
        """Another page with the same cookies and connections."""
        other = object.__new__(Browser)
        other.client, other.page = self.client, None
        return other

    async def open(self, url: str) -> str:
        """Go to a page and return its text. Raises Refused. Tries again after any error of the connection."""
        return self._arrived(await _patiently(lambda: self.client.get(url), httpx2.TransportError))

    async def submit(self, action: str, **fields: Any) -> str:
        """Send the form of this page that goes to ``action``, and return the text of where it leads. Raises Refused.

        Tries again only while no connection is made: what was sent once may have been done.
        """
        return self._arrived(await _patiently(lambda: self._post(action, action, fields), httpx2.ConnectError))

    async def send(self, action: str, *, by_way_of: str = "", **fields: Any) -> httpx2.Response:
        """The same once, with any answer; ``by_way_of`` is where another of the form's buttons sends it.

        A field that is None is left out.
        """
        self.page = await self._post(action, by_way_of or action, fields)
        return self.page

    def form(self, action: str) -> PageForm:
        """The form of this page that goes to ``action``. Raises LookupError."""
        return form_in(self.html, action)

    @property
    def html(self) -> str:
        assert self.page is not None
        return self.page.text

    @property
    def path(self) -> str:
        assert self.page is not None
        return self.page.url.path

    async def _post(self, action: str, to: str, fields: dict[str, Any]) -> httpx2.Response:
        given = self.form(action).fields | fields
        return await self.client.post(to, data={name: value for name, value in given.items() if value is not None})

    def _arrived(self, response: httpx2.Response) -> str:
        if response.status_code >= 400:
            raise Refused(response)
        self.page = response
        return text_of(response.text)


async def _patiently(ask: Callable[[], Awaitable[httpx2.Response]], after: type[Exception]) -> httpx2.Response:
    async def answered() -> httpx2.Response:
        try:
            return await ask()
        except after as error:
            raise OSError(str(error)) from error

    return await eventually(answered, within=PATIENCE, every=0.3)


def form_in(html: str, action: str) -> PageForm:
    """The form of a page that goes to ``action``. Raises LookupError."""
    for form in _Reader(html).forms:
        if form.action == action:
            return form
    raise LookupError(f"no form goes to {action}")


def text_of(html: str) -> str:
    """What a page says, without its markup."""
    return " ".join("".join(_Reader(html).pieces).split())


class _Reader(HTMLParser):
    """The forms of a page in their order, and the pieces of its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.pieces: list[str] = []
        self._hidden = 0
        self._area: list[str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style", "head")
        self.pieces.append(" ")
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(PageForm(given.get("action", "")))
        elif self.forms and "name" in given:
            fields = self.forms[-1].fields
            if tag == "input" and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
                fields.setdefault(given["name"], []).append(given.get("value", ""))
            if tag == "textarea":
                self._area = fields[given["name"]] = [""]

    def handle_data(self, data: str) -> None:
        if self._area:
            self._area[0] += data
        if not self._hidden:
            self.pieces.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style", "head")
        self.pieces.append(" ")
        if tag == "textarea" and self._area:
            self._area[0] = self._area[0].removeprefix("\n")  # it belongs to the markup (HTML 13.1.2.5)
            self._area = None
