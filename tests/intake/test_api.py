"""The JSON API."""

import asyncio
import json
from typing import Any

import httpx2
import pytest

from services.intake.domain.codes import tracking_code
from services.intake.domain.progress import answer, close, progress
from services.intake.store import Messages
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make, Visit

AWAY = "mongodb://127.0.0.1:9/?directConnection=true"
URL = "/api/v1/messages"
KEY = "6f1c0d1e-6a3b-4c57-9d0e-3b5a0a1f2e4d"


@pytest.fixture
async def api(make: Make, visit: Visit, database: Database) -> httpx2.AsyncClient:
    await Messages(database).prepare()
    return visit(make("intake"), language="en").client


async def test_a_message_is_accepted_and_kept(api: httpx2.AsyncClient, database: Database) -> None:
    accepted = await api.post(URL, json=example.API_MESSAGE)
    (document,) = await database["messages"].find().to_list(None)
    code = tracking_code(example.SECRET, document["_id"])
    assert accepted.status_code == 202
    assert accepted.json() == {
        "reference": document["reference"],
        "tracking_code": code,
        "status_url": f"http://127.0.0.1:8001/t/{code}",
    }
    assert [unpublished["type"] for unpublished in example.told(document)] == ["message.submitted", "receipt.requested"]


async def test_the_same_key_again_is_the_same_message(api: httpx2.AsyncClient, database: Database) -> None:
    headers = {"idempotency-key": KEY}
    first, again = [await api.post(URL, json=example.API_MESSAGE, headers=headers) for _ in range(2)]
    assert (again.status_code, again.json()) == (202, first.json())
    (document,) = await database["messages"].find().to_list(None)
    assert len(example.told(document)) == 2


async def test_the_same_key_many_times_at_once_is_one_message(api: httpx2.AsyncClient, database: Database) -> None:
    headers = {"idempotency-key": KEY}
    answers = await asyncio.gather(*(api.post(URL, json=example.API_MESSAGE, headers=headers) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["reference"] for answer in answers}) == 1
    assert await database["messages"].count_documents({}) == 1


async def test_a_key_that_was_used_for_another_message_is_refused(api: httpx2.AsyncClient, database: Database) -> None:
    headers = {"idempotency-key": KEY}
    await api.post(URL, json=example.API_MESSAGE, headers=headers)
    refused = await api.post(URL, json=example.API_MESSAGE | {"subject": "Klima"}, headers=headers)
    assert problem(refused)["status"] == 422
    assert problem(refused)["title"] == "This Idempotency-Key is taken"
    assert "tracking_code" not in refused.text
    assert await database["messages"].count_documents({}) == 1


async def test_a_message_that_was_erased_is_not_made_again(api: httpx2.AsyncClient, database: Database) -> None:
    again: dict[str, Any] = {"headers": {"Idempotency-Key": KEY}, "json": example.API_MESSAGE}
    await api.post(URL, **again)
    await database["messages"].update_one({}, [{"$project": {"revision": 1}}, {"$set": {"erased_at": "$$NOW"}}])
    refused = await api.post(URL, **again)
    assert (refused.status_code, problem(refused)["status"]) == (404, 404)
    (tombstone,) = await database["messages"].find({}).to_list(None)
    assert set(tombstone) == {"_id", "revision", "erased_at"}


async def test_without_a_key_each_request_is_a_message(api: httpx2.AsyncClient, database: Database) -> None:
    for _ in range(2):
        await api.post(URL, json=example.API_MESSAGE)
    assert await database["messages"].count_documents({}) == 2


async def test_a_code_tells_how_far_its_message_has_come(api: httpx2.AsyncClient, database: Database) -> None:
    message = progress(example.message(), example.case_progressed())
    message = close(answer(message, example.case_answered()), example.case_closed())
    await Messages(database).add(message)
    status = (await api.get(f"{URL}/{tracking_code(example.SECRET, message.id).lower()}")).json()
    assert (status["reference"], status["step"]) == (message.reference, "at_unit")
    assert [reached["step"] for reached in status["steps"]] == ["at_unit"]
    assert (status["answer"], status["closure_reason"]) == (message.answer, "not_responsible")
    assert not {"name", "email", "phone", "text"} & status.keys()


async def test_the_kinds_are_listed_in_both_languages(api: httpx2.AsyncClient) -> None:
    kinds = (await api.get("/api/v1/kinds")).json()
    assert kinds[0] == {"id": "complaint", "label": {"tr": "Şikâyet", "en": "Complaint"}}
    assert len(kinds) == 5


async def test_the_api_describes_itself_and_its_own_example_is_accepted(api: httpx2.AsyncClient) -> None:
    document = (await api.get("/api/v1/openapi.json")).json()
    (sample,) = document["components"]["schemas"]["NewMessage"]["examples"]
    assert (await api.post(URL, json=sample)).status_code == 202


