"""The address of the writer: asked about once when it looks mistyped, kept as typed, shown after sending."""

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.browser import Browser
from services.intake.store import Messages
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make, Visit
from tests.forms import send, submitted

CASES: dict[str, Any] = json.loads((Path(__file__).parent.parent / "cases" / "contacts.json").read_text())
ASKED = [(case["in"], f"ali@{case['hint']}") for case in CASES["emails_asked_about"]]


@pytest.fixture
async def citizen(make: Make, visit: Visit, database: Database) -> Browser:
    await Messages(database).prepare()
    browser = visit(make("intake", institution_url="https://www.klu.edu.tr"))
    await browser.open("/")
    return browser


@pytest.mark.parametrize(("entered", "meant"), [*ASKED, ("ali@klu.edu.rt", "ali@klu.edu.tr")])
async def test_a_mistyped_address_is_asked_about_and_what_was_typed_is_kept(
    citizen: Browser, database: Database, entered: str, meant: str
) -> None:
    answer = await send(citizen, "/", **example.MESSAGE_FORM | {"email": entered})
    assert f"Bunu mu demek istediniz: {meant}?" in answer.text
    kept = submitted(citizen, "/")
    assert {name: kept[name] for name in ("email", "text", "subject")} == {
        "email": entered,
        "text": example.MESSAGE_FORM["text"],
        "subject": example.MESSAGE_FORM["subject"],
    }
    assert await emails(database) == []


@pytest.mark.parametrize(("entered", "meant"), ASKED)
async def test_sent_again_as_it_stands_it_is_taken(
    citizen: Browser, database: Database, entered: str, meant: str
) -> None:
    await send(citizen, "/", **example.MESSAGE_FORM | {"email": entered})
    assert entered in await citizen.submit("/")
    assert await emails(database) == [entered]


async def test_an_address_that_a_browser_wrote_in_another_way_is_not_asked_about_again(
    citizen: Browser, database: Database
) -> None:
    await send(citizen, "/", **example.MESSAGE_FORM | {"email": "ali@gmaıl.com"})
    await citizen.submit("/", email="ali@xn--gmal-nza.com")
    assert await emails(database) == ["ali@xn--gmal-nza.com"]


async def test_the_address_that_was_meant_can_be_chosen(citizen: Browser, database: Database) -> None:
    await send(citizen, "/", **example.MESSAGE_FORM | {"email": "ali@gmial.com"})
    assert "ali@gmail.com" in await citizen.submit("/", email_meant="ali@gmail.com")
    assert await emails(database) == ["ali@gmail.com"]


async def test_another_mistyped_address_is_asked_about_again(citizen: Browser, database: Database) -> None:
    await send(citizen, "/", **example.MESSAGE_FORM | {"email": "ali@gmial.com"})
    answer = await send(citizen, "/", email="ali@hotmial.com")
    assert "Bunu mu demek istediniz: ali@hotmail.com?" in answer.text
    assert await emails(database) == []


async def test_the_question_comes_with_the_other_errors(citizen: Browser) -> None:
    answer = await send(citizen, "/", **example.MESSAGE_FORM | {"email": "ali@gmial.com", "subject": ""})
    assert "Bunu mu demek istediniz: ali@gmail.com?" in answer.text
    assert "Lütfen başvurunuzun konusunu yazınız." in answer.text


@pytest.mark.parametrize("entered", [case["in"] for case in CASES["emails_accepted"]])
async def test_an_address_is_taken_without_a_question_and_shown(
    citizen: Browser, database: Database, entered: str
) -> None:
    page = await citizen.submit("/", **example.MESSAGE_FORM | {"email": entered})
    (kept,) = await emails(database)
    assert kept == entered.strip()
    assert f"{kept} adresine" in page


@pytest.mark.parametrize("number", CASES["phones_accepted"])
async def test_a_number_is_taken_as_people_write_it(citizen: Browser, database: Database, number: str) -> None:
    await citizen.submit("/", **example.MESSAGE_FORM | {"phone": number})
    (document,) = await database["messages"].find().to_list(None)
    assert document["submission"]["phone"].isprintable()


async def test_the_api_takes_an_address_without_asking(citizen: Browser, database: Database) -> None:
    accepted = await citizen.client.post("/api/v1/messages", json=example.API_MESSAGE | {"email": "ali@gmial.com"})
    assert accepted.status_code == 202
    assert await emails(database) == ["ali@gmial.com"]


@pytest.mark.parametrize("length", [10_012, 40_000])
async def test_a_paste_that_is_too_long_is_kept_and_counted(citizen: Browser, length: int) -> None:
    pasted = "ğ" * length
    answer = await send(citizen, "/", **example.MESSAGE_FORM | {"text": pasted})
    assert f"{length - 10_000:,} karakter fazla.".replace(",", ".") in answer.text
    assert submitted(citizen, "/")["text"] == pasted
    assert "maxlength" not in answer.text  # a browser would cut the paste


async def emails(database: Database) -> list[str]:
    return [message["submission"]["email"] async for message in database["messages"].find()]
