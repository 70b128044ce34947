"""A browser without a window or scripts: opens pages, fills in their forms, follows redirects."""

import re
from copy import copy
from html import unescape
from html.parser import HTMLParser
from typing import Any, NamedTuple, Self

import httpx2

from scripts.eventually import eventually

MARKUP = re.compile(r"(?s)<(script|style|head|dialog)\b.*?</\1>|<[^>]*>")
FORM = re.compile(r"<form\b")
CHECK = re.compile(r'for="[^"]*check"[^>]*>[^<]*?([0-9A-Z]{4})</label>')
PATIENCE = 60.0  # seconds for which a request without an answer is tried again


class Refused(Exception):
    """The answer was 4xx or 5xx; ``status`` and ``text`` have it."""

    def __init__(self, response: httpx2.Response) -> None:
        self.status = response.status_code
        self.text = text_of(response.text)
        super().__init__(f"{response.request.method} {response.url}: {self.status}: {self.text[:600]}")


class PageForm(NamedTuple):
    action: str
    fields: dict[str, list[str]]  # the values of each, as they stand on the page


class Browser:
    """One visitor of one service: keeps its cookies and the page it is on."""

    def __init__(self, base_url: str, language: str = "tr", transport: httpx2.AsyncBaseTransport | None = None) -> None:
        headers = {"accept-language": language, "accept": "text/html"}
        self.client = httpx2.AsyncClient(
            base_url=base_url, headers=headers, follow_redirects=True, timeout=30, transport=transport
        )
        self.page: httpx2.Response | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.client.aclose()

    def tab(self) -> "Browser":
        other = copy(self)
        other.page = None
        return other

    async def open(self, url: str) -> str:
        """Go to a page and return its text. Raises Refused. Tries again after any error of the connection."""
        again = (httpx2.TransportError,)
        return self._arrived(await eventually(lambda: self.client.get(url), within=PATIENCE, every=0.3, after=again))

    async def submit(self, action: str, **fields: Any) -> str:
        """Send the form that goes to ``action``; the text of where it leads. Again only while nothing could be sent.

        ``files`` are tuples of name, bytes and media type. The four characters that a person copies are copied.
        """
        if self.form(action).fields.get("check") == [""]:
            fields = {"check": check_on(self.html)} | fields
        again = (httpx2.ConnectError,)
        sent = await eventually(lambda: self._post(action, action, fields), within=PATIENCE, every=0.3, after=again)
        return self._arrived(sent)

    async def fill_in(self, path: str, **fields: Any) -> str:
        """Go to a page, and submit the form on it that goes to the page itself."""
        await self.open(path)
        return await self.submit(path, **fields)

    async def send(self, action: str, *, by_way_of: str = "", **fields: Any) -> httpx2.Response:
        """The same once, with any answer; ``by_way_of``: where another button sends it. None leaves a field out."""
        self.page = await self._post(action, by_way_of or action, fields)
        return self.page

    def form(self, action: str) -> PageForm:
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
        files = [("files", file) for file in given.get("files", ()) if isinstance(file, tuple)]
        if files or not any(given.get("files", ())):
            given.pop("files", None)
        data = {name: value for name, value in given.items() if value is not None}
        return await self.client.post(to, data=data, files=files or None)

    def _arrived(self, response: httpx2.Response) -> str:
        if response.status_code >= 400:
            raise Refused(response)
        self.page = response
        return text_of(response.text)


def check_on(html: str) -> str:
    """The four characters that the forms of this page ask for; empty where they ask for none."""
    found = CHECK.search(html)
    return found[1] if found else ""


def form_in(html: str, action: str) -> PageForm:
    for part in FORM.split(html)[1:]:  # a page has many forms, and reading one takes milliseconds
        if action in unescape(part.partition(">")[0]) and (form := _Reader(f"<form{part}").forms[0]).action == action:
            return form
    raise LookupError(f"no form goes to {action}")


def text_of(html: str) -> str:
    """What a page says, without its markup."""
    return " ".join(unescape(MARKUP.sub(" ", html)).split())


class _Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._area: list[str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(PageForm(given.get("action", ""), {}))
        elif self.forms and "name" in given:
            fields = self.forms[-1].fields
            if tag == "input" and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
                fields.setdefault(given["name"], []).append(given.get("value", ""))
            if tag == "textarea":
                self._area = fields[given["name"]] = [""]

    def handle_data(self, data: str) -> None:
        if self._area:
            self._area[0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            self._area[0] = self._area[0].removeprefix("\n")  # it belongs to the markup (HTML 13.1.2.5)
            self._area = None
