"""Somebody sees the administration for the first time: sets an institution up, and runs it, in a real browser."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Locator, Page, expect

from scripts.browser import check_on
from scripts.eventually import eventually
from scripts.local import config, ports, seeds
from scripts.local.system import UNLIMITED, System
from scripts.people import Mailbox, link_in, picture
from services.router.deadlines.domain.calendar import NONE, WHOLE
from services.router.deadlines.domain.stored import filled
from shared.clock import utc_now
from shared.documents import connect
from tests.journeys.conftest import UNITS, ChaosSystem
from tests.journeys.test_browser import PATIENCE, accessible
from tests.router.accounts import code

MOST = 40
ISTANBUL = ZoneInfo("Europe/Istanbul")
TABLE = """Kod;Üst birim;Tür;Ad;Ad (İngilizce);E-posta
REKTORLUK;;İdari;Rektörlük;Rectorate;rektorluk@uni.example
KDDB;REKTORLUK;İdari;Kütüphane Daire Başkanlığı;Library;kddb@uni.example
"""
PASSWORD = "yedi mavi tekne sabah"  # of nobody
OFFICERS = {"Ayşe Yılmaz": "ayse@uni.example", "Can Kaya": "can@uni.example"}


class Hand:
    """Clicks and fills fields in a window, and counts both."""

    def __init__(self, page: Page) -> None:
        self.page, self.done = page, list[str]()

    async def click(self, name: str, role: str = "link", *, within: str = "body", exact: bool = True) -> None:
        await self._act(f"click {name}", self.page.locator(within).get_by_role(role, name=name, exact=exact).first)  # type: ignore[arg-type]

    async def press(self, name: str) -> None:
        await self.click(name, "button", within="main")

    async def step(self, name: str) -> None:
        """A link of the first steps."""
        await self.click(name, within=".setup, .first-steps")

    async def tick(self, selector: str) -> None:
        await self._act(f"tick {selector}", self.page.locator(selector))

    async def fill(self, field: str, value: str) -> None:
        self.done.append(f"fill {field}")
        await self.page.locator(f"#{field}").fill(value)

    async def _act(self, what: str, where: Locator) -> None:
        self.done.append(what)
        await where.click()


@pytest.fixture
async def empty_system(tmp_path: Path) -> AsyncIterator[System]:
    """Four services on stores of their own, without a unit or an account."""
    with System(tmp_path, UNLIMITED, ports.free(config.PORTS)) as system:
        await asyncio.to_thread(system.start_stores)
        await asyncio.to_thread(system.start_mailbox)
        for name in config.SERVICES:
            system.start_service(name)
        for process in system.services.values():
            await asyncio.to_thread(process.wait_ready)
        yield system
    system.remove()


async def opened(chromium: Chromium) -> Page:
    """A window of its own, in Turkish."""
    context = await chromium.new_context(locale="tr-TR", viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    return page


async def test_an_institution_is_set_up_from_nothing_in_few_actions(
    empty_system: System, chromium: Chromium, tmp_path: Path
) -> None:
    urls, mailbox = empty_system.urls, Mailbox(empty_system.urls["mailbox"])
    logo, table = tmp_path / "logo.png", tmp_path / "birimler.csv"
    logo.write_bytes(picture()[1])
    table.write_text(TABLE, encoding="utf-8")
    link = (await asyncio.to_thread(empty_system.command, "router", ["first-link"])).strip()
    page = await opened(chromium)
    hand = Hand(page)

    await page.goto(link)
    await accessible(page, "first-admin")
    await hand.fill("name", "Mehmet Demir")
    await hand.fill("email", "mehmet@uni.example")
    await hand.fill("password", PASSWORD)
    await hand.fill("password_again", PASSWORD)
    await hand.press("Başla")
    await page.wait_for_url(f"{urls['router']}/administration")
    await expect(page.locator(".first-steps")).to_contain_text("3 adım kaldı")
    await accessible(page, "first-steps")

    await hand.step("Kurum")
    await accessible(page, "first-institution")
    await hand.fill("name_tr", "Deneme Üniversitesi")
    hand.done.append("fill logo")
    await page.locator("#logo").set_input_files(logo)
    await hand.fill("primary_color", "#7a1f3d")
    await hand.press("Kaydet")
    await expect(page.locator(".brand-institution")).to_have_text("Deneme Üniversitesi")
    await accessible(page, "first-institution-saved")

    await hand.step("Başvuru türleri")
    await hand.click("Tür ekle")
    await accessible(page, "first-kind")
    await hand.fill("label_tr", "Erişilebilirlik")
    await hand.fill("label_en", "Accessibility")
    await hand.press("Kaydet")
    await expect(page.locator("main")).to_contain_text("Kaydedildi")
    await expect(page.locator("main")).to_contain_text("accessibility")
    await accessible(page, "first-kinds")

    await hand.step("Kullanıcılar")
    for number, (name, email) in enumerate(OFFICERS.items(), 1):
        await hand.fill("name", name)
        await hand.fill("email", email)
        await hand.press("Daveti gönder" if number == len(OFFICERS) else "Gönder ve bir kişi daha davet et")
        await expect(page.locator("main")).to_contain_text("Davet gönderilmiştir")
        await accessible(page, f"first-invited-{number}")

    await hand.step("Birimler")
    await accessible(page, "first-import")
    hand.done.append("fill file")
    await page.locator("#file").set_input_files(table)
    await hand.press("Değişiklikleri göster")
    await accessible(page, "first-import-preview")
    await hand.press("Uygula")
    await expect(page.locator("h1")).to_contain_text("uygulandı")
    await accessible(page, "first-imported")

    await hand.step("Çalışma takvimi")
    await accessible(page, "first-calendar")
    await hand.fill("first", next_working_day().isoformat())  # any day will do
    await hand.fill("name", "Kuruluş günü")
    await hand.tick("#days-form .actions button")
    await hand.press("Uygula")
    await expect(page.locator("main")).to_contain_text("Takvim değiştirildi")
    await accessible(page, "first-calendar-changed")

    async with page.context.expect_page() as opening:
        await hand.step("Deneme başvurusu")
    form = Hand(await opening.value)
    form.page.set_default_timeout(PATIENCE)
    await expect(form.page.locator(".brand-institution")).to_have_text("Deneme Üniversitesi")
    await form.tick("text=Erişilebilirlik")
    await form.fill("subject", "Deneme başvurusu")
    await form.fill("text", "Başvuru formu görevlilere ulaşıyor mu?")
    await form.fill("email", "mehmet@uni.example")
    await form.tick("label[for=notice]")
    await form.press("Devam")
    await form.press("Başvuruyu gönder")
    await form.page.wait_for_url("**/submitted")
    await mailbox.letter("mehmet@uni.example", "", number=1)
    await hand.click("Başvuru dosyaları", within=".site-nav")
    await expect(page.get_by_role("link", name="Deneme başvurusu", exact=True)).to_be_visible()
    await expect(page.locator(".setup")).to_have_count(0)
    acts = [*hand.done, *form.done]

    others: list[str] = []
    for name, email in OFFICERS.items():
        letter = await mailbox.letter(email, "")
        colleague = Hand(await opened(chromium))
        await colleague.page.goto(link_in(letter, "/invitation/"))
        await accessible(colleague.page, "first-password")
        await colleague.fill("password", f"{PASSWORD} {name[0]}")
        await colleague.fill("password_again", f"{PASSWORD} {name[0]}")
        await colleague.press("Parolayı kaydet")
        others = [*colleague.done]
        await colleague.fill("email", email)
        await colleague.fill("password", f"{PASSWORD} {name[0]}")
        await colleague.page.locator("main button[type=submit]").click()
        await expect(colleague.page.get_by_role("link", name="Deneme başvurusu", exact=True)).to_be_visible()
    await mailbox.client.aclose()
    print("\n".join(f"{number:3} {what}" for number, what in enumerate(acts, 1)))  # noqa: T201  # the figures
    print(f"{len(acts)} actions of the administrator; each officer: {len(others)} to choose a password")  # noqa: T201
    assert len(acts) <= MOST


async def signed_in(chromium: Chromium, base: str, email: str, password: str = seeds.DEMO_PASSWORD) -> Page:
    """A window in which somebody of the desk has signed in."""
    page = await opened(chromium)
    await page.goto(f"{base}/login")
    await sign_in(page, email, password)
    await page.wait_for_url(f"{base}/")
    return page


async def sign_in(page: Page, email: str, password: str) -> None:
    await page.locator("#email").fill(email)
    await page.locator("#password").fill(password)
    await page.locator("main button[type=submit]").click()


def next_working_day() -> date:
    """After today, as the calendar stands without a change."""
    day = today() + timedelta(days=1)
    while filled().calendar.worth(day) != WHOLE:
        day += timedelta(days=1)
    return day


def today() -> date:
    return utc_now().astimezone(ISTANBUL).date()


async def cases_about(chaos: ChaosSystem, subject: str) -> list[dict[str, Any]]:
    return await chaos.documents("router", "cases", {"subject": subject})


async def route_all(chaos: ChaosSystem, subject: str, number: int) -> list[dict[str, Any]]:
    """So many messages about this are written, and each is routed to the library."""
    for _ in range(number):
        await chaos.citizen().write(subject=subject, email="deniz@example.org")

    async def there() -> list[dict[str, Any]] | None:
        found = await cases_about(chaos, subject)
        return found if len(found) == number else None

    officer = await chaos.officer()
    for case in await eventually(there, within=90):
        await officer.route(f"/cases/{case['_id']}", ["kddb"])
    return await cases_about(chaos, subject)


async def test_a_deputy_gets_the_letters_while_the_head_is_on_leave(
    chaos: ChaosSystem, chromium: Chromium, subject: str
) -> None:
    for service in ("router", "notifier"):  # without quiet hours, it is the same at any time of day
        await chaos.stop(service)
        await chaos.start(service, KLU_REMINDER_SECONDS="1", KLU_QUIET_FROM="0", KLU_QUIET_UNTIL="0")
    router, deputy = chaos.system.urls["router"], f"vekil.{subject[-10:]}@klu.example"
    page = await signed_in(chromium, router, "yonetici@klu.example")
    await page.goto(f"{router}/units/kddb")
    await accessible(page, "leave-unit")
    await page.get_by_role("link", name="Vekil ekle").click()
    await accessible(page, "leave-deputy")
    await page.locator("#name").fill("Elif Aydın")
    await page.locator("#email").fill(deputy)
    await page.locator("#first_day").fill(today().isoformat())
    await page.locator("#last_day").fill((today() + timedelta(days=5)).isoformat())
    await page.get_by_role("button", name="Kaydet").click()
    await expect(page.locator(".unit-deputies")).to_contain_text("şu an vekil")
    await accessible(page, "leave-deputy-added")

    await route_all(chaos, subject, 1)
    await chaos.mailbox.letter(deputy, subject)
    assert await chaos.mailbox.letters(UNITS["kddb"], subject) == []

    if filled().calendar.worth(today()) != NONE:  # on a day off nobody is reminded
        late = utc_now() - timedelta(days=2)
        cases = connect(chaos.stack.mongodb_url, chaos.databases["router"])["cases"]
        aged = {"assignments.0.due_at": late, "assignments.0.clock": None, "indexed.due_at": late}
        await cases.update_one({"subject": subject}, {"$set": aged})
        cases.database.client.close()

        async def reminded() -> bool:
            letters = (await chaos.mailbox.letters(deputy))[:-1]
            return any(subject in " ".join(letter["text"].split()) for letter in letters)

        await eventually(reminded, within=90)

    await page.locator(".unit-deputies button").click()
    await expect(page.locator(".unit-deputies")).to_have_count(0)
    await accessible(page, "leave-over")
    await route_all(chaos, f"{subject} 2", 1)
    await chaos.mailbox.letter(UNITS["kddb"], f"{subject} 2")
    assert await chaos.mailbox.letters(deputy, f"{subject} 2") == []


async def test_a_day_of_leave_moves_open_cases_and_each_says_why(
    chaos: ChaosSystem, chromium: Chromium, subject: str
) -> None:
    number, router, name = 4, chaos.system.urls["router"], f"İdari izin {subject[-6:]}"
    before = {case["_id"]: case["assignments"][0]["due_at"] for case in await route_all(chaos, subject, number)}
    letter = await chaos.mailbox.letter(UNITS["kddb"], subject)
    page = await signed_in(chromium, router, "yonetici@klu.example")
    await page.goto(f"{router}/cases/{next(iter(before))}")
    await page.get_by_role("link", name="Nasıl hesaplandı").click()
    await page.locator("main").get_by_role("link", name="Çalışma takvimi").click()
    await page.locator("#first").fill(next_working_day().isoformat())
    await page.locator("#name").fill(name)
    await page.locator("#days-form .actions button").click()
    references = {case["reference"] for case in await cases_about(chaos, subject)}
    assert references <= set(await page.locator("main table a[href^='/cases/']").all_inner_texts())
    await accessible(page, "leave-preview")
    assert {case["assignments"][0]["due_at"] for case in await cases_about(chaos, subject)} == set(before.values())
    await page.get_by_role("button", name="Uygula").click()
    await expect(page.locator("main")).to_contain_text("Takvim değiştirildi")

    async def moved() -> bool:
        now = await cases_about(chaos, subject)
        return all(case["assignments"][0]["due_at"] > before[case["_id"]] for case in now)

    await eventually(moved, within=90)
    officer = await chaos.officer()
    for case in before:
        assert "birimin son günü değişti" in await officer.browser.open(f"/cases/{case}")
        assert name in officer.browser.html
    await page.goto(f"{router}/cases/{next(iter(before))}")
    await expect(page.locator("#history")).to_contain_text(name)
    await accessible(page, "leave-case")

    portal = await opened(chromium)
    await portal.goto(link_in(letter, "/a/"))

    async def shown() -> bool:
        await portal.reload()
        return "Çalışma takvimi değiştiği için" in await portal.locator("main").inner_text()

    await eventually(shown, within=60)
    await accessible(portal, "leave-portal")


async def test_a_secretary_asks_for_more_time_and_is_granted_and_refused_some(
    chaos: ChaosSystem, chromium: Chromium, subject: str
) -> None:
    (case,) = await route_all(chaos, subject, 1)
    desk = await signed_in(chromium, chaos.system.urls["router"], "gorevli@klu.example")
    page = await opened(chromium)
    link = link_in(await chaos.mailbox.letter(UNITS["kddb"], subject), "/a/")
    answers = {"Süre verilsin": "Hat tarafından ek süre verilmiştir", "Süre verilmesin": "Ek süre verilmemiştir"}
    for decision, told in answers.items():
        await page.goto(link)
        await page.locator("summary", has_text="Ek süre gerekiyor").click()
        await page.locator("#extension_check").fill(check_on(await page.content()))
        await page.locator("#extension_days").fill("2")
        await page.locator("#extension_reason").fill("Sorumlu arkadaşımız izinlidir.")
        await page.locator("#extension_by").fill("Fatma Şahin")
        await page.get_by_role("button", name="Ek süre iste", exact=True).click()
        await expect(page.locator("#more-time")).to_be_visible()
        await accessible(page, f"time-asked-{decision[-5:]}")

        async def asked() -> bool:
            await desk.goto(f"{chaos.system.urls['router']}/cases/{case['_id']}")
            return await desk.get_by_role("link", name="Karara bağla").count() > 0

        await eventually(asked, within=60)
        await desk.get_by_role("link", name="Karara bağla").click()
        await accessible(desk, f"time-decision-{decision[-5:]}")
        await desk.get_by_text(decision, exact=True).click()
        if decision == "Süre verilmesin":
            await desk.locator("#reason").fill("Başvuru sahibi uzun süredir bekliyor.")
        await desk.get_by_role("button", name="Karara bağla").click()
        await expect(desk.locator(".confirmed")).to_be_visible()
        await accessible(desk, f"time-decided-{decision[-5:]}")

        async def told_so(words: str = told) -> bool:
            await page.goto(link)
            return words in await page.locator("main").inner_text()

        await eventually(told_so, within=60)
        await accessible(page, f"time-told-{decision[-5:]}")


async def test_an_officer_sets_up_a_second_factor_and_is_asked_for_it(chaos: ChaosSystem, chromium: Chromium) -> None:
    router, email = chaos.system.urls["router"], f"totp.{uuid4().hex[:8]}@klu.example"
    told = ["add-user", "--email", email, "--name", "Tuna Er", "--role", "officer", "--password-stdin"]
    await asyncio.to_thread(chaos.system.command, "router", told, PASSWORD)
    page = await signed_in(chromium, router, email, PASSWORD)
    await page.locator(".user-menu summary").click()
    await page.get_by_role("link", name="Hesabım").click()
    await accessible(page, "account")
    await page.get_by_role("link", name="İkinci doğrulama adımını kur").click()
    await accessible(page, "account-factor")
    key = (await page.locator(".setup-key").inner_text()).replace(" ", "")
    await page.locator("#one_time_code").fill(code(key=key, steps=-1))
    await page.locator("#password").fill(PASSWORD)
    await page.get_by_role("button", name="Kur", exact=True).click()
    await expect(page.locator(".recovery-codes li").first).to_be_visible()
    await accessible(page, "account-recovery")
    await page.locator(".user-menu summary").click()
    await page.get_by_role("button", name="Oturumu kapat").click()
    await sign_in(page, email, PASSWORD)
    await page.wait_for_url("**/login/code")
    await accessible(page, "login-code")
    await page.locator("#one_time_code").fill("000000")
    await page.locator("main button[type=submit]").click()
    await expect(page.locator(".error-summary")).to_be_visible()
    await accessible(page, "login-code-wrong")
    await page.locator("#one_time_code").fill(code(key=key))
    await page.locator("main button[type=submit]").click()
    await page.wait_for_url(f"{router}/")
