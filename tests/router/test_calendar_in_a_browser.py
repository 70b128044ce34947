"""The calendar, the terms and the counted days in a real browser, on a small telephone too."""

from collections.abc import AsyncIterator

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from services.router.access import Role
from services.router.accounts.store import Accounts
from services.router.cases.store.cases import Cases
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make
from tests.router.desk import QUICK
from tests.router.test_calendar_page import NOW, at_unit
from tests.router.test_extensions import asking
from tests.server import serving


@pytest.fixture
async def desk(chromium: Chromium, make: Make, database: Database) -> AsyncIterator[Page]:
    """The desk with two cases at a unit, in the browser of an administrator who has signed in."""
    await Cases(database).prepare_lists()
    await Accounts(database).put(example.account(password_hash=QUICK, role=Role.ADMIN))
    await Cases(database).add(at_unit(case=example.case(submitted_at=NOW)))
    await Cases(database).add(asking())
    async with serving(make("router"), max_connections=50) as port:
        page = await chromium.new_page(locale="tr-TR", viewport={"width": 320, "height": 900})
        page.set_default_timeout(20_000)
        await page.goto(f"http://127.0.0.1:{port}/login?next=/administration/calendar?year=2026")
        await page.fill("[name=email]", example.account().email)
        await page.fill("[name=password]", example.PASSWORD)
        async with page.expect_navigation(url="**/administration/calendar*"):
            await page.keyboard.press("Enter")
        yield page


async def without_faults(page: Page) -> None:
    """Nobody is kept out, and nothing is wider than the window."""
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def test_a_day_is_added_after_its_preview_and_each_page_has_no_barrier(desk: Page) -> None:
    await without_faults(desk)
    await desk.fill("#first", "2026-12-01")
    await desk.fill("#name", "İdari izin")
    await desk.click("#days-form button[type=submit]")
    await expect(desk.locator("h1")).to_have_text("Takvim ön izlemesi")
    await expect(desk.get_by_text("2 açık başvurunun son günü değişiyor")).to_be_visible()
    await without_faults(desk)
    await desk.get_by_role("button", name="Uygula").click()
    await expect(desk.get_by_text("Takvim değiştirildi")).to_be_visible()
    for address in ("/administration/terms", "/administration"):
        await desk.goto(desk.url.split("/administration")[0] + address)
        await without_faults(desk)


async def test_the_days_of_a_case_and_the_decision_about_more_time_have_no_barrier(
    desk: Page, database: Database
) -> None:
    case = next(iter([case async for case in Cases(database).counted() if case.assignments[0].asks_for_time]))
    here = "/".join(desk.url.split("/")[:3])
    for address in ("", "/deadlines", f"/assignments/{case.assignments[0].id}/extension"):
        await desk.goto(f"{here}/cases/{case.id}{address}")
        await desk.evaluate("document.querySelectorAll('main details').forEach(fold => { fold.open = true })")
        await without_faults(desk)
