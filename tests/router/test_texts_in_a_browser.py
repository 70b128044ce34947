"""The pages of texts in a real browser: the example follows what is typed, and axe finds nothing."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from fastapi import FastAPI
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from scripts.browser import Browser
from services.router.access import Role
from services.router.texts.store import Templates
from shared.documents import Database
from tests import examples as example
from tests.conftest import Visit
from tests.router.desk import kept, log_in, send
from tests.server import serving

PATIENCE = 20_000
PICTURES = os.environ.get("KLU_TEST_SCREENSHOTS")
"""Where to put pictures of every page, also wide, dark and in English; without it the narrow window is enough."""
PAGES = {
    "templates": "/administration/templates",
    "template": "/administration/templates/note.reply",
    "check": "/administration/check",
    "wordings": "/administration/wordings",
    "wording": "/administration/wordings/answer",
}


@pytest.fixture
async def window(app: FastAPI, visit: Visit, database: Database, chromium: Chromium) -> AsyncIterator[Page]:
    """A window of a signed-in administrator, who has changed a template and a letter. In the end, no script failed."""
    signed_in: Browser = await log_in(visit(app), database, role=Role.ADMIN)
    for page, field in (("template", "text_tr"), ("wording", "subject_tr")):
        await signed_in.open(PAGES[page])
        before = signed_in.form(PAGES[page]).fields[field][0]
        await send(signed_in, PAGES[page], **{field: before.replace("numaralı", "sayılı").replace("cevabı", "yanıtı")})
    async with serving(app, max_connections=50) as port:
        url, problems = f"http://127.0.0.1:{port}", list[str]()
        context = await chromium.new_context(locale="tr-TR", base_url=url)
        await context.add_cookies([{"name": "session", "value": signed_in.client.cookies["session"], "url": url}])
        window = await context.new_page()
        window.set_default_timeout(PATIENCE)
        window.on("pageerror", lambda error: problems.append(str(error)))
        expect.set_options(timeout=PATIENCE)
        yield window
        await context.close()
        assert problems == []


async def test_the_letter_follows_what_is_typed_and_nothing_is_saved(window: Page, database: Database) -> None:
    await window.goto("/administration/wordings/receipt")
    await window.locator("#text_tr").fill("Size özel metin.\n\n{details}\n\n{status_page}")
    await expect(window.locator("#letters")).to_contain_text("Size özel metin.")
    assert await database["wordings"].count_documents({"_id": "receipt"}) == 0


async def test_a_template_that_was_chosen_in_the_form_is_named_in_the_case(window: Page, database: Database) -> None:
    case = await kept(database, example.replied_case())
    await window.goto(f"/cases/{case.id}/review")
    await window.locator("#template").select_option("answer.done")
    await window.locator("#main-form button.btn-primary").click()
    await expect(window.locator("#history")).to_contain_text("Hazır metin: Sorun giderildi (1. metin)")


async def test_nothing_is_wider_than_the_window_and_axe_finds_nothing(window: Page, database: Database) -> None:
    assert len((await Templates(database).known("note.reply")).versions) == 2
    wrong: dict[str, object] = {}
    for name, path in PAGES.items():
        await window.goto(path)
        await window.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
        for width in (1280, 390, 320) if PICTURES else (320,):
            await window.set_viewport_size({"width": width, "height": 900})
            if await window.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong[f"{name} {width}"] = "wider than the window"
            if PICTURES:
                await window.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)
        if found := (await Axe().run(window)).response["violations"]:
            wrong[name] = [(rule["id"], [node["target"] for node in rule["nodes"]][:3]) for rule in found]
    assert wrong == {}
