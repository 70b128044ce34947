"""The public figures and answers in a real browser: nothing is wider than the window, axe finds nothing."""

import os
from pathlib import Path

from playwright.async_api import Browser as Chromium

from services.intake.handlers import SnapshotHandlers
from services.intake.store import Snapshots
from services.router.statistics.domain.published import entry_of, months_from, tables_of
from shared.documents import Database
from tests import examples as example
from tests.axe import found_in_both_schemes
from tests.conftest import Make
from tests.intake.test_public_page import public_page
from tests.router.published import UNITS, rows
from tests.server import serving

PICTURES = os.environ.get("KLU_TEST_SCREENSHOTS")
"""Where to put pictures of every page, also wide, dark and in English; without it the narrow window is enough."""


async def test_nothing_is_wider_than_the_window_and_axe_finds_nothing(
    make: Make, database: Database, chromium: Chromium
) -> None:
    app, months = make("intake"), months_from("2025-01", 12)
    entries = [entry for row in rows(1_500) if (entry := entry_of(row, {"makine": "muhendislik"}))]
    labels = {code: {"tr": tr, "en": en} for code, (tr, en, _) in UNITS.items()}
    tables = [table.model_dump() for table in tables_of(entries, months, labels)]
    told = example.sealed(public_page(tables=tables))
    await SnapshotHandlers(app.state.provided[Snapshots]).on_public_page_changed(told)
    async with serving(app, max_connections=50) as port:
        context = await chromium.new_context(locale="tr-TR", base_url=f"http://127.0.0.1:{port}")
        window = await context.new_page()
        for name in ("figures", "answers"):
            for language in ("tr", "en") if PICTURES else ("tr",):
                for width in (1280, 390, 320) if PICTURES else (320,):
                    await window.set_viewport_size({"width": width, "height": 900})
                    await window.goto(f"/{name}?lang={language}")
                    assert await window.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
                    if PICTURES:
                        for scheme in ("light", "dark"):
                            await window.emulate_media(color_scheme=scheme)
                            picture = Path(PICTURES) / f"{name}-{language}-{width}-{scheme}.png"
                            await window.screenshot(path=picture, full_page=True)
            assert await found_in_both_schemes(window) == [], name
        await context.close()
