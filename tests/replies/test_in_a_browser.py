"""The portal's paths in a real Chromium: without scripts, by keyboard, on a phone, and two people on one link."""

from pathlib import Path

from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from shared.documents import Database
from tests.axe import found
from tests.links import document, in_state, kept
from tests.robot import rob, unnoted

TEXT = "Isıtma sistemi bugün onarılmıştır."
PHONE = {"width": 320, "height": 700}


async def checked(page: Page) -> None:
    """Nothing for axe, and nothing wider than the window."""
    assert [violation["id"] for violation in await found(page)] == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_on_a_phone_a_reply_goes_out_by_keyboard_and_is_taken_back(
    window: Page, portal: str, database: Database
) -> None:
    url, _ = await kept(database, portal, in_state("fresh"))
    await window.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    await window.goto(f"{url}?lang=en")
    for name, value in {"check": "7kx4", "text": TEXT, "by": "Fatma Şahin"}.items():
        await window.locator(f"#{name}").focus()
        await window.keyboard.type(value)
    await window.keyboard.press("Enter")
    await expect(window.locator("h1")).to_have_text("Please check your reply")
    await checked(window)
    await window.get_by_role("button", name="Change").press("Enter")
    await expect(window.locator("#text")).to_have_value(TEXT)
    await window.get_by_role("button", name="Continue").press("Enter")
    await window.get_by_role("button", name="Send the reply").press("Enter")
    await expect(window.locator("h1")).to_have_text("Your reply has been received")
    await checked(window)
    await window.locator("summary", has_text="Take the reply back").press("Enter")
    await window.locator("#withdrawal_check").fill("7KX4")
    await window.locator("#withdrawn_by").fill("Fatma Şahin")
    await window.keyboard.press("Enter")
    await expect(window.locator("#text")).to_have_value(TEXT)
    assert [event["type"] for event in (await document(database))["outbox"]][-1] == "reply.withdrawn"


async def test_without_scripts_a_reply_goes_out_with_a_file(
    chromium: Chromium, portal: str, database: Database, tmp_path: Path
) -> None:
    url, _ = await kept(database, portal, in_state("fresh"))
    (tmp_path / "plan.txt").write_text("Kazan dairesi")
    page = await (await chromium.new_context(locale="tr-TR", java_script_enabled=False)).new_page()
    await page.goto(url)
    for name, value in {"check": "7KX4", "text": TEXT, "by": "Fatma Şahin"}.items():
        await page.locator(f"#{name}").fill(value)
    await page.set_input_files("#files", tmp_path / "plan.txt")
    await page.get_by_role("button", name="Devam et").click()
    await expect(page.locator("main")).to_contain_text("plan.txt")
    await page.go_back()
    await page.go_forward()
    await page.get_by_role("button", name="Cevabı gönder").click()
    await expect(page.locator("h1")).to_have_text("Cevabınız alınmıştır")
    assert [file["name"] for file in (await document(database))["replies"][0]["files"]] == ["plan.txt"]


async def test_with_scripts_a_file_is_attached_once_the_characters_were_typed(
    window: Page, portal: str, database: Database, tmp_path: Path
) -> None:
    url, _ = await kept(database, portal, in_state("fresh"))
    (tmp_path / "plan.txt").write_text("Kazan dairesi")
    await window.goto(url)
    await window.set_input_files("#files", tmp_path / "plan.txt")
    await expect(window.locator("[data-upload-errors]")).to_contain_text("dört kontrol karakterini yazınız")
    await window.locator("#check").fill("7KX4")
    await window.set_input_files("#files", tmp_path / "plan.txt")
    await expect(window.locator(".upload-file[data-id]")).to_have_count(1)
    await window.reload()
    await window.locator("#check").fill("7KX4")
    await window.locator(".upload-file button").click()
    await expect(window.locator(".upload-file")).to_have_count(0)
    assert await database["files"].count_documents({}) == 0


async def test_two_people_on_one_link_see_both_texts_and_lose_none(
    chromium: Chromium, window: Page, portal: str, database: Database
) -> None:
    url, _ = await kept(database, portal, in_state("fresh"))
    other = await (await chromium.new_context(locale="tr-TR")).new_page()
    for page in (window, other):
        await page.clock.install()
        await page.goto(url)
        await page.locator("#check").fill("7KX4")
    await window.locator("#text").fill("Fatma'nın metni")
    async with window.expect_response("**/draft"):
        await window.clock.fast_forward(4000)
    await other.locator("#text").fill("Ayşe'nin metni")
    await other.clock.fast_forward(4000)
    await expect(other.locator("[data-autosave-status]")).to_contain_text("başka bir metin kaydedilmiştir")
    await other.get_by_role("button", name="İki metni de göster").click()
    await expect(other.locator("main")).to_contain_text("Fatma'nın metni")
    await expect(other.locator("#text")).to_have_value("Ayşe'nin metni")
    await checked(other)
    await other.get_by_role("button", name="Bu metinle devam et").click()
    await expect(other.locator("#text")).to_have_value("Fatma'nın metni")
    await expect(other.locator("main")).to_contain_text("Ayşe'nin metni")
    assert (await document(database))["draft"]["text"] == "Fatma'nın metni"


async def test_a_program_that_fills_in_everything_takes_no_reply_back(
    window: Page, portal: str, database: Database
) -> None:
    url, before = await kept(database, portal, in_state("answered"))
    assert await rob(window, url, ["fill"]) > 2
    assert unnoted(await document(database)) == unnoted(before)
