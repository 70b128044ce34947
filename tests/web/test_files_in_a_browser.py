"""Files in a real browser: with scripts at once, without them with the form, and by the keyboard alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

from scripts import nasty
from scripts.local import packages
from services.intake.store import Messages
from shared.documents import Database
from tests.conftest import Make
from tests.server import serving


@pytest.fixture
async def chromium(make: Make, database: Database) -> AsyncIterator[tuple[Browser, str]]:
    """A browser, and the address of the form."""
    executable = packages.browser()
    if executable is None:
        pytest.skip("Chromium is not there; as root on Debian `make browser` installs it")
    await Messages(database).prepare()
    async with serving(make("intake", largest_file_mb=1), max_connections=50) as port, async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=str(executable), args=["--no-sandbox"])
        yield started, f"http://127.0.0.1:{port}/"
        await started.close()


async def opened(chromium: tuple[Browser, str], **options: object) -> Page:
    browser, url = chromium
    given = {"locale": "tr-TR", "viewport": {"width": 390, "height": 844}} | options
    page = await (await browser.new_context(**given)).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(60_000)
    await page.goto(url)
    return page


async def fill_in(page: Page) -> None:
    await page.fill("[name=subject]", "Isıtma")
    await page.fill("[name=text]", "Isıtma çalışmıyor.")
    await page.check("[name=kind][value=complaint]")
    await page.check("[name=notice]")


async def names(database: Database) -> list[str]:
    (message,) = await database["messages"].find().to_list(None)
    return [file["name"] for file in message["files"]]


async def test_with_scripts_files_are_sent_at_once_listed_refused_and_removed(
    chromium: tuple[Browser, str], database: Database, tmp_path: Path
) -> None:
    given = {"resim.jpg": nasty.photo(), "dilekçe.pdf": nasty.pdf(), "sahte.pdf": nasty.PROGRAM}
    for name, content in (given | {"film.pdf": bytes(2 * 1024 * 1024)}).items():
        (tmp_path / name).write_bytes(content)
    page = await opened(chromium)
    await page.set_input_files("#files", [tmp_path / name for name in (*given, "film.pdf")])
    await expect(page.locator(".upload-file")).to_have_count(2)
    await expect(page.locator("[data-upload-errors] .field-error")).to_have_count(2)
    await expect(page.locator("[data-upload-errors]")).to_contain_text("“film.pdf” dosyası 1 MB'tan büyük.")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert (await Axe().run(page)).violations_count == 0
    await page.get_by_role("button", name="Kaldır: dilekçe.pdf").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".upload-file")).to_have_count(1)
    await expect(page.get_by_role("button", name="Kaldır: resim.jpg")).not_to_be_focused()
    await fill_in(page)
    await page.click("main .actions button[type=submit]")
    await page.click("button[name=step][value=send]")
    await page.wait_for_url("**/submitted")
    assert await names(database) == ["resim.jpg"]
    await page.goto(page.url.removesuffix("/submitted"))
    picture = page.locator(".upload-preview")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 360
    async with page.expect_download() as download:
        await page.click(".upload-name")
    assert (await download.value).suggested_filename == "resim.jpg"


async def test_a_file_can_be_dropped(chromium: tuple[Browser, str]) -> None:
    page = await opened(chromium, viewport={"width": 1280, "height": 900})
    await page.evaluate(
        """() => {
            const dropped = new DataTransfer();
            dropped.items.add(new File(["a"], "not.txt", {type: "text/plain"}));
            const drop = new DragEvent("drop", {dataTransfer: dropped, bubbles: true});
            document.querySelector(".upload").dispatchEvent(drop);
        }"""
    )
    await expect(page.locator(".upload-file .upload-name")).to_have_text("not.txt")


async def test_without_scripts_files_go_with_the_form_and_survive_an_error_of_it(
    chromium: tuple[Browser, str], database: Database, tmp_path: Path
) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
    page = await opened(chromium, java_script_enabled=False)
    await page.set_input_files("#files", [tmp_path / "a.txt", tmp_path / "b.txt"])
    await page.click("main .actions button[type=submit]")
    await expect(page.locator(".upload-file")).to_have_count(2)
    await page.get_by_role("button", name="a.txt dosyasını kaldır").click()
    await expect(page.locator(".upload-file")).to_have_count(1)
    await fill_in(page)
    await page.press("[name=subject]", "Enter")
    await page.click("button[name=step][value=send]")
    await page.wait_for_url("**/submitted")
    assert await names(database) == ["b.txt"]
