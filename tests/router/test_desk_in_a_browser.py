"""The desk in a real browser by the keyboard alone: every case is reached, and decided, in a few keys."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from services.router.accounts.store import Accounts
from services.router.cases.store.cases import Cases
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make
from tests.router.desk import QUICK, directory, kept
from tests.server import serving

MOST = 12
"""Keys for a decision, beside the words that are typed."""


class Keys:
    """The keyboard of a page, which counts the keys that are pressed; words that are typed do not count."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, 0

    async def press(self, *keys: str) -> None:
        """Press these keys, one after the other."""
        for key in keys:
            self.pressed += 1
            await self.page.keyboard.press(key)

    async def arrive(self, key: str, path: str) -> None:
        """Press a key that leads to a page of this address, and wait until the page is there."""
        self.pressed += 1
        async with self.page.expect_navigation(url=lambda url: path in url):
            await self.page.keyboard.press(key)


@pytest.fixture
async def desk(chromium: Chromium, make: Make, database: Database) -> AsyncIterator[Page]:
    """The inbox with three new cases and a reply, in the browser of an officer who has signed in."""
    await Cases(database).prepare_lists()
    await directory(database)
    await Accounts(database).put(example.account(password_hash=QUICK))
    for minute, subject in enumerate(("Birinci", "İkinci", "Üçüncü")):
        at = example.NOW + timedelta(minutes=minute)
        await kept(database, example.case(subject=subject, submitted_at=at))
    await kept(database, example.replied_case(subject="Cevaplanacak"))
    async with serving(make("router", undo_seconds=60), max_connections=50) as port:
        page = await chromium.new_page(locale="tr-TR", viewport={"width": 1280, "height": 900})
        page.set_default_timeout(20_000)
        await page.goto(f"http://127.0.0.1:{port}/login")
        await page.fill("[name=email]", example.account().email)
        await page.fill("[name=password]", example.PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.locator("#first-case")).to_be_visible()
        await page.wait_for_load_state()  # only then do the keys work
        yield page


async def focused(page: Page) -> str:
    return str(await page.evaluate("document.activeElement.textContent.trim()"))


async def test_the_first_case_is_reached_within_three_keys_and_the_keys_are_shown(desk: Page) -> None:
    keys = Keys(desk)
    await keys.press("Tab", "Tab", "Enter")
    await expect(desk.locator("#first-case")).to_be_focused()
    await keys.press("?")
    await expect(desk.locator("dialog.keys")).to_be_visible()
    assert (await Axe().run(desk)).violations_count == 0
    await keys.press("Escape")
    await expect(desk.locator("dialog.keys")).to_be_hidden()
    await keys.press("/")
    await expect(desk.locator("input[type=search]")).to_be_focused()
    await desk.keyboard.type("jkx")
    await expect(desk.locator("input[type=search]")).to_have_value("jkx")
    await keys.press("Escape", "j", "j")
    assert await focused(desk) == "İkinci"
    await keys.press("k", "x")
    assert await focused(desk) == "Birinci"
    await expect(desk.locator(".bulk")).to_be_visible()
    await expect(desk.locator("[name=cases]:checked")).to_have_count(1)


async def test_an_officer_routes_and_closes_case_after_case_by_the_keyboard(desk: Page, database: Database) -> None:
    keys = Keys(desk)
    await keys.press("j")
    await keys.arrive("o", "/cases/")
    await keys.press("r")
    await desk.keyboard.type("kütüp")
    await keys.press("Enter")
    await expect(desk.locator("[name=units]:checked")).to_have_count(1)
    await keys.arrive("Control+Enter", "/cases/")
    await expect(desk.locator(".confirmed")).to_contain_text("yönlendirildi")
    assert keys.pressed <= MOST
    await keys.arrive("j", "/cases/")
    await expect(desk.locator("h1")).to_have_text("İkinci")
    keys.pressed = 0
    await keys.arrive("c", "/closure")
    await keys.press("c", "Space")
    await keys.arrive("Control+Enter", "/cases/")
    await expect(desk.locator(".held")).to_be_visible()
    assert keys.pressed <= MOST
    await keys.arrive("j", "/cases/")
    await expect(desk.locator("h1")).to_have_text("Üçüncü")
    stored = {case["subject"]: case async for case in database["cases"].find()}
    assert [a["unit"]["code"] for a in stored["Birinci"]["assignments"]] == [example.LIBRARY.code]
    assert stored["İkinci"]["release"]["kind"] == "closure"
    assert stored["Üçüncü"]["revision"] == 0


async def test_an_officer_answers_by_the_keyboard(desk: Page, database: Database) -> None:
    keys = Keys(desk)
    await desk.goto(desk.url.partition("?")[0] + "?view=reply_pending_review")
    await keys.press("j")
    await keys.arrive("o", "/cases/")
    await keys.arrive("a", "/review")
    await keys.press("a")
    await desk.keyboard.type("Sayın Deniz Kaya, ")
    await keys.arrive("Control+Enter", "/cases/")
    await expect(desk.locator(".held")).to_be_visible()
    assert keys.pressed <= MOST
    stored = await database["cases"].find_one({"subject": "Cevaplanacak"})
    assert stored
    assert stored["release"]["kind"] == "answer"
    assert stored["release"]["payload"]["answer"].startswith("Sayın Deniz Kaya, ")


async def test_a_key_in_the_list_opens_the_form_and_the_list_goes_on_behind_it(desk: Page) -> None:
    keys = Keys(desk)
    await keys.press("j")
    await keys.arrive("r", "/cases/")
    await expect(desk.locator("#routing [data-narrow]")).to_be_focused()
    await desk.go_back()
    await keys.press("j")
    await keys.arrive("c", "/closure")
    await keys.press("c", "Space")
    await keys.arrive("Control+Enter", "/cases/")
    await keys.arrive("j", "/cases/")
    await expect(desk.locator("h1")).to_have_text("İkinci")
    assert keys.pressed <= MOST


@pytest.mark.parametrize("width", [320, 390])
async def test_the_inbox_is_no_wider_than_a_telephone(desk: Page, width: int) -> None:
    await desk.set_viewport_size({"width": width, "height": 900})
    await desk.check("[name=cases] >> nth=0")
    await desk.click(".saving summary")
    await expect(desk.locator("[name=name]")).to_be_visible()
    assert await desk.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert (await Axe().run(desk)).violations_count == 0


async def test_in_a_narrow_window_the_chosen_cases_stay_in_view_and_a_link_leads_to_what_is_done_with_them(
    desk: Page,
) -> None:
    await desk.set_viewport_size({"width": 320, "height": 640})
    link, bar = desk.locator(".bulk-link"), desk.locator(".bulk")
    await expect(link).to_be_hidden()
    await desk.check("[name=cases] >> nth=0")
    shown = await link.bounding_box()
    assert shown and shown["height"] < 64 and shown["y"] + shown["height"] <= 640
    assert await bar.evaluate("bar => getComputedStyle(bar).position") == "static"
    await link.click()
    await expect(bar).to_be_focused()
    await expect(bar.locator("button").first).to_be_in_viewport()


async def test_what_has_the_focus_is_not_behind_the_bar_of_what_is_done_with_cases(desk: Page) -> None:
    await desk.set_viewport_size({"width": 1280, "height": 560})
    await desk.check("[name=cases] >> nth=0")
    for _ in range(2 * await desk.locator("[name=cases]").count() - 1):
        await desk.keyboard.press("Tab")
        top = "document.querySelector('.bulk').getBoundingClientRect().top"
        await desk.wait_for_function(f"() => document.activeElement.getBoundingClientRect().bottom <= {top}")