@pytest.mark.parametrize(
    ("different", "pointer", "english"),
    [
        ({"subject": ""}, "/subject", "Please fill in this field."),
        ({"subject": "x" * 151}, "/subject", "Please use at most 150 characters."),
        ({"subject": ["x"]}, "/subject", "Please check this field."),
        ({"text": None}, "/text", "Please fill in this field."),
        ({"text": 1234567890123}, "/text", "Please check this field."),
        ({"text": "x" * 10_001}, "/text", "Please use at most 10,000 characters."),
        ({"text": "K\ufffdt\ufffdphane"}, "/text", "The text contains characters that could not be read."),
        ({"text": "yarım \ud800 harf"}, "/text", "The text contains characters that could not be read."),
        ({"kind": "spam"}, "/kind", "Please choose one of the options."),
        ({"kind": {"$ne": 1}}, "/kind", "Please choose one of the options."),
        ({"email": "x" * 255}, "/email", "Please use at most 254 characters."),
        ({"email": "{nobody}"}, "/email", "Please enter an e-mail address such as name@example.org."),
        ({"phone": {}}, "/phone", "Please check this field."),
        ({"language": "de"}, "/language", "Please choose one of the options."),
        ({"hide_identity": "yes"}, "/hide_identity", "Please check this field."),
        ({"privacy_notice_accepted": False}, "/privacy_notice_accepted", "Please choose one of the options."),
        ({"priority": "high"}, "/priority", "Please check this field."),
        ({"a/b~c": 1}, "/a~1b~0c", "Please check this field."),
        ({"\ud800": 1}, "", "Please check this field."),
    ],
)
async def test_a_problem_names_every_invalid_field(
    api: httpx2.AsyncClient, database: Database, different: dict[str, Any], pointer: str, english: str
) -> None:
    body = json.dumps(example.API_MESSAGE | different).encode()
    refused = await api.post(URL, content=body, headers={"content-type": "application/json"})
    assert problem(refused)["status"] == 422
    (error,) = problem(refused)["errors"]
    assert error["pointer"] == pointer
    assert error["detail"].startswith(english)
    assert await database["messages"].count_documents({}) == 0


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"null", "application/json"),
        (b"[]", "application/json"),
        (b'"x"', "application/json"),
        (b"NaN", "application/json"),
        (b'{"text": "\xff\xfe"}', "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'{"a":' * 30_000, "application/json"),
        (b"[" * 100_000 + b"]" * 100_000, "application/json"),
        (b'{"kind": ' + b"9" * 5000 + b"}", "application/json"),
        (json.dumps(example.API_MESSAGE).encode(), "text/plain"),
        (json.dumps(example.API_MESSAGE).encode(), "application/x-www-form-urlencoded"),
        (json.dumps(example.API_MESSAGE).encode(), "multipart/form-data; boundary=x"),
        (json.dumps(example.API_MESSAGE).encode(), "\xff"),
    ],
)
async def test_what_is_not_a_message_in_json_is_refused(
    api: httpx2.AsyncClient, database: Database, body: bytes, content_type: str
) -> None:
    refused = await api.post(URL, content=body, headers=[(b"content-type", content_type.encode("latin-1"))])
    assert problem(refused)["status"] in (400, 415, 422)
    assert await database["messages"].count_documents({}) == 0


async def test_a_body_that_is_far_too_large_is_refused(api: httpx2.AsyncClient, database: Database) -> None:
    refused = await api.post(URL, json=example.API_MESSAGE | {"text": "x" * 300_000})
    assert problem(refused)["status"] == 413
    assert await database["messages"].count_documents({}) == 0


@pytest.mark.parametrize("key", ["", "k1", "k" * 21, "k" * 256, " " * 30, "ğ" * 5])
async def test_a_key_that_could_be_guessed_or_is_too_long_is_refused(
    api: httpx2.AsyncClient, database: Database, key: str
) -> None:
    headers = [(b"idempotency-key", key.encode())]
    refused = await api.post(URL, json=example.API_MESSAGE, headers=headers)
    assert problem(refused)["status"] == 400
    assert "22 to 255 characters" in problem(refused)["detail"]
    assert await database["messages"].count_documents({}) == 0


async def test_an_unknown_code_is_a_problem_in_the_callers_language(api: httpx2.AsyncClient) -> None:
    english = await api.get(f"{URL}/AAAAA")
    turkish = await api.get(f"{URL}/AAAAA", headers={"accept-language": "tr"})
    assert problem(english)["title"] == "No message has this code"
    assert problem(turkish)["title"] == "Bu takip koduyla kayıtlı başvuru yok"


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/v1/nothing"), ("DELETE", URL), ("GET", URL)])
async def test_an_address_that_the_api_does_not_have_is_a_problem(
    api: httpx2.AsyncClient, method: str, path: str
) -> None:
    assert problem(await api.request(method, path))["status"] in (404, 405)


async def test_the_api_says_so_while_the_database_is_away(make: Make, visit: Visit) -> None:
    api = visit(make("intake", mongodb_url=AWAY)).client
    posted, asked = await asyncio.gather(api.post(URL, json=example.API_MESSAGE), api.get(f"{URL}/AAAAA"))
    assert problem(posted)["title"] == problem(asked)["title"] == "Kayıtlarımıza şu anda ulaşılamıyor"
    assert (posted.status_code, asked.status_code) == (503, 503)


def problem(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == answer.status_code
    return body


async def test_a_message_with_thousands_of_fields_is_one_error(api: httpx2.AsyncClient) -> None:
    refused = await api.post(URL, json=example.API_MESSAGE | {f"field{n}": 1 for n in range(5_000)})
    assert problem(refused)["status"] == 422
    assert problem(refused)["errors"] == [{"pointer": "", "detail": "Please check this field."}]
