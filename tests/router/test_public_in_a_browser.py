"""The pages of what is published in a real browser: nothing is wider than the window, axe finds nothing."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page

from scripts.browser import Browser
from services.router.access import Role
from services.router.statistics.domain.answers import propose, publish_answer
from services.router.statistics.store.public import PublicAnswers
from shared.documents import Database
from tests import examples as example
from tests.axe import faults, found_in_both_schemes
from tests.conftest import Visit
from tests.router.desk import kept, log_in
from tests.router.published import keep_rows, rows
from tests.router.test_public_answers import WORDS
from tests.server import serving


@pytest.fixture
async def window(app: FastAPI, visit: Visit, database: Database, chromium: Chromium) -> AsyncIterator[Page]:
    """A window of a signed-in supervisor, who has two answers and the figures of a year."""
    await keep_rows(database, rows())
    case = await kept(database, example.answered_case())
    by, now = example.officer().actor, example.NOW
    for number, case_id in enumerate((case.id, None)):
        answer, _ = propose(WORDS, answer_id=f"a{number}", case_id=case_id, by=by, now=now)
        await PublicAnswers(database).add(answer if number else publish_answer(answer, by=by, now=now)[0])
    signed_in: Browser = await log_in(visit(app), database, role=Role.SUPERVISOR)
    async with serving(app, max_connections=50) as port:
        url = f"http://127.0.0.1:{port}"
        context = await chromium.new_context(locale="tr-TR", base_url=url)
        await context.add_cookies([{"name": "session", "value": signed_in.client.cookies["session"], "url": url}])
        yield await context.new_page()
        await context.close()


async def test_nothing_is_wider_than_the_window_and_axe_finds_nothing(window: Page) -> None:
    pages = {
        "public": "/administration/public?first=2025-01&length=12",
        "answers": "/answers",
        "answer": "/answers/a0",
        "reports": "/figures/report",
    }
    assert await faults(window, pages, audit=found_in_both_schemes) == {}
