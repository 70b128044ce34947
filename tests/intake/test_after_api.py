"""What comes after a message, over the JSON API."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from services.intake.domain.codes import tracking_code
from services.intake.domain.message import Message
from services.intake.domain.progress import answer
from services.intake.store import Messages
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make, Visit
from tests.intake.test_after import LATER, answered, asked, bounced, closed

KEY = "6f1c0d1e-6a3b-4c57-9d0e-3b5a0a1f2e4d"
BODIES: dict[str, dict[str, Any]] = {
    "follow-ups": {"text": "Bir de pencere kırık."},
    "questions/q1": {"text": "İkinci kat."},
    "withdrawal": {},
    "rating": {"score": 4, "comment": "Hızlı."},
    "objection": {"reason": "Sorun sürüyor."},
    "address": {"email": "deniz@example.com"},
}


@pytest.fixture
async def api(make: Make, visit: Visit, database: Database) -> httpx2.AsyncClient:
    await Messages(database).prepare()
    app = make("intake")
    app.state.clock = lambda: example.NOW + timedelta(days=3)
    return visit(app, language="en").client


async def kept(database: Database, message: Message) -> str:
    await Messages(database).add(message)
    return f"/api/v1/messages/{tracking_code(example.SECRET, message.id)}"


async def announced(database: Database) -> list[str]:
    (document,) = await database["messages"].find().to_list(None)
    return [entry["type"] for entry in example.told(document)]


@pytest.mark.parametrize(
    ("message", "what", "event", "shown"),
    [
        (example.message(), "follow-ups", ["message.followed_up"], "follow_ups"),
        (asked(), "questions/q1", ["question.answered"], "questions"),
        (example.message(), "withdrawal", ["message.withdrawn"], "withdrawn_at"),
        (answered(), "rating", ["message.rated"], "rating"),
        (closed(), "objection", ["message.objected"], "objection"),
        (bounced(), "address", ["contact.corrected", "receipt.requested"], "undelivered"),
    ],
)
async def test_what_the_pages_do_the_api_does(
    api: httpx2.AsyncClient, database: Database, message: Message, what: str, event: list[str], shown: str
) -> None:
    url = await kept(database, message)
    before = (await api.get(url)).json()
    sent = await api.post(f"{url}/{what}", json=BODIES[what])
    assert sent.status_code == 201
    assert sent.json() == (await api.get(url)).json()
    assert sent.json()[shown] != before[shown]
    assert await announced(database) == event


@pytest.mark.parametrize(
    ("message", "what", "detail"),
    [
        (answered(), "withdrawal", "no longer be withdrawn"),
        (example.message(), "rating", "as soon as it is there"),
        (example.message(), "objection", "nothing to object to"),
        (example.message(), "address", "cannot be changed here"),
    ],
)
async def test_what_the_state_forbids_is_a_problem_that_says_why(
    api: httpx2.AsyncClient, database: Database, message: Message, what: str, detail: str
) -> None:
    url = await kept(database, message)
    refused = await api.post(f"{url}/{what}", json=BODIES[what])
    assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
    assert detail in refused.json()["detail"]
    assert await announced(database) == []


@pytest.mark.parametrize("what", BODIES)
async def test_a_wrong_code_is_unknown_whatever_is_sent(api: httpx2.AsyncClient, database: Database, what: str) -> None:
    await kept(database, asked())
    for body in (BODIES[what], {"nothing": 1}):
        refused = await api.post(f"/api/v1/messages/AAAAA-BBBBB-CCCCC-DDDDD/{what}", json=body)
        assert refused.status_code == 404
        assert refused.json()["title"] == "No message has this code"


@pytest.mark.parametrize("score", [0, 6, 4.5, "4", True, None, [4]])
async def test_another_rating_is_refused(api: httpx2.AsyncClient, database: Database, score: object) -> None:
    url = await kept(database, answered())
    refused = await api.post(f"{url}/rating", json={"score": score})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/score"


async def test_the_same_key_again_is_one_addition(api: httpx2.AsyncClient, database: Database) -> None:
    url = await kept(database, example.message())
    for _ in range(2):
        sent = await api.post(f"{url}/follow-ups", json=BODIES["follow-ups"], headers={"Idempotency-Key": KEY})
    assert len(sent.json()["follow_ups"]) == 1
    short = await api.post(f"{url}/follow-ups", json=BODIES["follow-ups"], headers={"Idempotency-Key": "k"})
    assert short.status_code == 400


async def test_the_status_says_what_is_possible_now(api: httpx2.AsyncClient, database: Database) -> None:
    told = (await api.get(await kept(database, answered()))).json()
    assert told["possible"] == ["follow-ups", "rating", "objection"]
    assert told["objection_until"] == "2026-12-10T20:59:59.999000Z"
    assert [answer["text"] for answer in told["answers"]] == [told["answer"]]


async def test_the_status_says_how_an_answer_was_told(api: httpx2.AsyncClient, database: Database) -> None:
    by_telephone = answer(answered(), example.case_answered(told_by="telephone", answered_at=LATER + timedelta(days=1)))
    told = (await api.get(await kept(database, by_telephone))).json()
    assert [given["told_by"] for given in told["answers"]] == [None, "telephone"]


async def test_a_question_that_was_not_asked_is_unknown(api: httpx2.AsyncClient, database: Database) -> None:
    url = await kept(database, asked())
    assert (await api.post(f"{url}/questions/q9", json=BODIES["questions/q1"])).status_code == 404
