"""The page of the audit record in a real browser, on a small telephone too."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from services.router.access import Role
from services.router.accounts.store import Accounts
from services.router.cases.store.cases import Cases
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make
from tests.router.desk import QUICK
from tests.router.test_audit_page import case_and_entries
from tests.router.test_calendar_in_a_browser import without_faults
from tests.server import serving


@pytest.fixture
async def auditor(chromium: Chromium, make: Make, database: Database) -> AsyncIterator[Page]:
    """The record, in the browser of an auditor who has signed in."""
    await Cases(database).prepare_lists()
    await Accounts(database).put(example.account(password_hash=QUICK, role=Role.AUDITOR))
    await case_and_entries(database)
    async with serving(make("router"), max_connections=50) as port:
        page = await chromium.new_page(locale="tr-TR", viewport={"width": 320, "height": 900})
        page.set_default_timeout(20_000)
        await page.goto(f"http://127.0.0.1:{port}/login?next=/audit")
        await page.fill("[name=email]", example.account().email)
        await page.fill("[name=password]", example.PASSWORD)
        async with page.expect_navigation(url="**/audit"):
            await page.keyboard.press("Enter")
        yield page


async def test_the_record_is_looked_through_on_any_screen(auditor: Page) -> None:
    await without_faults(auditor)
    await auditor.select_option("#service", "intake")
    await auditor.get_by_role("button", name="Göster").click()
    await expect(auditor.locator("tbody tr")).to_have_count(2)
    await auditor.set_viewport_size({"width": 1280, "height": 900})
    await without_faults(auditor)
    await auditor.fill("#case", "26-0000-00")
    await auditor.get_by_role("button", name="Göster").click()
    await expect(auditor.get_by_text("Bu filtrelerin tümüne uyan kayıt yok.")).to_be_visible()
    await without_faults(auditor)
