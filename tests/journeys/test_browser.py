"""The happy path as the three people see it, in a real browser, with axe on every page."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Page, async_playwright, expect

from scripts.browser import check_on
from scripts.local import packages, seeds
from scripts.people import link_in
from tests.axe import found
from tests.journeys.conftest import UNITS, ChaosSystem

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PICTURES = os.environ.get("KLU_TEST_SCREENSHOTS")
PATIENCE = 60_000
"""Milliseconds; Playwright's own five seconds are not enough on a busy machine."""


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A window of a real Chromium."""
    executable = packages.browser()
    if executable is None:
        pytest.skip("Chromium is not there; as root on Debian `make browser` installs it")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=str(executable), args=["--no-sandbox"])
        made = await chromium.new_page(viewport=WIDE, locale="tr-TR")  # type: ignore[arg-type]
        made.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        problems: list[str] = []
        made.on("pageerror", lambda error: problems.append(str(error)))
        made.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
        yield made
        await chromium.close()
        assert [problem for problem in problems if "status of 4" not in problem] == []


async def accessible(page: Page, name: str) -> None:
    """Axe finds nothing, wide in light colours and narrow in dark ones, and nothing is wider than the window."""
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for size, axe_scheme in ((WIDE, "light"), (NARROW, "dark")):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        for scheme in schemes:
            if scheme != axe_scheme and not PICTURES:
                continue
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            violations = [violation["id"] for violation in await found(page)]
            assert violations == [], f"{name}, {size['width']} px, {scheme}: {violations}"
            if PICTURES:
                file = Path(PICTURES) / f"{name}-{size['width']}-{scheme}.png"
                await page.screenshot(path=file, full_page=True)
        too_wide = await page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        assert not too_wide, f"{name} is wider than {size['width']} px"
    await page.set_viewport_size(WIDE)  # type: ignore[arg-type]


async def test_three_people_take_a_message_to_its_answer_in_a_browser(
    chaos: ChaosSystem, page: Page, subject: str, email: str
) -> None:
    urls = chaos.system.urls
    await page.goto(urls["intake"])
    await accessible(page, "form")
    await page.get_by_role("button", name="Devam").click()
    await expect(page.locator(".error-summary")).to_be_visible()
    await accessible(page, "form-errors")

    await page.get_by_text("Şikâyet", exact=True).click()
    await page.locator("#subject").fill(subject)
    await page.locator("#text").fill("Merkez kütüphanede iki gündür ısıtma çalışmıyor.")
    await page.locator("#name").fill("Deniz Kaya")
    await page.locator("#email").fill(email)
    await page.locator("label[for=notice]").click()
    await page.get_by_role("button", name="Devam").click()
    await expect(page.get_by_text(email)).to_be_visible()
    await accessible(page, "preview")
    await page.get_by_role("button", name="Gönder").click()
    await page.wait_for_url("**/submitted")
    await accessible(page, "submitted")
    status_url = page.url.removesuffix("/submitted")
    await page.goto(status_url)
    await accessible(page, "status-received")
    await page.goto(f"{urls['intake']}/t")
    await accessible(page, "search")

    await page.goto(urls["router"])
    await accessible(page, "login")
    await page.locator("#email").fill("gorevli@klu.example")
    await page.locator("#password").fill(seeds.DEMO_PASSWORD)
    await page.locator("main button[type=submit]").click()
    await page.wait_for_url(urls["router"] + "/")
    await chaos.mailbox.letter("bidb@klu.example", subject)
    await page.reload()
    await accessible(page, "inbox")
    await page.get_by_role("link", name=subject).click()
    await accessible(page, "case-new")
    await page.get_by_text("Kütüphane ve Dokümantasyon Daire Başkanlığı", exact=True).click()
    await page.locator("#note").fill("Lütfen cevaplayınız.")
    await page.locator("#main-form .btn-primary").click()
    await expect(page.locator(".assignment")).to_have_count(1)
    await accessible(page, "case-routed")
    case_url = page.url.partition("?")[0]

    letter = await chaos.mailbox.letter(UNITS["kddb"], subject)
    await page.goto(link_in(letter, "/a/"))
    await accessible(page, "assignment")
    await page.locator("#check").fill(check_on(await page.content()))
    await page.locator("#text").fill("Isıtma sistemi onarılmıştır, bilginize sunarız.")
    await expect(page.locator("[data-autosave-status]")).to_contain_text("Taslak")
    await page.locator("#by").fill("Fatma Şahin")
    await page.locator("form#reply button.btn-primary").click()
    await accessible(page, "assignment-confirm")
    await page.get_by_role("button", name="Cevabı gönder").click()
    await expect(page.locator("h1")).to_contain_text("Cevabınız")
    await accessible(page, "assignment-done")

    await chaos.mailbox.letter("bidb@klu.example", "Kütüphane ve Dokümantasyon")
    await (await chaos.officer()).case(subject, "reply_pending_review")
    await page.goto(f"{case_url}/review")
    await accessible(page, "review")
    await page.locator("form[action$='/review'] button[type=submit]").first.click()
    await page.wait_for_url(f"{case_url}**")
    await accessible(page, "case-answered")

    await chaos.mailbox.letter(email, "", number=2)
    await page.goto(status_url)
    await expect(page.get_by_text("Isıtma sistemi onarılmıştır")).to_be_visible()
    await accessible(page, "status-answered")


async def test_the_rest_of_the_desk_is_accessible_too(chaos: ChaosSystem, page: Page, subject: str, email: str) -> None:
    citizen, officer = chaos.citizen(), await chaos.officer()
    await citizen.write(subject=subject, email=email)
    case = await officer.case(subject)
    await officer.route(case, ["kddb", "yitdb"])
    await (await chaos.secretary("kddb", subject)).reply("Bakılacaktır efendim.")
    await officer.case(subject, "reply_pending_review")
    base = chaos.system.urls["router"]
    await page.goto(f"{base}/login")
    await page.locator("#email").fill("yonetici@klu.example")
    await page.locator("#password").fill(seeds.DEMO_PASSWORD)
    await page.locator("main button[type=submit]").click()
    await page.wait_for_url(f"{base}/")
    for name, path in {
        "review-awaited": f"{case}/review",
        "return": await officer.link(f"{case}/review", "return"),
        "recall": await officer.link(case, "recall"),
        "closure": f"{case}/closure",
        "units": "/units",
        "unit": "/units/kddb",
        "unit-new": "/units/new",
        "import": "/units/import",
        "not-found": "/cases/nobody",
        "inbox-english": "/?lang=en",
    }.items():
        await page.goto(base + path)
        await accessible(page, name)
    await page.goto(f"{chaos.system.urls['replies']}/a/unknown")
    await accessible(page, "no-such-link")
