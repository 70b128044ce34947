"""Every path of the portal on a narrow phone, by keyboard alone, without scripts, in both languages."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from services.replies.domain.handing_on import hand_on
from services.replies.domain.links import hash_token, overview_token
from services.replies.domain.overview import OverviewLink, no_links
from services.replies.store import Overviews
from shared.clock import utc_now
from shared.documents import Database
from tests import examples as example
from tests.links import KEYS, document, in_state, kept
from tests.windows import PATIENCE

MOST_TABS = 120
CHECK, BY, TEXT = "7KX4", "Fatma Şahin", "Isıtma sistemi bugün onarılmıştır."
HELD = {"holder_id": "h1", "name": "Ayşe", "email": "ayse@klu.example", "note": "", "by": BY}
FOLDED = {
    "interim": ({"interim_check": CHECK, "interim_text": TEXT, "interim_by": BY}, "interim.submitted"),
    "question": ({"question_check": CHECK, "question": "Hangi kat?", "question_by": BY}, "question.proposed"),
    "extension": (
        {"extension_check": CHECK, "extension_days": "3", "extension_reason": TEXT, "extension_by": BY},
        "extension.requested",
    ),
    "decline": (
        {"decline_check": CHECK, "reason": TEXT, "suggested_unit": "Yapı", "declined_by": BY},
        "assignment.declined",
    ),
    "colleagues": (
        {
            "colleague_check": CHECK,
            "colleague_name": "Ayşe",
            "colleague_email": "ayse@klu.example",
            "colleague_by": BY,
        },
        "colleague.invited",
    ),
    "colleagues/removal": ({"back_check": CHECK, "back_by": BY}, "assignment.taken_back"),
    "withdrawal": ({"withdrawal_check": CHECK, "withdrawn_by": BY}, "reply.withdrawn"),
}
"""The paths behind a fold: by what the form sends, the fields that are filled in, and the event that comes of it."""


@pytest.fixture(params=["tr", "en"])
async def phone(chromium: Chromium, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    given = {"locale": request.param, "java_script_enabled": False, "viewport": {"width": 320, "height": 700}}
    context = await chromium.new_context(**given)
    context.set_default_timeout(PATIENCE)
    yield await context.new_page()
    await context.close()


async def go_to(page: Page, selector: str) -> None:
    """Press the tabulator until this has the focus, and see that it is not beside the screen."""
    for _ in range(MOST_TABS):
        focused = page.locator(selector).and_(page.locator(":focus"))
        if await focused.count():
            place = await focused.bounding_box()
            assert place and place["x"] >= 0 and place["x"] + place["width"] <= 320, selector
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by keyboard")


async def fill(page: Page, fields: dict[str, str]) -> None:
    for name, value in fields.items():
        await go_to(page, f"#{name}")
        await page.keyboard.type(value)


async def press(page: Page, selector: str) -> None:
    """A button or a link, that leads to another page."""
    await go_to(page, selector)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def events(database: Database) -> list[str]:
    return [str(event["type"]) for event in example.told(await document(database))]


@pytest.mark.parametrize("path", FOLDED)
async def test_a_path_behind_a_fold(phone: Page, portal: str, database: Database, path: str) -> None:
    fields, event = FOLDED[path]
    assignment = in_state("answered" if path == "withdrawal" else "fresh")
    if path == "colleagues/removal":
        assignment, _ = hand_on(assignment, **HELD, **KEYS, now=example.NOW)
    url, _ = await kept(database, portal, assignment)
    await phone.goto(url)
    form = f"form[action$='/{path}']"
    await go_to(phone, f"details:has({form}) > summary")
    await phone.keyboard.press("Enter")
    await fill(phone, fields)
    await press(phone, f"{form} button")
    assert event in await events(database)
    if path == "colleagues/removal":
        assert (await document(database))["holders"][0]["taken_back_at"]


async def test_a_reply_is_kept_as_a_draft_looked_at_changed_and_sent(
    phone: Page, portal: str, database: Database
) -> None:
    url, _ = await kept(database, portal, in_state("fresh"))
    await phone.goto(url)
    await fill(phone, {"check": CHECK, "text": TEXT, "by": BY})
    await press(phone, "#reply .actions:not([data-autosave-both]) [formaction$='/draft']")
    assert (await document(database))["draft"]["text"] == TEXT
    await phone.goto(url)
    await expect(phone.locator("#text")).to_have_value(TEXT)
    await fill(phone, {"check": CHECK})
    await press(phone, "button[value=preview]")
    await press(phone, "button[value=edit]")
    await expect(phone.locator("#text")).to_have_value(TEXT)
    await press(phone, "button[value=preview]")
    await press(phone, "button[value=send]")
    assert "reply.submitted" in await events(database)


async def test_a_new_link_is_asked_for(phone: Page, portal: str, database: Database) -> None:
    await phone.goto(f"{portal}/new-link")
    await fill(phone, {"wanted": "kddb@klu.example"})
    await press(phone, "#main-form button")
    assert await database["link_requests"].count_documents({}) == 1


async def test_the_list_of_a_unit_leads_to_each_of_its_messages(phone: Page, portal: str, database: Database) -> None:
    _, stored = await kept(database, portal, in_state("fresh"))
    link_token, now = overview_token(), utc_now()
    link = OverviewLink(token_hash=hash_token(link_token), asked_at=now, expires_at=now + timedelta(days=1))
    await Overviews(database).add(no_links(stored["unit"]["code"], now).model_copy(update={"links": (link,)}))
    await phone.goto(f"{portal}/u/{link_token}")
    await press(phone, "main h2.subject a")
    assert "/a/" in phone.url
    await expect(phone.locator("#text")).to_be_visible()
