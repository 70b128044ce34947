"""The status page in a real browser: through all its steps without scripts, by keyboard, narrow, in both languages."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from playwright.async_api import Browser, FilePayload, Page, expect

from services.intake.domain.codes import tracking_code
from services.intake.domain.message import Message
from services.intake.domain.progress import answer, ask, came_back, progress
from services.intake.store import LostRequests, Messages
from shared.documents import Database
from tests import examples as example
from tests.axe import found_in_both_schemes
from tests.conftest import Make
from tests.intake.test_after import answered
from tests.intake.test_after_pages import round_of
from tests.intake.test_promises import asked
from tests.server import serving

LATER = example.NOW + timedelta(days=6)


@pytest.fixture
async def url(make: Make, database: Database) -> AsyncIterator[str]:
    """An intake, six days after the message of the tests."""
    await Messages(database).prepare()
    await LostRequests(database).prepare()
    app = make("intake")
    app.state.clock = lambda: LATER
    async with serving(app, max_connections=50) as port:
        yield f"http://127.0.0.1:{port}"


async def window(chromium: Browser, *, scripts: bool = True, locale: str = "en-GB") -> Page:
    """A narrow window."""
    context = await chromium.new_context(
        locale=locale,
        java_script_enabled=scripts,
        reduced_motion="reduce",
        viewport={"width": 320, "height": 800},
    )
    context.set_default_timeout(60_000)
    return await context.new_page()


async def kept(database: Database, message: Message) -> str:
    await Messages(database).add(message)
    return f"/t/{tracking_code(example.SECRET, message.id)}"


def note(name: str) -> FilePayload:
    """A file of one word."""
    return {"name": name, "mimeType": "text/plain", "buffer": b"kat"}


def busy() -> Message:
    """A message with two rounds, a question, and a letter that came back."""
    message = round_of(("at_unit", "routed"), ("in_review", None), ("at_unit", "returned"), ("at_unit", "rerouted"))
    return came_back(ask(message, example.question_asked()), example.letter_failed())


async def send(page: Page) -> None:
    """Copy the four characters, and press the button."""
    check = page.locator("main form [name=check]").first
    if await check.count():
        label = await page.locator("main form .field:has([name=check]) label").first.inner_text()
        await check.fill(label[-4:])
    await page.click("main form button.btn-primary")


async def test_everything_after_sending_works_without_scripts(chromium: Browser, url: str, database: Database) -> None:
    page = await window(chromium, scripts=False)
    message = busy()
    status = url + await kept(database, message)
    await page.goto(status)
    await expect(page.locator(".step-done")).to_have_count(4)
    await page.fill("[name=answer]", "İkinci kat.")
    await page.set_input_files("[name=files]", files=note("kat.txt"))
    await send(page)
    await expect(page.get_by_role("status")).to_contain_text("Your answer has been received")
    await expect(page.locator(".attachments a")).to_contain_text("kat.txt")

    await page.click("a[href$='/address']")
    await page.fill("[name=email]", "deniz@example.com")
    await send(page)
    await expect(page.get_by_role("status")).to_contain_text("The new address has been noted")

    await page.click("a[href$='/follow-ups']")
    await page.fill("[name=text]", "Bir de pencere kırık.")
    await send(page)
    await expect(page.locator(".said").last).to_contain_text("Bir de pencere kırık.")

    messages = Messages(database)
    now = await messages.get(message.id)
    told = example.case_progressed(message_id=message.id, step="answered", revision=9, at=LATER)
    await messages.save(answer(progress(now, told), example.case_answered(message_id=message.id, answered_at=LATER)))
    await page.goto(f"{status}/rating?score=4")
    await expect(page.locator("[name=score][value='4']")).to_be_checked()
    await send(page)
    await expect(page.locator("main")).to_contain_text("Your rating")

    await page.click("a[href$='/objection']")
    await send(page)
    await expect(page.locator(".error-summary")).to_contain_text("Please write why you object.")
    await page.fill("[name=reason]", "Sorun sürüyor.")
    await send(page)
    await expect(page.locator("main")).to_contain_text("You have objected on 29 November 2026.")
    stored = await database["messages"].find_one({"_id": message.id})
    assert stored
    assert [entry["type"] for entry in example.told(stored)] == [
        "question.answered",
        "contact.corrected",
        "receipt.requested",
        "message.followed_up",
        "message.rated",
        "message.objected",
    ]


async def test_a_message_is_withdrawn_by_keyboard(chromium: Browser, url: str, database: Database) -> None:
    page = await window(chromium)
    await page.goto(url + await kept(database, example.message()))
    await page.locator("a[href$='/withdrawal']").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/withdrawal")
    await page.locator("[name=why]").focus()
    await page.keyboard.type("Solved.")
    await page.keyboard.press("Tab")
    await page.keyboard.type((await page.locator("label[for=check]").inner_text())[-4:].lower())
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_contain_text("You have withdrawn this message on")


async def test_a_file_is_attached_with_scripts_before_the_addition_is_sent(
    chromium: Browser, url: str, database: Database
) -> None:
    """The token of ``/files`` is another one than that of the form, which is bound to the message."""
    page = await window(chromium)
    await page.goto(url + await kept(database, example.message()) + "/follow-ups")
    await page.set_input_files("[name=files]", files=note("a.txt"))
    await expect(page.locator("[data-upload-status]")).to_contain_text("“a.txt” is attached.")
    await page.set_input_files("[name=files]", files=note("a.txt"))
    await expect(page.locator("[data-upload-list] progress")).to_have_count(0)
    await expect(page.locator("[data-upload-list] li")).to_have_count(1)
    await page.fill("[name=text]", "Pencere.")
    await send(page)
    await expect(page.locator(".attachments a")).to_contain_text("a.txt")


@pytest.mark.parametrize("locale", ["tr-TR", "en-GB"])
async def test_nothing_is_wrong_for_axe_and_nothing_is_wider_than_the_window(
    chromium: Browser, url: str, database: Database, locale: str
) -> None:
    page = await window(chromium, locale=locale)
    one, two = await kept(database, busy()), await kept(database, answered())
    three = await kept(database, asked())
    behind = [one, f"{one}/withdrawal", f"{one}/address", two, f"{two}/objection", "/t/lost?asked=yes"]
    behind += [three, f"{three}/promises/p1?kept=no"]
    for path in behind:
        shown = await page.goto(url + path)
        assert shown and shown.ok
        assert page.url == url + path
        assert not await page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), path
        assert [violation["id"] for violation in await found_in_both_schemes(page)] == [], path
