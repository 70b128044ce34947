"""An officer enters what somebody said by telephone, at the counter, on paper: the desk's ticket opens the form."""

from datetime import datetime
from typing import Any

import pytest
from fastapi import FastAPI

from scripts.browser import Browser, text_of
from shared.clock import utc_now
from shared.documents import Database
from shared.signing import Signer
from shared.state import Actor
from shared.tickets import VALID_FOR, TicketOffice, Tickets
from tests import examples as example
from tests.conftest import Make, Visit

DESK = "http://desk.example"
OFFICER = Actor(kind="officer", id=example.officer().id)


@pytest.fixture
def app(make: Make) -> FastAPI:
    return make("intake", proof_cost=1)


def address(now: datetime | None = None, *, by: str = "router", channel: Any = "telephone") -> str:
    signer: Signer = example.SIGNERS[by]
    office = TicketOffice("", DESK, signer=signer)
    return office.address(OFFICER, "Ayşe Yılmaz", channel, now or utc_now())


async def submitted(database: Database) -> list[dict[str, Any]]:
    found = [message async for message in database["messages"].find()]
    return [example.unpublished_data(example.told(message)[0]) for message in found]


@pytest.mark.parametrize("channel", ["telephone", "counter", "paper", "email"])
async def test_a_message_bears_its_channel_and_who_entered_it_and_needs_no_proof(
    app: FastAPI, visit: Visit, database: Database, channel: str
) -> None:
    browser = visit(app, language="en")
    page = await browser.open(address(channel=channel))
    assert "Hotline officer: Ayşe Yılmaz" in page
    page = await browser.submit("/", **example.MESSAGE_FORM, step="send")
    assert "Your message has been received" in page
    assert f"{DESK}/entering?channel={channel}" in browser.html
    (event,) = await submitted(database)
    assert (event["channel"], event["entered_by"]) == (channel, {"kind": "officer", "id": OFFICER.id})
    assert event["doubts"] == []
    assert event["actor"]["kind"] == "submitter"


async def test_the_ticket_goes_through_the_preview(app: FastAPI, visit: Visit, database: Database) -> None:
    browser = visit(app, language="en")
    await browser.open(address())
    assert "Hotline officer" in await browser.submit("/", **example.MESSAGE_FORM, step="preview")
    await browser.submit("/", step="send")
    assert [event["channel"] for event in await submitted(database)] == ["telephone"]


async def test_several_messages_are_entered_with_one_ticket(app: FastAPI, visit: Visit, database: Database) -> None:
    opened, browser = address(), visit(app, language="en")
    for _ in range(3):
        await browser.open(opened)
        await browser.submit("/", **example.MESSAGE_FORM, step="send")
    assert [event["channel"] for event in await submitted(database)] == ["telephone"] * 3


async def test_a_ticket_that_is_over_keeps_what_was_typed_until_it_is_renewed(
    app: FastAPI, visit: Visit, database: Database
) -> None:
    browser = visit(app, language="en")
    await browser.open(address(utc_now() - VALID_FOR))
    sent = browser.form("/").fields | {name: [value] for name, value in example.MESSAGE_FORM.items()}
    answer = await browser.client.post("/", data=sent | {"step": ["send"]})
    assert (answer.status_code, "The 15 minutes of this form are over" in text_of(answer.text)) == (409, True)
    assert example.MESSAGE_FORM["text"] in answer.text
    assert f"{DESK}/entering?channel=telephone" in answer.text
    assert await submitted(database) == []
    await browser.client.get(address())  # in another window
    await browser.client.post("/", data=sent | {"step": ["send"]})
    assert [event["channel"] for event in await submitted(database)] == ["telephone"]


@pytest.mark.parametrize("forger", ["replies", "intake"])
async def test_a_ticket_that_the_desk_has_not_signed_opens_the_form_for_everybody(
    app: FastAPI, visit: Visit, database: Database, forger: str
) -> None:
    browser = visit(app, language="en")
    assert "Hotline officer" not in await browser.open(address(by=forger))
    page = await browser.submit("/", **example.MESSAGE_FORM, step="send")
    assert "Please check your message" in page
    assert await submitted(database) == []


@pytest.mark.parametrize("token", ["", "x", "ğ", "e30", "A" * 5000])
def test_a_broken_ticket_is_none(token: str) -> None:
    keys = {service: [signer.public_key] for service, signer in example.SIGNERS.items()}
    assert Tickets(keys).read(token) is None


async def test_what_the_public_sends_came_by_the_form(app: FastAPI, visit: Visit, database: Database) -> None:
    browser: Browser = visit(app, language="en")
    await browser.open("/")
    assert "Hotline officer" not in text_of(browser.html)
    await browser.client.post("/api/v1/messages", json=example.API_MESSAGE)
    assert [event["channel"] for event in await submitted(database)] == ["api"]
