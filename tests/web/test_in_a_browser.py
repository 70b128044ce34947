"""What was typed stays, in a real browser without scripts: *back*, another language, Enter."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from services.intake.store import Messages
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make
from tests.server import serving

TEXT = "Kütüphanenin ikinci katında ısıtma iki gündür çalışmıyor."


@pytest.fixture
async def page(chromium: Chromium, make: Make, database: Database) -> AsyncIterator[Page]:
    """The public form, in a Chromium with scripts switched off."""
    await Messages(database).prepare()
    async with serving(make("intake"), max_connections=50) as port:
        context = await chromium.new_context(locale="tr-TR", java_script_enabled=False)
        made = await context.new_page()
        made.set_default_timeout(60_000)
        await made.goto(f"http://127.0.0.1:{port}/")
        yield made


async def fill_in(page: Page, **different: str) -> None:
    for name, value in ({"subject": "Isıtma", "text": TEXT, "name": "Deniz Kaya"} | different).items():
        await page.fill(f"[name={name}]", value)
    await page.check("[name=kind][value=complaint]")
    await page.check("[name=notice]")


async def sent(page: Page) -> None:
    await page.click("main button[type=submit][value=preview]")


async def confirmed(page: Page) -> None:
    await page.click("main button[type=submit][value=send]")


async def test_back_after_an_error_shows_the_form_again_and_sending_it_makes_no_second_message(
    page: Page, database: Database
) -> None:
    await fill_in(page, name="x")
    await sent(page)
    await expect(page.locator(".error-summary")).to_be_visible()
    await page.fill("[name=name]", "Deniz Kaya")
    await sent(page)
    await confirmed(page)
    await page.wait_for_url("**/submitted")
    arrived = page.url
    await page.go_back()
    await page.go_back()
    await expect(page.locator("[name=text]")).to_have_value(TEXT)
    await page.fill("[name=name]", "Deniz Kaya")
    await sent(page)
    await confirmed(page)
    await page.wait_for_url(arrived)
    assert await database["messages"].count_documents({}) == 1


async def test_another_language_keeps_what_was_typed_before_and_after_an_error(page: Page, database: Database) -> None:
    await fill_in(page)
    await page.click(".languages [lang=en]")
    await expect(page.get_by_text("Nothing has been sent yet")).to_be_visible()
    await expect(page.locator("[name=text]")).to_have_value(TEXT)
    await page.fill("[name=name]", "x")
    await sent(page)
    await page.click(".languages [lang=tr]")
    await expect(page.locator("[name=text]")).to_have_value(TEXT)
    await expect(page.locator("[name=name]")).to_have_value("x")
    await expect(page.locator("[name=kind][value=complaint]")).to_be_checked()
    assert await database["messages"].count_documents({}) == 0


async def test_enter_shows_the_preview_and_does_not_change_the_language(page: Page, database: Database) -> None:
    await fill_in(page, email=str(example.MESSAGE_FORM["email"]))
    await page.press("[name=subject]", "Enter")
    await confirmed(page)
    await page.wait_for_url("**/submitted")
    await expect(page.locator("html")).to_have_attribute("lang", "tr")
    assert await database["messages"].count_documents({}) == 1
