"""Letters about what happens after sending: questions, other units, lost codes, a corrected address."""

import asyncio
from typing import Any

import pytest

from services.notifier.domain.letter import receipt_to
from services.notifier.domain.sending import failed
from services.notifier.store import Letters
from shared.documents import AlreadyProcessed, Conflict, Database
from shared.events import Event, MessageWithdrawn
from tests import examples as example
from tests.conftest import Broker, Make, listening, outcomes
from tests.notifier.letters import (
    ACCOUNT_LINK,
    ALONE,
    CITIZEN,
    CODE,
    EVENTS,
    OTHER,
    OTHER_URL,
    STATUS_URL,
    account_notified,
    case_answered,
    codes_requested,
    deliver,
    handle,
    question_asked,
    receipt_requested,
)
from tests.notifier.mail import MailServer, parsed, part, until

NEW = "kaya@okul.example"
CORRECTED = {"message_id": "m1", "email": NEW, "status_url": OTHER_URL, "tracking_code": OTHER}


async def ids(letters: Letters) -> list[str]:
    return sorted([letter_id async for letter_id in letters.ids({})])


async def test_lost_codes_make_one_letter_of_which_nothing_is_told(
    make: Make, broker: Broker, database: Database
) -> None:
    event: Any = ALONE["codes"]
    letter_id = f"{event.request_id}.codes"
    async with MailServer() as server, listening(make("notifier", smtp_url=server.url)) as service:
        await broker.publish(example.sealed(event), times=10)
        assert await outcomes(service, "notifier.codes.requested", of=10) == {"obeyed": 1, "duplicate": 9}
        await until(Letters(database), letter_id)
    assert [letter.recipients for letter in server.accepted] == [(CITIZEN,)]
    assert CODE in part(server.accepted[0].mail, "plain")
    stored = await database["letters"].find_one({"_id": letter_id})
    assert stored and stored["outbox"] == []
    assert [secret for secret in (CODE, OTHER) if secret in str(stored)] == []


@pytest.mark.parametrize("purpose", ["invitation", "reset"])
async def test_a_link_to_an_account_arrives_once_and_is_in_no_record(
    make: Make, broker: Broker, database: Database, purpose: str
) -> None:
    event = account_notified(purpose)
    async with MailServer() as server, listening(make("notifier", smtp_url=server.url)) as service:
        await broker.publish(example.sealed(event), times=5)
        assert await outcomes(service, "notifier.account.notified", of=5) == {"obeyed": 1, "duplicate": 4}
        await until(Letters(database), f"{event.notice_id}.account")
    assert [letter.recipients for letter in server.accepted] == [("elif.demir@klu.example",)]
    assert ACCOUNT_LINK in part(server.accepted[0].mail, "plain")
    stored = await database["letters"].find_one({})
    assert stored and stored["outbox"] == []
    assert ACCOUNT_LINK not in str(stored)


@pytest.mark.parametrize("purpose", ["password_changed", "second_factor_removed", "something_newer"])
async def test_a_change_of_an_account_is_told_without_a_link_to_it(database: Database, purpose: str) -> None:
    event = account_notified(purpose, language="en")
    letter = await (await handle(database, event)).get(f"{event.notice_id}.account")
    assert (letter.template, letter.subject) == ("account_change", "Your account was changed")


async def test_codes_that_could_not_be_delivered_are_sealed(database: Database) -> None:
    event = codes_requested(request_id="r1")
    letters = await handle(database, event)
    lost, told = failed(await letters.get("r1.codes"), "550", example.NOW)
    await letters.save(lost, announcing=told)
    stored = await database["letters"].find_one({"_id": "r1.codes"})
    assert [event.type for event in told] == ["letter.failed"]
    assert CODE not in str(stored) and CODE not in str(told)
    assert CODE in letters.raw(await letters.get("r1.codes")).decode()


async def test_a_stranger_cannot_flood_an_address_with_its_codes(database: Database) -> None:
    for number in range(4):
        letters = await handle(database, codes_requested(request_id=f"r{number}"), receipts_per_hour=2)
    found = [await letters.get(f"r{number}.codes") for number in range(4)]
    assert [letter.state for letter in found] == ["queued", "queued", "discarded", "discarded"]
    assert CODE not in str(await database["letters"].find_one({"_id": "r3.codes"}))


async def test_codes_and_receipts_do_not_use_up_each_others_room(database: Database) -> None:
    for event in (codes_requested(request_id="r1"), receipt_requested(message_id="m1")):
        letters = await handle(database, event, receipts_per_hour=1)
    assert [(await letters.get(letter_id)).state for letter_id in ("r1.codes", "m1.receipt")] == ["queued"] * 2


