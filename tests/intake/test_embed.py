"""Sites on the list may show the form in a frame and use the API from their pages; nobody else may."""

import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import ValidationError

from scripts.browser import Browser
from services.intake.store import Messages
from shared.clock import utc_now
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make, Visit
from tests.forms import send

SITE, OTHER = "https://www.klu.example", "https://evil.example"
ALLOWED = "access-control-allow-origin"


@pytest.fixture
async def app(make: Make, database: Database) -> FastAPI:
    await Messages(database).prepare()
    return make("intake", embed_origins=f"{SITE}, http://127.0.0.1:8080", proof_cost=8)


@pytest.fixture
def citizen(app: FastAPI, visit: Visit) -> Browser:
    return visit(app)


def frame_ancestors(answer: Any) -> str:
    found = re.search(r"frame-ancestors ([^;]*)", answer.headers["content-security-policy"])
    assert found
    return found[1]


async def test_the_form_and_what_follows_it_may_be_framed_by_the_sites_on_the_list_and_nothing_else(
    citizen: Browser,
) -> None:
    asked = {path: await citizen.client.get(path) for path in ("/", "/t", "/t/x", "/t/x/submitted", "/nothing")}
    sites = f"{SITE} http://127.0.0.1:8080"
    assert {path: frame_ancestors(answer) for path, answer in asked.items()} == {
        "/": sites,
        "/t": "'none'",
        "/t/x": "'none'",
        "/t/x/submitted": sites,
        "/nothing": "'none'",
    }
    assert frame_ancestors(await citizen.client.post("/")) == sites


async def test_without_a_list_nothing_may_be_framed_or_used_from_elsewhere(make: Make, visit: Visit) -> None:
    client = visit(make("intake")).client
    answer = await client.get("/", headers={"origin": SITE})
    assert frame_ancestors(answer) == "'none'"
    assert ALLOWED not in (await client.get("/api/v1/kinds", headers={"origin": SITE})).headers


@pytest.mark.parametrize("origin", ["*", "https://*.klu.example", "www.klu.example", "https://x.example/;script-src *"])
def test_what_is_no_origin_is_refused_at_the_start(make: Make, origin: str) -> None:
    with pytest.raises(ValidationError):
        make("intake", embed_origins=origin)


async def test_a_form_in_a_frame_has_no_frame_of_its_own_and_needs_no_cookies(
    app: FastAPI, citizen: Browser, database: Database
) -> None:
    citizen.client.headers["sec-fetch-site"] = "cross-site"  # a frame of another site
    await citizen.open("/?embedded=1&lang=en")
    assert "<header" not in citizen.html
    assert "<footer" not in citizen.html
    assert not citizen.client.cookies
    action = "/?embedded=1&lang=en"
    citizen.client.headers["sec-fetch-site"] = "same-origin"  # its form goes to its own site
    await send(citizen, action, **example.MESSAGE_FORM)
    assert "Please check your message" in citizen.html
    assert "<header" not in citizen.html
    app.state.clock = lambda: utc_now() + timedelta(minutes=1)
    answer = await send(citizen, action, step="send")
    assert answer.url.path.endswith("/submitted")
    assert answer.url.params["lang"] == "en"
    assert 'target="_blank"' in citizen.html
    assert await database["messages"].count_documents({"language": "en"}) == 1
    assert not citizen.client.cookies


async def test_a_script_of_a_site_on_the_list_may_use_the_api_without_cookies(citizen: Browser) -> None:
    wanted = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    asked = await citizen.client.options("/api/v1/messages", headers={"origin": SITE} | wanted)
    assert (asked.status_code, asked.headers[ALLOWED]) == (200, SITE)
    refused = await citizen.client.options("/api/v1/messages", headers={"origin": OTHER} | wanted)
    assert ALLOWED not in refused.headers
    answers = [
        await citizen.client.get(path, headers={"origin": SITE})
        for path in ("/api/v1/kinds", "/proof", "/api/v1/messages/unknown", "/api/v1/nothing")
    ]
    answers.append(await citizen.client.post("/api/v1/messages", json={}, headers={"origin": SITE}))
    assert [(answer.status_code, answer.headers[ALLOWED]) for answer in answers] == [
        (status, SITE) for status in (200, 200, 404, 404, 422)
    ]
    assert not any("access-control-allow-credentials" in answer.headers for answer in answers)
    assert all("Origin" in answer.headers["vary"] for answer in answers)


@pytest.mark.parametrize("path", ["/", "/t", "/t/unknown"])
async def test_pages_are_read_by_no_script_of_another_site(citizen: Browser, path: str) -> None:
    assert ALLOWED not in (await citizen.client.get(path, headers={"origin": SITE})).headers


async def test_another_site_is_told_nothing(citizen: Browser) -> None:
    assert ALLOWED not in (await citizen.client.get("/api/v1/kinds", headers={"origin": OTHER})).headers


async def test_the_script_is_small_and_stays_at_its_address(citizen: Browser) -> None:
    answer = await citizen.client.get("/embed.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert len(answer.content) < 3_000
