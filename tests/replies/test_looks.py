"""Every page of the portal with the longest word in every field: nothing is wider than the window (WCAG 1.4.10)."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from shared.documents import Database
from shared.state import KeptFile, Person, UnitRef
from tests import examples as example
from tests.axe import found
from tests.links import OVER, WRITABLE, in_state, kept

WORD = "Muvaffakiyetsizleştiricileştiriveremeyebileceklerimizdenmişsinizcesine" * 3
LONG = WORD[:150]
FIELDS = {"text": LONG * 3, "by": LONG[:100], "reason": LONG, "suggested_unit": LONG, "declined_by": LONG[:100]}
PICTURES = os.environ.get("KLU_TEST_SCREENSHOTS")
"""Where to put pictures of every page, also wide and in English; without it the narrow window is enough."""


def wordy(state: str) -> Any:
    """An assignment with the longest word wherever somebody writes."""
    made = in_state(state)
    replies = tuple(r.model_copy(update={"text": LONG, "by": LONG[:100]}) for r in made.replies)
    returned = tuple(r.model_copy(update={"returned_because": LONG}) for r in replies)
    draft = made.draft and made.draft.model_copy(update={"text": LONG, "by": LONG[:100]})
    names = {"name_tr": LONG, "name_en": LONG}
    states = ("clean", "unscanned", "held", "infected")
    files = [example.file_ref(id=f"f{n}", name=LONG, state=state, preview=True) for n, state in enumerate(states)]
    return made.model_copy(
        update={
            **dict.fromkeys(("subject", "text", "note"), LONG),
            "submitter": Person(name=LONG[:100], email=f"{LONG[:60]}@{LONG[:60]}.example", phone="0" * 25),
            "unit": UnitRef.model_validate(made.unit.model_dump() | names),
            "recalled_because": LONG if made.recalled_because else "",
            "replies": returned if made.state == "returned" else replies,
            "draft": draft,
            "files": tuple(KeptFile.model_validate(file) for file in files),
        }
    )


@pytest.mark.parametrize("state", WRITABLE + OVER)
async def test_nothing_is_wider_than_the_window(window: Page, portal: str, database: Database, state: str) -> None:
    url, _ = await kept(database, portal, wordy(state))
    for language in ("tr", "en") if PICTURES else ("tr",):
        await window.goto(f"{url}?lang={language}")
        await check_width(window, f"{state}-{language}")


async def test_nothing_is_wider_than_the_window_after_an_error(window: Page, portal: str, database: Database) -> None:
    url, _ = await kept(database, portal, wordy("drafted"))
    for button, name in (("Devam et", "reply"), ("Başvuruyu iade et", "decline")):
        await window.goto(url)
        await window.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
        for field, text in FIELDS.items():
            await window.locator(f"#{field}").fill(text)
        await window.get_by_role("button", name=button).click()
        await window.wait_for_selector("[role=alert]")
        await check_width(window, f"error-{name}")


@pytest.mark.parametrize("what", ["reply", "decline"])
async def test_nothing_is_wider_than_the_window_where_two_texts_are_shown(
    window: Page, portal: str, database: Database, what: str
) -> None:
    assignment = wordy("drafted")
    url, _ = await kept(database, portal, assignment)
    await window.goto(url)
    await window.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    other = assignment.draft.model_copy(update={"form": "another", "saved_at": example.NOW.replace(hour=23)})
    await database["assignments"].update_one({"_id": assignment.id}, {"$set": {"draft": other.model_dump()}})
    for field, text in (FIELDS | {"check": "7KX4", "decline_check": "7KX4"}).items():
        await window.locator(f"#{field}").fill(text)
    await window.locator(f"form[action$='/{what}'] button.btn").first.click()
    await window.get_by_text("Bu arada kaydedilen metin").wait_for()
    await check_width(window, f"overtaken-{what}")


async def test_nothing_is_wider_than_the_window_without_a_link(window: Page, portal: str) -> None:
    for name, path in (("start", "/"), ("no-such-link", f"/a/{LONG}")):
        await window.goto(portal + path)
        await check_width(window, name)


async def check_width(window: Page, name: str) -> None:
    """No sideways scrolling in a narrow window, and nothing for axe; pictures for whoever asks for them."""
    for width in (1280, 390, 320) if PICTURES else (320,):
        await window.set_viewport_size({"width": width, "height": 900})
        assert await window.evaluate("document.documentElement.scrollWidth") <= width, f"{name} at {width} px"
        if PICTURES:
            await window.screenshot(path=Path(PICTURES) / f"portal-{name}-{width}.png", full_page=True)
    assert [violation["id"] for violation in await found(window)] == [], name


async def test_nothing_is_wider_than_the_window_before_the_sending(
    window: Page, portal: str, database: Database
) -> None:
    url, _ = await kept(database, portal, wordy("returned"))
    await window.goto(url)
    for field, text in {"check": "7KX4", "text": f"{LONG} {LONG}", "by": LONG[:100]}.items():
        await window.locator(f"#{field}").fill(text)
    await window.get_by_role("button", name="Devam et").click()
    await window.get_by_text("Henüz hiçbir şey gönderilmemiştir").wait_for()
    await check_width(window, "confirm")
