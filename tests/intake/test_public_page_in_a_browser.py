"""The public figures and answers in a real browser: nothing is wider than the window, axe finds nothing."""

from playwright.async_api import Browser as Chromium

from services.intake.handlers import SnapshotHandlers
from services.intake.store import Snapshots
from services.router.statistics.domain.published import entry_of, months_from, tables_of
from shared.documents import Database
from tests import examples as example
from tests.axe import faults, found_in_both_schemes
from tests.conftest import Make
from tests.intake.test_public_page import public_page
from tests.router.published import UNITS, rows
from tests.server import serving


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
        pages = {"figures": "/figures", "answers": "/answers"}
        assert await faults(window, pages, audit=found_in_both_schemes) == {}
        await context.close()
