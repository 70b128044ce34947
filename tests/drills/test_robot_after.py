"""A mail server's program over the links in letters to submitters, three passes: nothing changes."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page

from services.intake.domain.message import Message
from services.intake.store import Messages
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make
from tests.intake.test_after import answered, asked, bounced
from tests.intake.test_after_in_a_browser import LATER, kept
from tests.intake.test_promises import asked as promised
from tests.robot import SEND_ALL, rob
from tests.server import serving

LINKS = {
    "withdrawal": (example.message(), "/withdrawal"),
    "addition": (example.message(), "/follow-ups"),
    "question": (asked(), "/questions/q1"),
    "address": (bounced(), "/address"),
    "rating": (answered(), "/rating?score=5"),
    "objection": (answered(), "/objection"),
    "promise": (promised(), "/promises/p1?kept=no"),
}


@pytest.fixture
async def url(make: Make, database: Database) -> AsyncIterator[str]:
    await Messages(database).prepare()
    app = make("intake")
    app.state.clock = lambda: LATER
    async with serving(app, max_connections=50) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
async def page(chromium: Browser) -> Page:
    context = await chromium.new_context(locale="tr-TR", accept_downloads=False)
    context.set_default_timeout(60_000)
    return await context.new_page()


@pytest.mark.parametrize("name", LINKS)
async def test_a_program_that_tries_everything_does_nothing_for_the_submitter(
    page: Page, url: str, database: Database, name: str
) -> None:
    message, at = LINKS[name]
    status = url + await kept(database, message)
    before = await stored(database, message)
    sent = await rob(page, status + at)
    assert sent >= 3, "the robot is no longer one"
    await page.goto(status)
    await page.evaluate(SEND_ALL)
    assert await stored(database, message) == before


async def stored(database: Database, message: Message) -> object:
    return await database["messages"].find_one({"_id": message.id})
