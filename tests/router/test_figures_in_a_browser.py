"""The page of figures in a real browser: axe finds nothing, nothing is wider than the window, tables can be read."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page

from scripts.browser import Browser
from services.router.access import Role
from shared.documents import Database
from tests.axe import found_in_both_schemes
from tests.conftest import Visit
from tests.router.desk import log_in
from tests.router.figures import years
from tests.server import serving

PATIENCE = 20_000
PICTURES = os.environ.get("KLU_TEST_SCREENSHOTS")
"""Where to put pictures; without it the narrow window is enough."""
PERIOD = "period=range&since=2025-12&until=2026-11"


@pytest.fixture
async def window(app: FastAPI, visit: Visit, database: Database, chromium: Chromium) -> AsyncIterator[Page]:
    """A window of an auditor, who reads figures of three years."""
    await years(database)
    signed_in: Browser = await log_in(visit(app), database, role=Role.AUDITOR)
    async with serving(app, max_connections=50) as port:
        url = f"http://127.0.0.1:{port}"
        context = await chromium.new_context(locale="tr-TR", base_url=url)
        await context.add_cookies([{"name": "session", "value": signed_in.client.cookies["session"], "url": url}])
        window = await context.new_page()
        window.set_default_timeout(PATIENCE)
        yield window
        await context.close()


async def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(window: Page) -> None:
    widths = (320, 390, 1280) if PICTURES else (320,)
    for language in ("tr", "en") if PICTURES else ("tr",):
        for width in widths:
            await window.set_viewport_size({"width": width, "height": 800})
            await window.goto(f"/figures?{PERIOD}&lang={language}")
            assert await window.evaluate("document.documentElement.scrollWidth") <= width
            if not PICTURES:
                break
            for scheme in ("light", "dark"):
                await window.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                name = f"figures-{language}-{width}-{scheme}.png"
                await window.screenshot(path=str(Path(PICTURES) / name), full_page=True)
    assert await found_in_both_schemes(window) == []


async def test_a_chart_says_its_finding_and_its_table_follows_it(window: Page) -> None:
    await window.goto(f"/figures?{PERIOD}&lang=en")
    charts = window.get_by_role("img")
    assert await charts.count() == await window.locator("svg.chart").count() >= 6
    for place in range(await charts.count()):
        chart = charts.nth(place)
        named = await chart.get_attribute("aria-labelledby")
        assert (await window.locator(f"#{named}").inner_text()).endswith(".")
    order = await window.evaluate(
        "[...document.querySelectorAll('svg.chart, .figure-table caption, .figures h2')].map(e => e.tagName)"
    )
    assert order[1:] == ["svg", "CAPTION", "H2"] * await charts.count()
