"""Where a letter comes back to, and where answers to it go."""

from typing import Any

import pytest

from services.notifier.domain.addressing import as_token, reply_token
from services.notifier.store import Letters
from shared.documents import Database
from tests import examples as example
from tests.notifier.letters import ALONE, CITIZEN, EVENTS, assignment_invited, handle, receipt_requested
from tests.notifier.mail import MailServer, due_now, parsed, posting, until

DOMAIN = "mail.klu.example"


@pytest.fixture
async def letters(database: Database) -> Letters:
    made = Letters(database, returning=True)
    await made.prepare()
    return made


async def test_a_letter_has_a_return_path_of_its_own_at_every_attempt(letters: Letters) -> None:
    for _ in range(2):
        await letters.add(example.letter())
    first, second = await letters.find({}, sort=[("_id", 1)], limit=2)
    assert len({first.return_path, second.return_path}) == 2
    assert len(first.return_path) == 26 and first.return_path.isalnum() and first.return_path.islower()
    async with MailServer(at_rcpt=["451 later"]) as server, posting(letters, server.url, mail_inbound_domain=DOMAIN):
        await until(letters, first.id)
        await due_now(letters)
        await until(letters, second.id)
    assert {letter.sender for letter in server.accepted} == {
        f"donus-{one.return_path}@{DOMAIN}" for one in (first, second)
    }
    found = await letters.letter_by_return_path(first.return_path)
    assert found and found.id == first.id


@pytest.mark.parametrize("token", ["", "unknown"])
async def test_nothing_comes_back_to_a_return_path_that_nobody_has(letters: Letters, token: str) -> None:
    await letters.add(example.letter())
    assert await letters.letter_by_return_path(token) is None
    assert await letters.reply_address(token) is None


async def test_without_mail_coming_in_letters_come_back_to_the_hotline(database: Database) -> None:
    letters = await handle(database, receipt_requested(message_id="m1"))
    async with MailServer() as server, posting(letters, server.url):
        gone = await until(letters, "m1.receipt")
    assert (server.accepted[0].sender, gone.return_path, gone.reply_token) == ("hat@klu.example", "", "")
    assert "hat@klu.example" in server.accepted[0].mail["Reply-To"]
    assert await database["reply_addresses"].count_documents({}) == 0


async def test_the_answers_of_a_citizen_go_to_one_address_for_the_whole_case(database: Database) -> None:
    event: Any = EVENTS["answer"]
    letters = await handle(database, receipt_requested(message_id="m1"), mail_inbound_domain=DOMAIN)
    await handle(database, event.model_copy(update={"message_id": "m1"}), mail_inbound_domain=DOMAIN)
    found = await letters.find({}, sort=[("_id", 1)], limit=3)
    assert len(found) == 2
    (to,) = {parsed(letter.raw)["Reply-To"].addresses[0].addr_spec for letter in found}
    assert to == f"yanit-{found[0].reply_token}@{DOMAIN}"
    address = await letters.reply_address(found[0].reply_token)
    assert address
    assert (address.message_id, address.addressee, address.recipient) == ("m1", "citizen", CITIZEN)


async def test_the_answers_of_a_unit_belong_to_its_assignment(database: Database) -> None:
    event = assignment_invited(message_id="m1", assignment_id="a1")
    letters = await handle(database, event, mail_inbound_domain=DOMAIN)
    address = await letters.reply_address((await letters.get("a1.invitation")).reply_token)
    assert address
    assert (address.message_id, address.assignment_id, address.addressee) == ("m1", "a1", "unit")
    assert address.recipient == event.unit.email


async def test_a_letter_about_no_one_message_is_answered_at_the_hotline(database: Database) -> None:
    event: Any = ALONE["codes"]
    letters = await handle(database, event, mail_inbound_domain=DOMAIN)
    (letter,) = await letters.find({}, sort=[("_id", 1)], limit=2)
    assert (letter.reply_token, parsed(letter.raw)["Reply-To"].addresses[0].addr_spec) == ("", "hat@klu.example")


def test_tokens_differ_by_addressee_case_and_key_and_say_nothing() -> None:
    one = reply_token("k" * 32, "citizen", "m1", None)
    others = {
        reply_token("k" * 32, "desk", "m1", None),
        reply_token("k" * 32, "citizen", "m2", None),
        reply_token("q" * 32, "citizen", "m1", None),
        reply_token("k" * 32, "unit", "m1", "a1"),
    }
    assert len(others | {one}) == 5
    assert one == reply_token("k" * 32, "citizen", "m1", None)


def test_a_token_is_26_small_letters_of_base_32() -> None:
    assert as_token(b"\xff" * 20) == "7" * 26
