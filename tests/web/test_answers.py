"""What HTTP itself asks of every service: HEAD, Allow, robots, security.txt."""

from datetime import UTC, datetime, timedelta

import pytest
from starlette.requests import Request

from services.intake.domain.codes import hash_code, tracking_code
from services.intake.store import Messages
from shared.config import WebSettings
from shared.documents import Database
from shared.web.arriving import shown_to_person
from tests import examples as example
from tests.conftest import Make, Visit

CODE = tracking_code(example.SECRET, "6d2c")
PAGES = [
    ("intake", "/"),
    ("intake", "/t"),
    ("intake", f"/t/{CODE}"),
    ("intake", "/api/v1/kinds"),
    ("intake", "/static/style.css"),
    ("intake", "/static/theme.css"),
    ("intake", "/robots.txt"),
    ("intake", "/nothing"),
    ("replies", "/"),
    ("router", "/login"),
    ("router", "/"),
]


@pytest.fixture
async def kept(database: Database) -> None:
    await Messages(database).add(example.message(id="6d2c", code_hash=hash_code(CODE)))


@pytest.mark.parametrize(("service", "path"), PAGES)
@pytest.mark.usefixtures("kept")
async def test_head_answers_as_get_does_without_the_body(make: Make, visit: Visit, service: str, path: str) -> None:
    client = visit(make(service)).client
    client.follow_redirects = False
    get, head = await client.get(path), await client.head(path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    changing = {"content-length", "date"}  # a form has a new mark each time
    assert {n: v for n, v in head.headers.items() if n not in changing} == {
        n: v for n, v in get.headers.items() if n not in changing
    }


@pytest.mark.parametrize(
    ("service", "method", "path", "allowed"),
    [
        ("intake", "DELETE", "/", "GET, HEAD, POST"),
        ("intake", "POST", f"/t/{CODE}", "GET, HEAD"),
        ("intake", "PUT", "/api/v1/messages", "POST"),
        ("intake", "POST", "/api/v1/kinds", "GET, HEAD"),
        ("intake", "GET", "/api/v1/messages", "POST"),
        ("router", "GET", "/logout", "POST"),
        ("router", "PATCH", "/login", "GET, HEAD, POST"),
        ("replies", "PUT", "/a/x", "GET, HEAD"),
        ("replies", "POST", "/", "GET, HEAD"),
    ],
)
async def test_a_method_that_is_not_possible_is_told_which_ones_are(
    make: Make, visit: Visit, service: str, method: str, path: str, allowed: str
) -> None:
    answer = await visit(make(service)).client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize(
    ("service", "path", "listed"),
    [
        ("intake", "/", True),
        ("intake", "/t", True),
        ("intake", f"/t/{CODE}", False),
        ("intake", f"/t/{CODE}/submitted", False),
        ("intake", "/t/unknown", False),
        ("replies", "/", False),
        ("replies", "/a/x", False),
        ("router", "/login", False),
    ],
)
@pytest.mark.usefixtures("kept")
async def test_search_engines_list_the_form_alone(
    make: Make, visit: Visit, service: str, path: str, listed: bool
) -> None:
    client = visit(make(service)).client
    assert ("x-robots-tag" not in (await client.get(path)).headers) is listed
    robots = (await client.get("/robots.txt")).text
    assert ("Disallow: /\n" not in robots) is (service == "intake")


async def test_security_txt_says_where_to_report(make: Make, visit: Visit) -> None:
    told = await visit(make("intake", security_contact="https://klu.example/report")).client.get(
        "/.well-known/security.txt"
    )
    lines = dict(line.split(": ", 1) for line in told.text.splitlines())
    assert told.headers["content-type"] == "text/plain; charset=utf-8"
    assert lines["Contact"] == "https://klu.example/report"
    assert lines["Canonical"] == "http://127.0.0.1:8001/.well-known/security.txt"
    left = datetime.fromisoformat(lines["Expires"]) - datetime.now(UTC)
    assert timedelta(days=30) < left < timedelta(days=366)


async def test_security_txt_names_the_hotline_where_nobody_else_is_named(make: Make, visit: Visit) -> None:
    told = await visit(make("intake")).client.get("/.well-known/security.txt")
    assert f"Contact: mailto:{WebSettings.model_fields['institution_email'].default}\n" in told.text


@pytest.mark.parametrize(
    ("headers", "person"),
    [
        ({}, True),
        ({"sec-purpose": "prefetch"}, False),
        ({"sec-purpose": "prefetch;prerender"}, False),
        ({"purpose": "preview"}, False),
        ({"x-moz": "prefetch"}, False),
    ],
)
def test_what_reads_ahead_is_no_person(headers: dict[str, str], person: bool) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert shown_to_person(Request({"type": "http", "headers": raw})) is person
