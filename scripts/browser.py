"""A browser without a window or scripts: opens pages, fills in their forms, follows where they lead."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx2

from scripts.eventually import eventually

PATIENCE = 60.0
"""Seconds for which somebody tries again when nobody answers the door."""


class Refused(Exception):
    """The page said no; ``status`` and ``text`` say how."""

    def __init__(self, response: httpx2.Response) -> None:
        self.status = response.status_code
        self.text = text_of(response.text)
        super().__init__(f"{response.request.method} {response.url}: {self.status}: {self.text[:600]}")


@dataclass
class PageForm:
    """A form as it stands on a page: where it goes, and what its fields hold."""

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

    async def open(self, url: str) -> str:
        """Go to a page and return its text. Raises Refused."""
        return self._arrived(await _patiently(lambda: self.client.get(url), after=httpx2.TransportError))

    async def submit(self, action: str, **fields: Any) -> str:
        """Fill in the form of this page that goes to ``action``, send it, and return the text of where it leads."""
        form = self.form(action)
        sent = form.fields | {name: value if isinstance(value, list) else [value] for name, value in fields.items()}
        return self._arrived(await _patiently(lambda: self.client.post(action, data=sent), after=httpx2.ConnectError))

    def form(self, action: str) -> PageForm:
        """The form of this page that goes to ``action``. Raises LookupError."""
        assert self.page is not None
        return form_in(self.page.text, action)

    @property
    def path(self) -> str:
        """Where the browser is."""
        assert self.page is not None
        return self.page.url.path

    def _arrived(self, response: httpx2.Response) -> str:
        if response.status_code >= 400:
            raise Refused(response)
        self.page = response
        return text_of(response.text)


async def _patiently(
    ask: Callable[[], Awaitable[httpx2.Response]], *, after: type[httpx2.TransportError]
) -> httpx2.Response:
    """Ask again after such an error. A page may be opened again after any, a form sent when it did not leave at all."""

    async def answered() -> httpx2.Response:
        try:
            return await ask()
        except after as error:
            raise OSError(str(error)) from error

    return await eventually(answered, within=PATIENCE, every=0.3)


def form_in(html: str, action: str) -> PageForm:
    """The form of a page that goes to ``action``. Raises LookupError."""
    for form in _Forms.of(html):
        if form.action == action:
            return form
    raise LookupError(f"no form goes to {action}")


def text_of(html: str) -> str:
    """What a page says, without its markup."""
    reader = _Text()
    reader.feed(html)
    return " ".join("".join(reader.pieces).split())


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._area: str | None = None

    @classmethod
    def of(cls, html: str) -> list[PageForm]:
        """The forms of a page, in their order."""
        reader = cls()
        reader.feed(html)
        return reader.forms

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(PageForm(given.get("action", "")))
        if not self.forms or "name" not in given:
            return
        ticked = given.get("type") not in ("checkbox", "radio") or "checked" in given
        if tag == "input" and ticked:
            self.forms[-1].fields.setdefault(given["name"], []).append(given.get("value", ""))
        if tag == "textarea":
            self._area = given["name"]
            self.forms[-1].fields[self._area] = [""]

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1].fields[self._area][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            submitted = self.forms[-1].fields[self._area][0]
            self.forms[-1].fields[self._area] = [submitted.removeprefix("\n")]
            self._area = None


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style", "head")
        self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style", "head")
        self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data)