async def test_a_corrected_address_gets_a_receipt_of_its_own_and_the_same_one_none(database: Database) -> None:
    letters = await handle(database, receipt_requested(message_id="m1"))
    again = example.sealed(receipt_requested(**CORRECTED))
    await deliver(database, again)
    with pytest.raises(AlreadyProcessed):
        await deliver(database, again)
    for same in (receipt_requested(**CORRECTED), receipt_requested(message_id="m1")):
        with pytest.raises(AlreadyProcessed):
            await handle(database, same)
    assert await ids(letters) == sorted(["m1.receipt", receipt_to("m1", NEW)])
    second = await letters.get(receipt_to("m1", NEW))
    assert (second.recipient, second.template) == (NEW, "receipt")
    assert OTHER in part(parsed(second.raw), "plain")
    assert parsed(second.raw)["In-Reply-To"] == "<m1.receipt@klu.example>"


async def test_two_receipts_of_a_message_at_once_are_both_made(make: Make, broker: Broker, database: Database) -> None:
    async with listening(make("notifier")) as service:
        for event in (receipt_requested(message_id="m1"), receipt_requested(**CORRECTED)):
            await broker.publish(example.sealed(event), times=3)
        assert await outcomes(service, "notifier.receipt.requested", of=6) == {"obeyed": 2, "duplicate": 4}
    letters = await Letters(database).find({}, sort=[("_id", 1)], limit=9)
    assert {letter.recipient for letter in letters} == {CITIZEN, NEW}


async def test_a_first_receipt_that_another_process_makes_meanwhile_is_looked_at_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = await handle(database, receipt_requested(message_id="m1"))

    async def nobody(*_: object) -> None:
        return None

    monkeypatch.setattr("services.notifier.handlers.citizens.CitizenHandlers._first_recipient", nobody)
    with pytest.raises(Conflict):
        await handle(database, receipt_requested(**CORRECTED))
    assert await ids(letters) == ["m1.receipt"]


async def test_later_letters_go_with_the_link_to_whichever_address_got_it(database: Database) -> None:
    await handle(database, receipt_requested(message_id="m1"))
    await handle(database, receipt_requested(**CORRECTED))
    field = "http://127.0.0.1:8001/t"
    for number, (to, link) in enumerate([(CITIZEN, STATUS_URL), (NEW, OTHER_URL), ("other@example.org", field)]):
        asked = {"message_id": "m1", "question_id": f"q{number}", "submitter": example.submitter(email=to)}
        letters = await handle(database, question_asked(**asked))
        letter = await letters.get(f"m1.question.q{number}")
        assert f"{link}\n" in part(parsed(letter.raw), "plain")
        assert STATUS_URL not in letter.record


async def test_an_answer_that_its_writer_was_told_in_person_makes_no_letter(database: Database) -> None:
    letters = await handle(database, case_answered(message_id="m1", told_by="telephone"))
    assert await letters.collection.count_documents({}) == 0


async def test_an_answer_to_the_corrected_address_can_be_rated(database: Database) -> None:
    await handle(database, receipt_requested(message_id="m1"))
    await handle(database, receipt_requested(**CORRECTED))
    letters = await handle(database, case_answered(message_id="m1", submitter=example.submitter(email=NEW)))
    (letter,) = await letters.find({"template": "answer"}, sort=[("_id", 1)], limit=2)
    assert f"{OTHER_URL}/rating?score=3" in part(parsed(letter.raw), "plain")
    assert OTHER not in letter.record


async def test_a_held_receipt_to_a_corrected_address_is_the_desks(database: Database) -> None:
    await handle(database, receipt_requested(message_id="m0", email=NEW), receipts_per_hour=1)
    await handle(database, receipt_requested(message_id="m1"), receipts_per_hour=1)
    letters = await handle(database, receipt_requested(**CORRECTED), receipts_per_hour=1)
    assert (await letters.get(receipt_to("m1", NEW))).state == "held"


@pytest.mark.parametrize("template", ["question", "rerouting"])
async def test_who_left_no_address_is_told_on_the_status_page_alone(database: Database, template: str) -> None:
    event: Any = EVENTS[template]
    letters = await handle(database, event.model_copy(update={"submitter": example.submitter(email=None)}))
    assert await ids(letters) == []


@pytest.mark.parametrize(("first", "named"), [("message.submitted", True), ("", False)])
async def test_a_notice_of_what_came_after_has_the_number_that_the_first_one_has(
    database: Database, first: str, named: bool
) -> None:
    submitted = example.message_submitted(message_id="m1")
    if first:
        await handle(database, submitted)
    letters = await handle(database, MessageWithdrawn(message_id="m1", withdrawn_at=example.NOW))
    letter = await letters.get("m1.withdrawal")
    assert (f"[{submitted.reference}]" in letter.subject) is named


async def test_every_question_and_every_follow_up_makes_a_letter_of_its_own(database: Database) -> None:
    events: list[Event] = [question_asked(message_id="m1", question_id=f"q{n}") for n in range(2)]
    follow_up: Any = EVENTS["follow_up"]
    events += [follow_up.model_copy(update={"follow_up_id": f"f{n}"}) for n in range(2)]
    await asyncio.gather(*(handle(database, event) for event in events))
    assert len(await ids(Letters(database))) == 4
