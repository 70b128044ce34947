"""The form in a real browser: its kinds, its preview, the draft, the count, without a mouse, in three languages."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from services.intake.domain.institution import Snapshot, with_directory, with_institution
from services.intake.store import Messages, Snapshots
from shared.documents import Database
from shared.kinds import Kind
from tests.axe import found_in_both_schemes
from tests.conftest import Make
from tests.intake.institution import directory, institution
from tests.server import serving

TEXT = "Kütüphanenin ikinci katında ısıtma iki gündür çalışmıyor.\n\nLütfen bakınız."
TYPED = {"subject": "Isıtma", "text": TEXT, "name": "Deniz Kaya", "email": "deniz.kaya@example.org"}
WEEK = 7 * 24 * 60 * 60 * 1000
AGED = """for (const [key, value] of Object.entries(localStorage)) {
    localStorage[key] = JSON.stringify({...JSON.parse(value), at: Date.now() - %d});
}"""
"""A script that makes each draft older by so many milliseconds."""


@pytest.fixture
async def app(make: Make, database: Database) -> FastAPI:
    await Messages(database).prepare()
    made = make("intake", languages=("tr", "en", "ar"))
    known = with_directory(Snapshot(id="snapshot"), directory(1, "kddb", "yitdb"))
    made.state.provided[Snapshots].current = with_institution(known, institution(1, usual_days=9))
    return made


@pytest.fixture
async def url(app: FastAPI) -> AsyncIterator[str]:
    async with serving(app, max_connections=50) as port:
        yield f"http://127.0.0.1:{port}"


async def window(chromium: Browser, **different: Any) -> BrowserContext:
    context = await chromium.new_context(locale="tr-TR", reduced_motion="reduce", **different)
    context.set_default_timeout(60_000)
    return context


@pytest.fixture
async def page(chromium: Browser, url: str) -> Page:
    made = await (await window(chromium)).new_page()
    await made.goto(url)
    return made


async def fill_in(page: Page, *, kind: str = "complaint") -> None:
    await page.check(f"[name=kind][value={kind}]")
    for name, value in TYPED.items():
        await page.fill(f"[name={name}]", value)


async def press(page: Page, step: str) -> None:
    await page.click(f"main button[value={step}]")


async def send(page: Page) -> None:
    await page.check("[name=notice]")
    await press(page, "preview")
    await press(page, "send")
    await page.wait_for_url("**/submitted")


async def drafts(page: Page) -> int:
    found: int = await page.evaluate("Object.keys(localStorage).length")
    return found


async def test_each_kind_goes_through_its_preview(page: Page, url: str, database: Database) -> None:
    for kind in Kind:
        await page.goto(url)
        await fill_in(page, kind=kind)
        await expect(page.locator("#concerns")).to_be_visible(visible=kind is Kind.COMPLIMENT)
        if kind is Kind.COMPLIMENT:
            await page.fill("#concerns", "Ayşe Yılmaz")
        await page.select_option("#suggested_unit", "yitdb")
        await page.select_option("#role", "student")
        await send(page)
    kept = [document["submission"] for document in await database["messages"].find().to_list(None)]
    assert [submission["kind"] for submission in kept] == list(Kind)
    assert {(submission["role"], submission["suggested_unit"]) for submission in kept} == {("student", "yitdb")}
    assert [submission["concerns"] for submission in kept if submission["concerns"]] == ["Ayşe Yılmaz"]


async def test_a_draft_comes_back_without_the_consent_and_goes_after_sending(page: Page, url: str) -> None:
    await fill_in(page, kind="compliment")
    await page.check("[name=notice]")
    await page.reload()
    await expect(page.locator("[data-draft-notice]")).to_be_visible()
    for name, value in TYPED.items():
        await expect(page.locator(f"[name={name}]")).to_have_value(value)
    await expect(page.locator("[name=kind][value=compliment]")).to_be_checked()
    await expect(page.locator("#concerns")).to_be_visible()
    await expect(page.locator("[name=notice]")).not_to_be_checked()
    await send(page)
    assert await drafts(page) == 0
    await page.goto(url)
    await expect(page.locator("[name=subject]")).to_have_value("")


async def test_a_draft_is_kept_while_the_message_is_only_previewed(page: Page, url: str) -> None:
    await fill_in(page)
    await page.check("[name=notice]")
    await press(page, "preview")
    await page.goto(url)
    await expect(page.locator("[name=text]")).to_have_value(TEXT)


async def test_a_draft_is_discarded_by_its_button_and_after_a_week(page: Page, url: str) -> None:
    await fill_in(page)
    await page.reload()
    await page.click("[data-draft-discard]")
    await expect(page.locator("[data-draft-notice]")).to_be_hidden()
    await expect(page.locator("[name=text]")).to_have_value("")
    assert await drafts(page) == 0
    await fill_in(page)
    await page.goto(f"{url}/t")
    assert await drafts(page) == 1
    await page.evaluate(AGED % WEEK)
    await page.goto(url)
    await expect(page.locator("[data-draft-notice]")).to_be_hidden()
    assert await drafts(page) == 0


async def test_where_nothing_can_be_stored_the_form_works_without_a_draft(chromium: Browser, url: str) -> None:
    context = await window(chromium)
    await context.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } })")
    page = await context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    await page.goto(url)
    await fill_in(page)
    await expect(page.locator("#concerns")).to_be_hidden()
    await send(page)
    assert problems == []


async def test_in_the_page_of_somebody_else_no_draft_is_kept(chromium: Browser, url: str) -> None:
    async def framable(route: Route) -> None:
        answer = await route.fetch()
        headers = {name: value for name, value in answer.headers.items() if name != "content-security-policy"}
        await route.fulfill(response=answer, headers=headers)

    async def foreign(route: Route) -> None:
        await route.fulfill(body=f'<iframe src="{url}/" width="800" height="900"></iframe>', content_type="text/html")

    page = await (await window(chromium)).new_page()
    await page.route("http://127.0.0.1:9099/", foreign)
    await page.route(f"{url}/", framable)
    await page.goto("http://127.0.0.1:9099/")
    frame = page.frames[1]
    await frame.fill("[name=text]", TEXT)
    await frame.check("[name=kind][value=complaint]")
    assert await frame.evaluate("Object.keys(localStorage).length") == 0


async def test_a_long_paste_is_kept_whole_and_both_sides_say_by_how_much_it_is_over(page: Page) -> None:
    await fill_in(page)
    await page.fill("[name=text]", "ğ" * 11_234)
    await expect(page.locator("#text-count")).to_have_text("1.234 karakter fazla")
    await page.check("[name=notice]")
    await press(page, "preview")
    await expect(page.locator("#text-error")).to_contain_text("1.234")
    assert len(await page.input_value("[name=text]")) == 11_234
    await page.fill("[name=text]", "ğ" * 9_000)
    await expect(page.locator("#text-count")).to_have_text("1.000 karakter kaldı")


async def test_a_keyboard_is_enough(page: Page, database: Database) -> None:
    keys = page.keyboard

    async def tab_to(name: str) -> None:
        for _ in range(40):
            await keys.press("Tab")
            if await page.evaluate("document.activeElement.name") == name:
                return
        raise AssertionError(f"Tab does not reach {name}")

    await tab_to("kind")
    await keys.press("Space")
    await keys.press("ArrowDown")
    for name in ("subject", "text"):
        await tab_to(name)
        await keys.type("Klavyeyle yazıldı")
    await tab_to("notice")
    await keys.press("Space")
    await tab_to("step")
    await keys.press("Enter")
    await expect(page.locator("h1")).to_have_text("Lütfen başvurunuzu kontrol ediniz")
    await tab_to("step")
    await keys.press("Enter")
    await page.wait_for_url("**/submitted")
    assert [kept["submission"]["kind"] for kept in await database["messages"].find().to_list(None)] == ["suggestion"]


async def test_without_scripts_everything_is_shown_and_works(chromium: Browser, url: str, database: Database) -> None:
    page = await (await window(chromium, java_script_enabled=False)).new_page()
    await page.goto(url)
    await expect(page.locator("#concerns")).to_be_visible()
    await expect(page.locator("#concerns-hint")).to_contain_text("yalnızca teşekkür için")
    await fill_in(page)
    await page.check("[name=notice]")
    await press(page, "preview")
    await press(page, "edit")
    await expect(page.locator("[name=text]")).to_have_value(TEXT)
    await page.fill("[name=subject]", "Isıtma çalışmıyor")
    await press(page, "preview")
    await page.click(".languages [lang=en]")
    await expect(page.locator("h1")).to_have_text("Please check your message")
    await press(page, "send")
    await page.wait_for_url("**/submitted")
    (document,) = await database["messages"].find().to_list(None)
    assert (document["submission"]["subject"], document["language"]) == ("Isıtma çalışmıyor", "en")


@pytest.mark.parametrize(("language", "direction"), [("tr", "ltr"), ("en", "ltr"), ("ar", "rtl")])
async def test_every_page_is_accessible_and_fits_a_small_phone(
    chromium: Browser, url: str, language: str, direction: str
) -> None:
    page = await (await window(chromium, viewport={"width": 320, "height": 700})).new_page()
    await page.goto(f"{url}/?lang={language}")
    assert await page.evaluate("getComputedStyle(document.body).direction") == direction
    await fine(page)
    await press(page, "preview")
    await expect(page.locator(".error-summary")).to_be_visible()
    await fine(page)
    await fill_in(page, kind="compliment")
    await page.check("[name=notice]")
    await press(page, "preview")
    await expect(page.locator(".preview")).to_be_visible()
    await fine(page)
    await press(page, "send")
    await page.wait_for_url("**/submitted")
    await fine(page)


async def fine(page: Page) -> None:
    """Nothing is wider than the window, no part of the header lies on another, and axe finds nothing."""
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    brand = await page.locator(".brand-text").bounding_box()
    tools = await page.locator(".site-header-tools").bounding_box()
    assert brand
    assert tools
    beside = brand["x"] + brand["width"] <= tools["x"] or tools["x"] + tools["width"] <= brand["x"]
    assert beside or brand["y"] + brand["height"] <= tools["y"]
    assert [violation["id"] for violation in await found_in_both_schemes(page)] == []
