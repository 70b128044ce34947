"""The portal's paths in a real Chromium: without scripts, by keyboard, on a phone, and two people on one link."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, ViewportSize, expect

from services.replies.domain.links import colleague_token
from shared.clock import utc_now
from shared.documents import Database
from tests import examples as example
from tests.axe import found
from tests.links import document, in_state, kept
from tests.robot import rob, unnoted

TEXT = "Isıtma sistemi bugün onarılmıştır."
PHONE: ViewportSize = {"width": 320, "height": 700}


async def checked(page: Page) -> None:
    """Nothing for axe, and nothing wider than the window."""
    assert [violation["id"] for violation in await found(page)] == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        await page.locator(f"#{name}").fill(value)


async def test_on_a_phone_a_reply_goes_out_by_keyboard_and_is_taken_back(
    window: Page, portal: str, database: Database
) -> None:
    url, _ = await kept(database, portal, in_state("fresh"))
    await window.set_viewport_size(PHONE)
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
    assert [event["type"] for event in example.told(await document(database))][-1] == "reply.withdrawn"


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


async def test_from_the_letter_a_reply_takes_five_actions_without_scripts(
    chromium: Chromium, portal: str, database: Database
) -> None:
    url, _ = await kept(database, portal, in_state("fresh"))
    page = await (await chromium.new_context(locale="tr-TR", java_script_enabled=False, viewport=PHONE)).new_page()
    actions = (
        page.goto(url),
        page.locator("#check").fill("7KX4"),
        page.locator("#text").fill(TEXT),
        page.get_by_role("button", name="Devam et").click(),
        page.get_by_role("button", name="Cevabı gönder").click(),
    )
    for action in actions:
        await action
    await expect(page.locator("h1")).to_have_text("Cevabınız alınmıştır")
    assert len(actions) == 5


async def test_on_a_phone_what_is_asked_and_until_when_is_on_the_first_screen(
    window: Page, portal: str, database: Database
) -> None:
    asked = in_state("fresh").model_copy(update={"due_at": utc_now() + timedelta(days=5), "note": TEXT * 20})
    url, _ = await kept(database, portal, asked)
    await window.set_viewport_size({"width": 390, "height": 844})
    for language in ("tr", "en"):
        await window.goto(f"{url}?lang={language}")
        for what in (".masthead .lead", ".time-left", ".subject", 'a[href="#reply"]', ".quote"):
            place = await window.locator(what).first.bounding_box()
            assert place and place["y"] < 844 - 24, what


async def test_without_scripts_it_is_handed_on_to_a_colleague_and_taken_back(
    chromium: Chromium, portal: str, database: Database
) -> None:
    url, _ = await kept(database, portal, in_state("fresh"))
    page = await (await chromium.new_context(locale="tr-TR", java_script_enabled=False, viewport=PHONE)).new_page()
    await page.goto(url)
    await page.locator("summary", has_text="Cevabı bir çalışma arkadaşım yazsın").click()
    await fill(page, colleague_check="7KX4", colleague_name="Ayşe Yılmaz", colleague_email="a@klu.example")
    await fill(page, colleague_by="Fatma Şahin")
    await page.get_by_role("button", name="Devret").click()
    await expect(page.locator("main")).to_contain_text("Başvurunun devredildiği kişiler")
    (holder,) = (await document(database))["holders"]
    other = await page.context.new_page()
    await other.goto(f"{portal}/a/{colleague_token(example.SECRET, (await document(database))['_id'], holder['id'])}")
    await expect(other.locator("#by")).to_have_value("Ayşe Yılmaz")
    await page.locator("summary", has_text="Devredilen başvuruyu geri al").click()
    await fill(page, back_check="7KX4", back_by="Fatma Şahin")
    await page.get_by_role("button", name="Geri al", exact=True).click()
    await other.reload()
    await expect(other.locator("h1")).to_have_text("Bu bağlantı artık geçerli değil")


async def test_on_a_phone_it_is_declined_by_keyboard_with_a_suggested_unit(
    window: Page, portal: str, database: Database
) -> None:
    url, _ = await kept(database, portal, in_state("fresh"))
    await window.set_viewport_size(PHONE)
    await window.goto(f"{url}?lang=en")
    await window.locator("summary", has_text="This is not a matter of our unit").press("Enter")
    fields = {"decline_check": "7KX4", "suggested_unit": "Yapı", "declined_by": "Fatma", "reason": "Başka birim"}
    for name, value in fields.items():
        await window.locator(f"#{name}").focus()
        await window.keyboard.type(value)
    await window.get_by_role("button", name="Hand it back to the hotline").press("Enter")
    await expect(window.locator("h1")).to_have_text("The message was handed back")
    await checked(window)


@pytest.mark.parametrize("language", ["tr", "en"])
async def test_the_unit_says_something_now_asks_and_wants_more_time_without_scripts(
    chromium: Chromium, portal: str, database: Database, language: str
) -> None:
    url, _ = await kept(database, portal, in_state("fresh"))
    page = await (await chromium.new_context(locale=language, java_script_enabled=False, viewport=PHONE)).new_page()
    await page.goto(url)
    for act, words in {
        "interim": {"interim_text": "Parça bekleniyor."},
        "question": {"question": "Hangi kat?"},
        "extension": {"extension_days": "3", "extension_reason": "Parça bekleniyor."},
    }.items():
        form = page.locator(f"form[action$='/{act}']")
        await page.locator("details", has=form).locator("summary").click()
        await fill(page, **words, **{f"{act}_check": "7KX4", f"{act}_by": "Fatma"})
        await form.get_by_role("button").click()
    sent = [event["type"] for event in example.told(await document(database))][-3:]
    assert sent == ["interim.submitted", "question.proposed", "extension.requested"]


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
