"""Two officers in a real browser: they see each other, a change of the case, and new cases in the list."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from axe_playwright_python.async_playwright import Axe
from fastapi import FastAPI
from playwright.async_api import Page, async_playwright, expect

from scripts.local import packages
from services.router.accounts.store import Accounts, Sessions
from services.router.cases.domain.work import assign
from services.router.cases.pages import live
from services.router.cases.store.cases import Cases
from services.router.cases.store.presence import Whereabouts
from shared.documents import Database
from tests import examples as example
from tests.conftest import Visit
from tests.router.desk import directory, kept, log_in
from tests.server import serving

PATIENCE = 60_000
EMAILS = {"Ayşe Demir": "ayse@klu.example", "Can Kaya": "can@klu.example"}
SignedIn = Callable[[str, str], Awaitable[Page]]


@pytest.fixture
async def window(
    app: FastAPI, visit: Visit, database: Database, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[SignedIn]:
    """Opens a window of a browser of its own, for an officer with this name, at a path."""
    executable = packages.browser()
    if executable is None:
        pytest.skip("Chromium is not there; as root on Debian `make browser` installs it")
    monkeypatch.setattr(live, "EVERY", 0.2)
    for store in (Cases(database), Accounts(database), Sessions(database), Whereabouts(Cases(database))):
        await store.prepare()
    await directory(database)
    problems: list[str] = []
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(serving(app, max_connections=100))
        playwright = await stack.enter_async_context(async_playwright())
        chromium = await playwright.chromium.launch(executable_path=str(executable), args=["--no-sandbox"])
        stack.push_async_callback(chromium.close)

        async def opened(name: str, path: str) -> Page:
            signed_in = await log_in(visit(app), database, id=EMAILS[name], email=EMAILS[name], name=name)
            context = await chromium.new_context(locale="tr-TR", viewport={"width": 1280, "height": 900})
            await context.add_cookies(
                [{"name": "session", "value": signed_in.client.cookies["session"], "url": f"http://127.0.0.1:{port}"}]
            )
            page = await context.new_page()
            page.set_default_timeout(PATIENCE)
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
            await page.goto(f"http://127.0.0.1:{port}{path}")
            return page

        expect.set_options(timeout=PATIENCE)
        yield opened
        assert [problem for problem in problems if "status of 409" not in problem] == []


async def test_two_officers_at_one_case_see_each_other_and_what_changed(window: SignedIn, database: Database) -> None:
    case = await kept(database, example.case())
    ayse = await window("Ayşe Demir", f"/cases/{case.id}")
    can = await window("Can Kaya", f"/cases/{case.id}")
    await expect(ayse.locator("[data-people]")).to_have_text("Can Kaya bu dosyaya bakıyor")
    await expect(can.locator("[data-people]")).to_have_text("Ayşe Demir bu dosyaya bakıyor")
    await can.locator("#note").fill("Lütfen inceleyiniz.")
    await expect(ayse.locator("[data-people]")).to_have_text("Can Kaya bu dosyada yazıyor")
    await expect(ayse.locator("[data-changed]")).to_be_hidden()
    read, colleague = await Cases(database).get(case.id), example.officer(id="third", name="Efe Ak")
    await Cases(database).save(assign(read, colleague.id, colleague.name, colleague, example.NOW))
    for page in (ayse, can):
        await expect(page.locator("[data-changed]")).to_have_text("Bu dosya değişti. Değişiklikleri göster")
    assert (await Axe().run(ayse)).response["violations"] == []
    assert await can.locator("#note").input_value() == "Lütfen inceleyiniz.", "nothing that was typed is lost"
    await can.close(run_before_unload=False)
    await expect(ayse.locator("[data-people]")).to_be_hidden()
    await ayse.get_by_role("link", name="Değişiklikleri göster").click()
    await expect(ayse.locator("[data-changed]")).to_be_hidden()


async def test_of_two_officers_who_route_at_once_the_second_is_told_and_both_texts_stay(
    window: SignedIn, database: Database
) -> None:
    case = await kept(database, example.case())
    ayse = await window("Ayşe Demir", f"/cases/{case.id}")
    can = await window("Can Kaya", f"/cases/{case.id}")
    for page, unit, note in ((ayse, example.WORKS, "Ayşe'nin notu."), (can, example.LIBRARY, "Can'ın notu.")):
        await page.check(f"[name=units][value={unit.code}]")
        await page.locator("#note").fill(note)
    await can.locator("#main-form .btn-primary").click()
    await expect(can.locator(".confirmed")).to_be_visible()
    await ayse.locator("#main-form .btn-primary").click()
    await expect(ayse.locator(".meanwhile")).to_contain_text("Can Kaya")
    await expect(ayse.locator("#note")).to_have_value("Ayşe'nin notu.")
    await expect(ayse.locator(f"[name=units][value={example.WORKS.code}]")).to_be_checked()
    await ayse.locator("#main-form .btn-primary").click()
    await expect(ayse.locator(".confirmed")).to_be_visible()
    stored = await Cases(database).get(case.id)
    assert {a.unit.code: a.note for a in stored.assignments} == {
        example.LIBRARY.code: "Can'ın notu.",
        example.WORKS.code: "Ayşe'nin notu.",
    }


async def test_the_list_tells_new_cases_and_counts_them_without_moving_under_the_reader(
    window: SignedIn, database: Database
) -> None:
    shown = await kept(database, example.case(subject="Görünen"))
    page = await window("Ayşe Demir", "/")
    rows = page.locator("a.row-link")
    await expect(rows).to_have_count(1)
    await kept(database, example.case(subject="Yeni bir"))
    await kept(database, example.case(subject="Yeni iki"))
    await expect(page.locator("[data-live=list]")).to_have_text("2 yeni başvuru – listeyi yenile")
    await expect(page.locator("[data-live-counts] [aria-current=page] .count")).to_have_text("3")
    await expect(rows).to_have_count(1)
    assert shown.subject in await rows.inner_text()
    assert (await Axe().run(page)).response["violations"] == []
    await page.get_by_role("link", name="2 yeni başvuru").click()
    await expect(rows).to_have_count(3)


async def test_a_template_is_added_below_what_is_written(window: SignedIn, database: Database) -> None:
    case = await kept(database, example.case())
    page = await window("Ayşe Demir", f"/cases/{case.id}")
    await page.locator("#note").fill("Merhaba,")
    await page.select_option("#template", "note.part")
    written = await page.locator("#note").input_value()
    assert written.startswith("Merhaba,\n\nBaşvuru birden fazla birimi ilgilendirmektedir.")
    await expect(page.get_by_role("button", name="Metne ekle")).to_be_hidden()
