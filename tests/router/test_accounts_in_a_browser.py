"""The pages of people and accounts in a real browser: accessible, and no wider than a telephone."""

from collections.abc import AsyncIterator

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page

from services.router.access import Role
from services.router.accounts.domain.changes import change, drawn, invite
from services.router.accounts.store.first import FirstLinks
from services.router.cases.store.cases import Cases
from shared.clock import utc_now
from shared.documents import Database
from shared.state import Actor
from tests import examples as example
from tests.conftest import Make
from tests.router.accounts import sealing, with_factor
from tests.router.desk import QUICK
from tests.server import serving

PEOPLE = "/administration/people"
PAGES = (
    *("/account", "/account/password", "/account/second-factor"),
    *(PEOPLE, f"{PEOPLE}/new", f"{PEOPLE}/ikinci", f"{PEOPLE}/davetli"),
)
BEFORE = ("/login", "/reset", "/login/code", "/invitation/gizli-davet")
LINK = drawn("http://127.0.0.1:8002/invitation/")._replace(secret="gizli-davet")
BY = Actor(kind="officer", id=example.account().id)


async def some_people(database: Database) -> None:
    """An administrator, somebody with a second factor and a history, and somebody who was invited."""
    await Cases(database).prepare_lists()
    accounts = sealing(database)
    await accounts.put(example.account(password_hash=QUICK, role=Role.ADMIN))
    second = example.account(id="ikinci", email="elif.demir@klu.example", name="Elif Demir", password_hash=QUICK)
    second = await with_factor(database, second)
    renamed, _ = change(second, by=BY, now=utc_now(), name="Elif Demir Kaya", role="supervisor")
    await accounts.put(renamed)
    person = {"email": "cok.uzun.bir.adres@bilgiislem.klu.example", "name": "Şükrü Çağlayangil", "role": "officer"}
    invited, _ = invite(**person, language="tr", link=LINK, by=BY, now=utc_now())
    await accounts.put(invited.model_copy(update={"id": "davetli"}))
    await FirstLinks(database).keep("gizli", utc_now())


@pytest.fixture
async def desk(chromium: Chromium, make: Make, database: Database) -> AsyncIterator[Page]:
    """The browser of an administrator who is about to sign in."""
    await some_people(database)
    async with serving(make("router"), max_connections=50) as port:
        context = await chromium.new_context(base_url=f"http://127.0.0.1:{port}", locale="tr-TR")
        page = await context.new_page()
        page.set_default_timeout(20_000)
        yield page


async def sign_in(page: Page, email: str) -> None:
    await page.goto("/login")
    await page.fill("[name=email]", email)
    await page.fill("[name=password]", example.PASSWORD)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def test_the_pages_of_accounts_are_accessible_and_fit_a_telephone(desk: Page) -> None:
    await sign_in(desk, "elif.demir@klu.example")
    for path in BEFORE:
        await looked_at(desk, path)
    await sign_in(desk, example.account().email)
    for path in PAGES:
        await looked_at(desk, path)


async def looked_at(page: Page, path: str) -> None:
    await page.set_viewport_size({"width": 320, "height": 800})
    await page.goto(path)
    assert path in page.url
    width = await page.evaluate("document.documentElement.scrollWidth")
    found = await Axe().run(page)
    assert (path, width, found.response["violations"]) == (path, 320, [])
