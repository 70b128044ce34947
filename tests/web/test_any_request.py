"""Any request to any route of any service, with and without a session: no 5xx, and no address of somebody else."""

import asyncio
import encodings.aliases
import os
import pkgutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import BaseRoute

from scripts.browser import Browser
from services.intake.domain.codes import hash_code, tracking_code
from services.intake.store import Messages
from services.replies.domain.links import hash_token, token
from services.replies.store import Assignments
from services.router.access import Role
from services.router.cases.store.cases import Cases
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make, Visit
from tests.router.desk import directory, log_in

CODECS = sorted({*encodings.aliases.aliases.values(), *(m.name for m in pkgutil.iter_modules(encodings.__path__))})
EXAMPLES = int(os.environ.get("KLU_TEST_EXAMPLES", "150"))
EVIL = "evil.example"
KNOWN = {
    "code": tracking_code(example.SECRET, "6d2c"),
    "tracking_code": tracking_code(example.SECRET, "6d2c"),
    "token": token(example.SECRET, "a1"),
    "case_id": "c1",
    "act": "reply",
    "service": "notifier",
}
LATER = st.sampled_from(["9999-12-31T23:59:59+00:00", "9999-12-31T23:59:59-14:00~x", "0001-01-01T00:00:00+14:00~x"])
TEXT = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(
    ["//[", "//evil.example/", "/\\evil.example", "\x00", "\ufffd", "{0}", "%(x)s", "$ne", "9" * 400, "-1", "1e999"]
)
VALUE = TEXT | LATER
RAW = st.binary(max_size=40) | VALUE.map(str.encode)
HEADER = st.binary(max_size=60).map(lambda raw: raw.translate(None, b"\r\n\x00"))
TYPES = st.sampled_from(
    [b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=x", b"application/json", b"", b";;=", b"a/b"]
)
NAMES = [b"accept-language", b"cookie", b"origin", b"referer", b"sec-fetch-site", b"sec-purpose", b"idempotency-key"]
NAMES += [b"x-forwarded-host", b"x-forwarded-proto", b"accept", b"content-encoding", b"content-length"]
PARAMETERS = ["lang", "lang", "state", "after", "before", "next", "left", "service", "reason", "event_id"]
FIELDS = ["text", "subject", "email", "kind", "once", "csrf", "code", "next", "units", "reason", "version", "versions"]
FORM = st.lists(st.tuples(st.sampled_from([*FIELDS, "by", "table", "password", "switch"]), VALUE), max_size=12).map(
    lambda fields: urlencode(fields).encode()
)


@st.composite
def requests(draw: st.DrawFn, routes: list[tuple[str, str]]) -> dict[str, Any]:
    """A request to one of the routes, with one or several things wrong."""
    method, path = draw(st.sampled_from(routes))
    filled = "/".join(_filled(draw, part) for part in path.split("/"))
    query = draw(st.binary(max_size=40).map(lambda raw: quote(raw, safe="%=&")) | _query(draw))
    headers = [(b"content-type", draw(TYPES | HEADER | st.sampled_from(CODECS).map(_of_codec)))]
    headers += draw(st.lists(st.tuples(st.sampled_from(NAMES), HEADER), max_size=3))
    host = draw(st.sampled_from([b"evil.example", b"[", b"evil.example:99999", b"a b", b"127.0.0.1"]) | HEADER)
    return {
        "method": draw(st.sampled_from([method, method, "HEAD"])),
        "url": filled + draw(st.sampled_from(["", "", "/", "//"])) + (f"?{query}" if query else ""),
        "headers": [(b"host", host), *headers],
        "content": draw(FORM | st.binary(max_size=80)) if method == "POST" else b"",
    }


def _filled(draw: st.DrawFn, part: str) -> str:
    if not part.startswith("{"):
        return part
    known = st.just(KNOWN.get(part.strip("{}"), "a1"))
    return quote(draw(known | known | VALUE | RAW), safe="")


def _query(draw: st.DrawFn) -> st.SearchStrategy[str]:
    names = st.sampled_from(
        ["lang", "lang", "state", "after", "before", "next", "left", "service", "reason", "event_id"]
    )
    return st.lists(st.tuples(names, VALUE | RAW), max_size=4).map(urlencode)


def _of_codec(codec: str) -> bytes:
    return b"multipart/form-data; boundary=x; charset=" + codec.encode()


def routes_of(routes: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    """Method and path of every route, taken from the application itself."""
    for route in routes:
        if included := getattr(route, "original_router", None):
            yield from routes_of(included.routes)
        else:
            path = str(getattr(route, "path", ""))
            for method in sorted(getattr(route, "methods", None) or {"GET"}):
                yield method, path or "/"
                yield method, path + "/nothing"


@pytest.fixture
async def kept(database: Database) -> None:
    message = example.message(id="6d2c", code_hash=hash_code(KNOWN["code"]))
    await Messages(database).add(message)
    await Assignments(database).add(example.units_assignment(id="a1", token_hash=hash_token(KNOWN["token"])))
    await Cases(database).add(example.routed_case(id="c1"))
    await directory(database)


@pytest.mark.parametrize("service", ["intake", "router", "router, signed in", "replies"])
@pytest.mark.usefixtures("kept")
async def test_no_request_ends_in_an_error_of_ours_or_leads_elsewhere(
    make: Make, visit: Visit, database: Database, service: str
) -> None:
    app = make(service.split(",")[0])
    browser = visit(app)
    if "signed in" in service:
        await log_in(browser, database, role=Role.ADMIN)
    loop = asyncio.get_running_loop()
    paths = [r for r in routes_of(app.routes) if r[1] not in ("/parked/redrive", "/logout")]  # no broker is needed here

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(requests(paths))
    def one(sent: dict[str, Any]) -> None:
        answer = asyncio.run_coroutine_threadsafe(ask(browser, sent), loop).result()
        assert answer.status_code < 500, sent
        location = answer.headers.get("location", "")
        assert EVIL not in urlsplit(location).netloc, sent
        assert location == "" or (location.startswith("/") and not location.startswith("//")), sent
        if sent["method"] == "HEAD":
            assert answer.content == b""

    await asyncio.to_thread(one)  # hypothesis itself is synchronous


async def ask(browser: Browser, sent: dict[str, Any]) -> httpx2.Response:
    """Send it as it is: a client would correct much of it."""
    browser.client.follow_redirects = False
    cookies = [(b"cookie", f"{n}={v}".encode()) for n, v in browser.client.cookies.items()]
    try:
        request = httpx2.Request(
            sent["method"], f"http://127.0.0.1{sent['url']}", headers=sent["headers"] + cookies, content=sent["content"]
        )
    except httpx2.InvalidURL:
        request = httpx2.Request(sent["method"], "http://127.0.0.1/", headers=sent["headers"], content=sent["content"])
    return await browser.client.send(request)


async def test_a_form_in_any_charset_but_utf8_is_refused(make: Make, visit: Visit) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n\\x\xc4\xb1\\u12 xn--a +AGE-\r\n--x--\r\n'
    client = visit(make("intake")).client
    for codec in [*CODECS, "nothing", "utf-16", "UTF-7", "x-user-defined", "\xff", ""]:
        for media in ("multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
            headers = [(b"content-type", f"{media}; charset={codec}".encode("latin-1"))]
            answer = await client.post("/", content=body, headers=headers)
            utf8 = codec.lower() in ("utf-8", "utf8") and "multipart" in media
            assert answer.status_code == (422 if utf8 else 400), (codec, media)
            assert "<h1>" in answer.text


async def test_a_slash_at_the_end_leads_to_the_page_on_our_own_host(make: Make, visit: Visit) -> None:
    client = visit(make("replies", replies_url="https://portal.klu.example")).client
    client.follow_redirects = False
    for path in ("/a/x/", "/a/x//", "//evil.example/", "//evil.example/%5C/", "/%5Cevil.example/", "///evil.example//"):
        answer = await client.send(httpx2.Request("GET", "http://127.0.0.1" + path, headers={"host": EVIL}))
        location = answer.headers["location"]
        assert answer.status_code == 308
        assert (urlsplit(location).netloc, location[:1], location[1:2] == "/") == ("", "/", False)
