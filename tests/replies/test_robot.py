"""A mail server's program and a person, in the same browser: only the person writes."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from shared.clock import utc_now
from shared.documents import Database
from shared.files.store import Files, StoredFile
from tests.links import document, in_state, kept
from tests.robot import rob, unnoted


async def test_a_program_that_fills_in_every_form_changes_nothing(
    window: Page, portal: str, database: Database
) -> None:
    assignment = in_state("revised")
    url, before = await kept(database, portal, assignment)
    await Files(database).add(attached_to(assignment.id))
    assert await rob(window, url, ["fill"]) > 5
    assert unnoted(await document(database)) == unnoted(before)
    assert [file["name"] for file in await database["files"].find().to_list(None)] == ["plan.pdf"]


def attached_to(form: str) -> StoredFile:
    """What a person has attached to a reply that was not sent."""
    about: dict[str, Any] = {"id": "f1", "owner": "replies", "type": "application/pdf", "size": 3, "sha256": "x"}
    return StoredFile(form=form, name="plan.pdf", state="clean", at=utc_now(), **about)


@pytest.mark.parametrize("state", ["fresh", "revised"])
async def test_a_person_saves_a_draft_and_sends_the_reply(
    window: Page, portal: str, database: Database, state: str
) -> None:
    url, _ = await kept(database, portal, in_state(state))
    await window.clock.install()
    await window.goto(url)
    await window.locator("#text").fill("Isıtma sistemi bugün onarılmıştır.")
    await window.clock.fast_forward(4000)
    await expect(window.locator("[data-autosave-status]")).to_contain_text("dört kontrol karakterini yazdığınızda")
    await window.get_by_label("Kontrol karakterleri: 7KX4").first.fill("7kx4")
    await window.clock.fast_forward(4000)
    await expect(window.locator("[data-autosave-status]")).to_contain_text(re.compile("Taslak saat .* kaydedildi"))
    assert (await document(database))["draft"]["text"] == "Isıtma sistemi bugün onarılmıştır."
    await window.locator("#by").fill("Fatma Şahin")
    await window.get_by_role("button", name="Devam et").click()
    await window.get_by_role("button", name="Cevabı gönder").click()
    await expect(window.locator("h1")).to_have_text("Cevabınız alınmıştır")
    after = await document(database)
    assert (after["state"], after["replies"][-1]["text"]) == ("replied", "Isıtma sistemi bugün onarılmıştır.")
    assert "assignment.viewed" in [event["type"] for event in after["outbox"]]


async def test_a_person_hands_the_message_back(window: Page, portal: str, database: Database) -> None:
    url, _ = await kept(database, portal, in_state("fresh"))
    await window.goto(url)
    await window.locator("summary").last.click()
    for name, text in {"decline_check": "26-7KX4-9Q", "reason": "Bizim değil.", "declined_by": "Fatma Şahin"}.items():
        await window.locator(f"#{name}").fill(text)
    await window.get_by_role("button", name="Başvuruyu iade et").click()
    await expect(window.locator("h1")).to_have_text("Başvuru iade edilmiştir")
    assert (await document(database))["state"] == "declined"
