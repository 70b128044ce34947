"""One's own account: what it shows, what can be changed, and which sessions are open."""

import re

from fastapi import FastAPI

from scripts.browser import Browser
from services.router.accounts.domain.browsers import browser_of
from shared.documents import Database
from tests import examples as example
from tests.conftest import Visit
from tests.router.desk import send, shown

EMAIL = "gorevli@klu.example"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 Version/19.0 Mobile Safari/604.1"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0"


async def elsewhere(browser: Browser) -> Browser:
    """The same person in another browser, a telephone."""
    browser.client.headers["user-agent"] = PHONE
    await browser.open("/login")
    await browser.submit("/login", email=EMAIL, password=example.PASSWORD)
    return browser


def test_a_browser_is_named_in_words() -> None:
    named = [browser_of(agent) for agent in (FIREFOX, PHONE, EDGE, "curl/8", "")]
    assert named == ["Firefox · Windows", "Safari · iPhone", "Edge · Windows", "", ""]


async def test_name_language_and_daily_letter_are_ones_own(officer: Browser, database: Database) -> None:
    await officer.fill_in("/account", name="Ayşe Kaya", language="en", digest="yes")
    found = await database["accounts"].find_one({}) or {}
    assert (found["name"], found["language"], found["digest"], found["role"]) == ("Ayşe Kaya", "en", True, "officer")
    assert set(found["history"][0]["fields"]) == {"name", "language", "digest"}
    assert 'href="/account"' in officer.html


async def test_nobody_gives_themselves_another_role_or_address(officer: Browser, database: Database) -> None:
    await officer.fill_in("/account", name="Ayşe Kaya", language="tr", role="admin", email="x@klu.example")
    found = await database["accounts"].find_one({}) or {}
    assert (found["role"], found["email"]) == ("officer", EMAIL)


async def test_another_session_is_listed_and_ended(app: FastAPI, officer: Browser, visit: Visit) -> None:
    other = await elsewhere(visit(app))
    page = await officer.open("/account")
    assert "Safari · iPhone" in page
    assert page.count("This session") == 1
    (session,) = re.findall(r'name="session" value="([0-9a-f]{64})"', officer.html)
    await officer.submit("/account/sessions", session=session)
    assert officer.path == "/account"
    await other.open("/")
    assert other.path == "/login"


async def test_all_other_sessions_end_together(app: FastAPI, officer: Browser, visit: Visit) -> None:
    others = [await elsewhere(visit(app)) for _ in range(2)]
    await officer.open("/account")
    await officer.submit("/account/sessions", session="others")
    for other in others:
        await other.open("/")
    assert [other.path for other in others] == ["/login", "/login"]
    assert officer.path == "/account"


async def test_nobody_ends_the_session_of_somebody_else(officer: Browser, database: Database) -> None:
    await officer.open("/account")
    await database["sessions"].insert_one({"_id": "theirs", "account_id": "other"})
    for session in ("theirs", "others"):
        await send(officer, "/account", url="/account/sessions", session=session)
    assert await database["sessions"].find_one({"_id": "theirs"})


async def test_the_page_of_somebody_else_is_not_for_officers(officer: Browser) -> None:
    answer = await officer.client.get("/administration/people")
    assert (answer.status_code, "You may not open this page" in shown(answer)) == (403, True)
