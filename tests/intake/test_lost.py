"""Lost tracking codes: the same page for everybody, and a letter to the address alone."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from scripts.browser import Browser
from services.intake.config import Settings
from services.intake.domain import lost
from services.intake.domain.codes import hash_code, tracking_code
from services.intake.domain.message import Message
from services.intake.jobs import LostCodesJob
from services.intake.store import LostRequests, Messages
from shared.documents import Conflict, Database
from tests import examples as example
from tests.conftest import Make, Visit
from tests.forms import send

EMAIL = "deniz.kaya@example.org"
SAID = "If there are messages with this address, an e-mail with their codes is on its way."
OLD_SECRET = "an older secret key of more than 32 characters"


@pytest.fixture
async def citizen(make: Make, visit: Visit, database: Database) -> Browser:
    await Messages(database).prepare()
    await LostRequests(database).prepare()
    return visit(make("intake"), language="en")


def job(database: Database, **different: Any) -> LostCodesJob:
    """The job of a service with these settings."""
    given = {"mongodb_url": "-", "rabbitmq_url": "-", "secret_key": example.SECRET} | example.keys("intake")
    settings = Settings.model_validate(given | different)
    return LostCodesJob(LostRequests(database), Messages(database), settings)


async def ask(citizen: Browser, email: str = EMAIL) -> str:
    await citizen.open("/t/lost")
    return await citizen.submit("/t/lost", email=email)


async def worked_on(database: Database, **different: Any) -> list[dict[str, Any]]:
    """The only request, after the job has seen what waits: the events that it owes."""
    done = job(database, **different)
    async for request_id in done.requests.ids(done.requests.waiting(example.NOW + timedelta(days=3650))):
        await done.answer(request_id, example.NOW)
    (document,) = await database["lost_codes"].find().to_list(None)
    outbox: list[dict[str, Any]] = example.told(document)
    return outbox


async def kept(database: Database, *, secret: str = example.SECRET, **different: Any) -> Message:
    message = example.message()
    message = message.model_copy(update={"code_hash": hash_code(tracking_code(secret, message.id))} | different)
    await Messages(database).add(message)
    return message


async def test_the_page_says_the_same_whether_there_are_messages_or_not(citizen: Browser, database: Database) -> None:
    await kept(database)
    there = await ask(citizen)
    not_there = await ask(citizen, "nobody@example.org")
    assert SAID in there
    assert there == not_there


async def test_asking_writes_one_request_and_looks_up_no_message(citizen: Browser, database: Database) -> None:
    message = await kept(database)
    await ask(citizen)
    (document,) = await database["lost_codes"].find().to_list(None)
    assert document["outbox"] == []
    assert document["_id"] == lost.request_id_of(example.SECRET, EMAIL)
    assert await Messages(database).get(message.id) == message


async def test_the_codes_of_an_address_are_asked_for_in_whatever_way_it_is_written(
    citizen: Browser, database: Database
) -> None:
    older, newer = await kept(database), await kept(database, submitted_at=example.NOW + timedelta(days=1))
    await kept(database, submission=older.submission.model_copy(update={"email": "other@example.org"}))
    await ask(citizen, "Deniz.Kaya@EXAMPLE.org")
    (entry,) = await worked_on(database)
    assert entry["type"] == "codes.requested"
    (document,) = await database["lost_codes"].find().to_list(None)
    assert (document["email"], document["asked_at"]) == ("", None)
    codes = [*lost.codes_of([newer, older], [example.SECRET], "https://hat.example").values()]
    assert [code.reference for code in codes] == [newer.reference, older.reference]
    assert codes[0].tracking_code == tracking_code(example.SECRET, newer.id)


async def test_that_a_code_was_given_out_again_is_recorded_for_each_message(
    citizen: Browser, database: Database
) -> None:
    given = await kept(database), await kept(database)
    await kept(database, secret=OLD_SECRET)
    await ask(citizen)
    await worked_on(database)
    (document,) = await database["lost_codes"].find().to_list(None)
    told = [example.unpublished_data(one) for one in document["outbox"] if one["type"] == "intake.audited"]
    assert {(one["action"], one["message_id"]) for one in told} == {("code.sent_again", one.id) for one in given}
    assert len(told) == len(given)
    assert EMAIL not in str(told)


async def test_no_letter_goes_to_an_address_without_messages(citizen: Browser, database: Database) -> None:
    await ask(citizen)
    assert await worked_on(database) == []


async def test_a_code_of_an_older_key_is_found_and_one_of_a_lost_key_is_left_out(
    citizen: Browser, database: Database
) -> None:
    message = await kept(database, secret=OLD_SECRET)
    await ask(citizen)
    assert await worked_on(database) == []
    await ask(citizen)
    assert len(await worked_on(database, old_secret_keys=OLD_SECRET)) == 1
    (code,) = lost.codes_of([message], [example.SECRET, OLD_SECRET], "").values()
    assert hash_code(code.tracking_code) == message.code_hash


async def test_an_address_gets_three_letters_in_an_hour(citizen: Browser, database: Database) -> None:
    await kept(database)
    for _ in range(5):
        assert SAID in await ask(citizen)
        asked_for = await worked_on(database)
    assert len(asked_for) == 3


def test_an_hour_later_there_is_a_letter_again() -> None:
    codes = lost.codes_of([example.message()], [example.SECRET], "")
    given = lost.nobody_asked(example.SECRET, EMAIL, example.NOW)
    times = [example.NOW + timedelta(minutes=minute) for minute in (0, 1, 2, 3, 61)]
    sent = []
    for at in times:
        asked = lost.request(given, email=EMAIL, language="en", now=at)
        given, events = lost.answered(asked, codes, request_id="r1", most=3, now=at)
        sent.append(sum(event.type == "codes.requested" for event in events))
    assert sent == [1, 1, 1, 0, 1]


async def test_of_two_that_work_on_a_request_one_asks_for_the_letter(citizen: Browser, database: Database) -> None:
    await kept(database)
    await ask(citizen)
    requests = LostRequests(database)
    (request_id,) = [found async for found in requests.ids({})]
    mine = await requests.get(request_id)
    await worked_on(database)
    codes = lost.codes_of([example.message()], [example.SECRET], "")
    done, events = lost.answered(mine, codes, request_id="r1", most=3, now=example.NOW)
    with pytest.raises(Conflict):
        await requests.save(done, announcing=events)
    assert len(await worked_on(database)) == 1


async def test_a_client_that_asks_for_many_has_to_wait(make: Make, visit: Visit, database: Database) -> None:
    citizen = visit(make("intake", lost_codes_client_hour=2), language="en")
    for number in range(2):
        await ask(citizen, f"a{number}@example.org")
    await citizen.open("/t/lost")
    refused = await send(citizen, "/t/lost", email="a3@example.org")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert citizen.form("/t/lost").fields["email"] == ["a3@example.org"]
    assert await database["lost_codes"].count_documents({}) == 2


async def test_what_is_no_address_stays_in_its_field(citizen: Browser, database: Database) -> None:
    await citizen.open("/t/lost")
    refused = await send(citizen, "/t/lost", email="deniz@")
    assert refused.status_code == 422
    assert citizen.form("/t/lost").fields["email"] == ["deniz@"]
    assert await database["lost_codes"].count_documents({}) == 0


async def test_the_api_notes_a_request_for_every_address(citizen: Browser, database: Database) -> None:
    await kept(database)
    answers = [
        await citizen.client.post("/api/v1/lost-codes", json={"email": email}) for email in (EMAIL, "x@example.org")
    ]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(202, {"accepted": True})] * 2
    assert await database["lost_codes"].count_documents({"asked_at": {"$ne": None}}) == 2


async def test_the_api_asks_a_busy_client_to_wait(make: Make, visit: Visit) -> None:
    api = visit(make("intake", lost_codes_client_hour=1), language="en").client
    answers: list[httpx2.Response] = [await api.post("/api/v1/lost-codes", json={"email": EMAIL}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 429]
    assert answers[1].headers["content-type"] == "application/problem+json"
