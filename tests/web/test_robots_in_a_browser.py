"""A real browser computes the proof of work, goes the slower way without scripts, and shows the form elsewhere."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, FrameLocator, Page, expect
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from scripts.eventually import eventually
from services.intake import admission
from services.intake.store import Messages
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make
from tests.server import serving

COST = 200
"""Keys, so that a machine under load has them in a second."""
TEXT = example.MESSAGE_FORM["text"]
Place = Page | FrameLocator


@pytest.fixture(autouse=True)
async def _prepared(database: Database) -> None:
    await Messages(database).prepare()


async def opened(chromium: Browser, url: str, **different: Any) -> Page:
    page = await (await chromium.new_context(**{"locale": "tr-TR"} | different)).new_page()
    page.set_default_timeout(60_000)
    await page.goto(url)
    return page


async def fill_in(place: Place, text: str = TEXT) -> None:
    await place.locator("[name=kind][value=complaint]").check()
    await place.locator("[name=subject]").fill("Isıtma")
    await place.locator("[name=text]").fill(text)
    await place.locator("[name=notice]").check()


async def go_on(place: Place) -> None:
    await place.locator("main button[value=preview]").click()


async def send(place: Place) -> None:
    await place.locator("main button[value=send]").click()


async def doubts(database: Database) -> list[list[str]]:
    return [document["doubts"] async for document in database["messages"].find()]


async def test_a_proof_is_computed_while_a_person_types(make: Make, chromium: Browser, database: Database) -> None:
    async with serving(make("intake", proof_cost=COST), max_connections=50) as port:
        page = await opened(chromium, f"http://127.0.0.1:{port}/")
        assert await page.locator("[name=proof]").input_value() == ""
        await fill_in(page)
        await expect(page.locator("[name=proof]")).not_to_have_value("")
        await go_on(page)
        await send(page)
        await page.wait_for_url("**/submitted")
    assert await doubts(database) == [[]]


async def test_who_sends_before_the_proof_is_there_waits_and_sends_once(
    make: Make, chromium: Browser, database: Database
) -> None:
    async with serving(make("intake", proof_cost=COST), max_connections=50) as port:
        page = await opened(chromium, f"http://127.0.0.1:{port}/")
        await fill_in(page)
        await page.evaluate("() => { document.querySelector('[name=proof]').value = ''; }")
        await go_on(page)
        await page.locator("main button[value=send]").dblclick()
        await page.wait_for_url("**/submitted")
    assert await doubts(database) == [[]]


async def test_a_proof_that_was_used_is_computed_again_and_nothing_is_lost(
    make: Make, chromium: Browser, database: Database
) -> None:
    async with serving(make("intake", proof_cost=COST), max_connections=50) as port:
        page = await opened(chromium, f"http://127.0.0.1:{port}/")
        await fill_in(page)
        await expect(page.locator("[name=proof]")).not_to_have_value("")
        used = await page.locator("[name=proof]").input_value()
        await go_on(page)
        await send(page)
        await page.wait_for_url("**/submitted")
        await page.goto(f"http://127.0.0.1:{port}/")
        await page.evaluate("used => { document.querySelector('[name=proof]').value = used; }", used)
        await fill_in(page, "Bir başka başvurunun metni.")
        await go_on(page)
        await send(page)
        await expect(page.locator(".form-notice")).to_be_visible()
        await expect(page.locator("[name=text]")).to_have_value("Bir başka başvurunun metni.")
        await expect(page.locator("[name=proof]")).not_to_have_value("")
        await page.locator("[name=notice]").check()
        await go_on(page)
        await send(page)
        await page.wait_for_url("**/submitted")
    assert await doubts(database) == [[], []]


@pytest.mark.parametrize("scripts", [False, True])
async def test_without_a_proof_the_preview_is_confirmed_and_the_message_marked(
    make: Make, chromium: Browser, database: Database, monkeypatch: pytest.MonkeyPatch, scripts: bool
) -> None:
    monkeypatch.setattr(admission, "SHOWN_FOR", admission.SHOWN_WITHIN * 0)
    async with serving(make("intake", proof_cost=COST), max_connections=50) as port:
        page = await opened(chromium, f"http://127.0.0.1:{port}/", java_script_enabled=scripts)
        if scripts:  # the worker cannot be loaded
            await page.route("**/vendor/altcha-*", lambda route: route.abort())
        await fill_in(page)
        await go_on(page)
        await expect(page.get_by_text(TEXT)).to_be_visible()
        assert await doubts(database) == []
        if scripts:
            assert (await Axe().run(page)).response["violations"] == []
        await send(page)
        await page.wait_for_url("**/submitted")
    assert await doubts(database) == [["no_proof"]]


@asynccontextmanager
async def foreign_site(make: Make, **different: Any) -> AsyncIterator[str]:
    """A page of another site, in English, with the one line of HTML; the hotline lets it show the form."""

    async def show(request: Any) -> HTMLResponse:
        script = f'<script src="http://127.0.0.1:{hotline}/embed.js" async></script>'
        head = '<!doctype html><html lang="en-GB"><title>Faculty</title>'
        return HTMLResponse(f"{head}<main><h1>Contact</h1>{script}</main>")

    async with serving(Starlette(routes=[Route("/", show)]), max_connections=50) as port:
        site = f"http://localhost:{port}"
        app = make("intake", **{"proof_cost": COST, "embed_origins": site} | different)
        async with serving(app, max_connections=50) as hotline:
            yield site


async def test_the_form_in_a_page_of_another_site_has_its_height_and_language_and_is_sent(
    make: Make, chromium: Browser, database: Database
) -> None:
    async with foreign_site(make) as site:
        page = await opened(chromium, site, viewport={"width": 1280, "height": 800})
        frame = page.frame_locator("iframe")
        await expect(frame.locator("html")).to_have_attribute("lang", "en")
        await eventually(lambda: has_its_height(page))
        await go_on(frame)
        await expect(frame.locator(".error-summary")).to_be_visible()
        for width in (1280, 320):
            await page.set_viewport_size({"width": width, "height": 800})
            await eventually(lambda: has_its_height(page))
            for place in (page, page.frames[1]):
                assert (await Axe().run(place)).response["violations"] == []
        await fill_in(frame)
        await go_on(frame)
        await expect(frame.get_by_text(TEXT)).to_be_visible()
        await eventually(lambda: has_its_height(page))
        await send(frame)
        await expect(frame.get_by_text("Your message has been received")).to_be_visible()
        await eventually(lambda: has_its_height(page))
        async with page.context.expect_page() as tab:
            await frame.get_by_role("link", name="Open the status page").click()
        await expect((await tab.value).locator("header")).to_be_visible()
        assert [cookie for cookie in await page.context.cookies() if "127.0.0.1" in cookie["domain"]] == []
    assert await doubts(database) == [[]]
    assert await database["messages"].count_documents({"language": "en"}) == 1


async def test_a_site_that_is_not_on_the_list_shows_nothing(make: Make, chromium: Browser) -> None:
    async with foreign_site(make, embed_origins="https://www.klu.example") as site:
        page = await opened(chromium, site)
        await expect(page.locator("iframe")).to_be_attached()
        shown = page.frames[-1]
        await eventually(lambda: refused(page))
        assert not await shown.locator("form").count()


async def refused(page: Page) -> bool:
    """Whether the browser shows its own error page in the frame."""
    return len(page.frames) == 2 and page.frames[1].url.startswith("chrome-error:")


async def has_its_height(page: Page) -> bool:
    """Whether the frame is as high as its content, and nothing scrolls sideways."""
    inner = await page.frames[1].evaluate("[document.documentElement.scrollHeight, document.body.offsetHeight]")
    outer = await page.locator("iframe").evaluate("frame => frame.clientHeight")
    sideways = await page.frames[1].evaluate("document.documentElement.scrollWidth > innerWidth")
    return inner[1] > 300 and inner[1] <= outer <= inner[1] + 1 and inner[0] <= outer and not sideways
