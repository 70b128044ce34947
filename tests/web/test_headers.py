"""No inline code, no foreign origin, no caching, and no error page of the framework."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.intake.domain.codes import hash_code, tracking_code
from services.intake.store import Messages
from services.replies.domain.assignment import AssignmentState
from services.replies.domain.links import hash_token, token
from services.replies.store import Assignments
from shared.documents import Database
from tests import examples as example
from tests.conftest import MAKERS, Make, Visit
from tests.web.site import site

MESSAGE, ASSIGNMENT, DONE = "6d2c", "a1", "a2"
CODE = tracking_code(example.SECRET, MESSAGE)
PAGES = [
    *[("intake", path) for path in ("/", "/t", f"/t/{CODE}", f"/t/{CODE}/submitted", "/t/unknown", "/nothing")],
    *[("replies", f"/a/{token(example.SECRET, i)}") for i in (ASSIGNMENT, DONE, "unknown")],
    ("router", "/login"),
    *[("intake", f"/static/{file}") for file in ("theme.css", "style.css", "app.js", "logo.svg", "favicon.svg", "no")],
    ("intake", "/api/v1/kinds"),
    ("intake", "/api/v1/messages/unknown"),
]
POLICY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
INLINE = re.compile(r"<style|\sstyle\s*=|<script(?![^>]*\ssrc=)|\son[a-z]+\s*=\s*[\"']|javascript:", re.I)
ADDRESS = re.compile(r"""<(?:link|script|img|form|iframe)[^>]*?\s(?:src|href|action)="([^"]*)""", re.I)


@pytest.fixture
async def kept(database: Database) -> None:
    message = example.message(id=MESSAGE, code_hash=hash_code(CODE), answer="Onarıldı.", answered_at=example.NOW)
    await Messages(database).add(message)
    await Assignments(database).add(example.units_assignment(id=ASSIGNMENT, token_hash=hashed(ASSIGNMENT)))
    done = example.replied_assignment(id=DONE, token_hash=hashed(DONE), state=AssignmentState.ACCEPTED)
    await Assignments(database).add(done)


@pytest.mark.parametrize(("service", "path"), PAGES)
@pytest.mark.usefixtures("kept")
async def test_every_answer_is_secured_and_nothing_is_inline_or_foreign(
    make: Make, visit: Visit, service: str, path: str
) -> None:
    answer = await visit(make(service)).client.get(path)
    assert answer.status_code < 500
    assert secured(answer.headers)
    if answer.headers["content-type"].startswith("text/html"):
        assert not INLINE.search(answer.text)
        assert [a for a in ADDRESS.findall(answer.text) if urlsplit(a).netloc] == []


@pytest.mark.parametrize("path", ["/", "/t", "/t/unknown", "/nothing"])
async def test_pages_are_kept_by_nobody(make: Make, visit: Visit, path: str) -> None:
    assert (await visit(make("intake")).client.get(path)).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["theme.css", "style.css", "app.js", "vendor/bootstrap-5.3.9.min.css"])
async def test_static_files_may_be_kept(make: Make, visit: Visit, path: str) -> None:
    answer = await visit(make("intake")).client.get(f"/static/{path}")
    assert re.fullmatch(r"(public, )?max-age=\d+", answer.headers["cache-control"])


@pytest.mark.parametrize("service", MAKERS)
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/asyncapi/try"), ("GET", "/asyncapi"), ("GET", "/docs"), ("GET", "/redoc"), ("GET", "/metrics")],
)
async def test_the_frameworks_own_pages_are_not_there(
    make: Make, visit: Visit, service: str, method: str, path: str
) -> None:
    assert (await visit(make(service)).client.request(method, path)).status_code in (404, 405)


async def test_an_error_page_is_secured_too_and_keeps_its_reason_to_itself(visit: Visit) -> None:
    answer = await visit(site()).client.get("/broken")
    assert answer.status_code == 500
    assert secured(answer.headers)
    assert "Bizden kaynaklanan bir sorun oluştu" in answer.text
    assert "the reason" not in answer.text


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 500, 503])
async def test_every_error_page_exists_in_both_languages(visit: Visit, status: int) -> None:
    said = [await visit(site(), language).client.get(f"/error-page/{status}") for language in ("tr", "en")]
    assert [answer.status_code for answer in said] == [status, status]
    headings = [re.findall(r"<h1>([^<]+)</h1>", answer.text) for answer in said]
    assert headings[0] != headings[1]


async def test_https_is_asked_for_only_where_it_is_spoken(visit: Visit) -> None:
    plain = await visit(site("http://127.0.0.1")).client.get("/error-page/404")
    safe = await visit(site("https://hat.klu.example")).client.get("/error-page/404?lang=en")
    assert "strict-transport-security" not in plain.headers
    assert safe.headers["strict-transport-security"].startswith("max-age=")
    assert "secure" in safe.headers["set-cookie"].lower()


def secured(headers: Any) -> bool:
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    return all(headers[name] == value for name, value in POLICY.items())


def hashed(assignment_id: str) -> str:
    return hash_token(token(example.SECRET, assignment_id))
