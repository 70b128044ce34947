"""A message with a proof of work is taken at once, without one it is confirmed; far too many wait, and none is lost."""

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.browser import Browser
from scripts.people import solve, solved
from services.intake.admission import FAR_OVER, SHOWN_FOR
from services.intake.store import Messages
from shared.clock import utc_now
from shared.documents import Database
from shared.web.proof import Proofs, Unproved
from tests import examples as example
from tests.conftest import Make, Visit
from tests.forms import send, submitted

COST = 8
"""Keys: a proof that takes milliseconds."""
Ask = Callable[..., FastAPI]


class Clock:
    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


@pytest.fixture
async def intake(make: Make, database: Database) -> Ask:
    """An intake that asks for a proof of work, with a clock that can be put forward."""
    await Messages(database).prepare()

    def made(**different: Any) -> FastAPI:
        app = make("intake", **{"proof_cost": COST} | different)
        app.state.clock = Clock()
        return app

    return made


async def stored(database: Database) -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = await database["messages"].find().sort("submitted_at", 1).to_list(None)
    return documents


async def write(citizen: Browser, **different: Any) -> Any:
    """Send a new form, with the proof that a browser would have computed."""
    await citizen.open("/")
    return await send(citizen, "/", **example.MESSAGE_FORM | await solved(citizen) | different)


async def confirm(app: FastAPI, citizen: Browser, after: timedelta = SHOWN_FOR) -> Any:
    app.state.clock.ahead += after
    return await send(citizen, "/", step="send")


async def test_a_message_with_a_proof_is_taken_at_once_and_has_no_doubts(
    intake: Ask, visit: Visit, database: Database
) -> None:
    citizen = visit(intake())
    await write(citizen)
    assert citizen.path.endswith("/submitted")
    (document,) = await stored(database)
    assert document["doubts"] == []
    assert len(document["proof"]) == 32


async def test_a_message_without_a_proof_is_confirmed_on_a_second_page_and_marked(
    intake: Ask, visit: Visit, database: Database
) -> None:
    citizen = visit(app := intake())
    answer = await write(citizen, proof="")
    assert answer.status_code == 200
    assert example.MESSAGE_FORM["text"] in answer.text
    assert await stored(database) == []
    await confirm(app, citizen)
    assert citizen.path.endswith("/submitted")
    (document,) = await stored(database)
    assert document["doubts"] == ["no_proof"]
    assert {name: document["submission"][name] for name in ("text", "name", "email")}.items() <= (
        example.MESSAGE_FORM.items()
    )
    assert example.unpublished_data(example.told(document)[0])["doubts"] == ["no_proof"]


@pytest.mark.parametrize("after", [timedelta(), timedelta(hours=13)])
async def test_a_confirmation_that_comes_at_once_or_much_too_late_is_asked_for_again(
    intake: Ask, visit: Visit, database: Database, after: timedelta
) -> None:
    citizen = visit(app := intake())
    await write(citizen, proof="")
    assert "çok kısa sürede gönderildi" in (await confirm(app, citizen, after)).text or after
    assert await stored(database) == []
    await confirm(app, citizen)
    assert len(await stored(database)) == 1


async def test_a_confirmation_is_for_one_form_alone(intake: Ask, visit: Visit, database: Database) -> None:
    citizen = visit(app := intake())
    await write(citizen, proof="")
    shown = submitted(citizen, "/")["shown"]
    await confirm(app, citizen)
    await write(citizen, proof="", shown=shown)
    assert len(await stored(database)) == 1
    await write(citizen, proof="", once="", shown=shown)
    assert len(await stored(database)) == 1


@pytest.mark.parametrize("bad", ["x", "e30=", "{}", "null", "ğ", base64.b64encode(b'{"challenge": 1}').decode()])
async def test_what_is_no_proof_is_asked_for_again_with_the_form_kept(
    intake: Ask, visit: Visit, database: Database, bad: str
) -> None:
    citizen = visit(intake())
    answer = await write(citizen, proof=bad)
    assert answer.status_code == 409
    assert submitted(citizen, "/")["text"] == example.MESSAGE_FORM["text"]
    assert submitted(citizen, "/")["proof"] == ""
    assert await stored(database) == []
    await send(citizen, "/", **await solved(citizen))
    assert len(await stored(database)) == 1


async def test_an_expired_proof_is_asked_for_again_with_the_form_kept(
    intake: Ask, visit: Visit, database: Database
) -> None:
    citizen = visit(app := intake())
    app.state.clock.ahead = -timedelta(minutes=31)  # the challenge is of that time
    answer = await write(citizen)
    app.state.clock.ahead = timedelta()
    assert (answer.status_code, await stored(database)) == (409, [])
    assert "Yazdıklarınız korunmuştur" in answer.text
    await send(citizen, "/", **await solved(citizen))
    assert len(await stored(database)) == 1


async def test_a_proof_is_used_once(intake: Ask, visit: Visit, database: Database) -> None:
    citizen = visit(intake())
    await citizen.open("/")
    proof = await solved(citizen)
    await write(citizen, **proof)
    replayed = await write(citizen, **proof, text="Bir başka başvurunun metni.")
    assert replayed.status_code == 409
    assert submitted(citizen, "/")["text"] == "Bir başka başvurunun metni."
    await send(citizen, "/", **await solved(citizen))
    assert len({document["proof"] for document in await stored(database)}) == 2


async def test_the_same_form_with_the_same_proof_twice_is_one_message(
    intake: Ask, visit: Visit, database: Database
) -> None:
    citizen = visit(intake())
    await citizen.open("/")
    page, proof = citizen.page, await solved(citizen)
    await send(citizen, "/", **example.MESSAGE_FORM | proof)
    first, citizen.page = citizen.path, page
    await send(citizen, "/", **example.MESSAGE_FORM | proof)
    assert citizen.path == first
    assert len(await stored(database)) == 1


async def test_a_proof_of_another_service_or_with_another_challenge_counts_for_nothing() -> None:
    ours, theirs = Proofs(example.SECRET, COST), Proofs("another secret", COST)
    with pytest.raises(Unproved):
        ours.check(await solution(theirs))
    forged = json.loads(base64.b64decode(await solution(ours)))
    forged["challenge"]["parameters"] |= {"cost": 1, "keyPrefix": "", "expiresAt": 9_999_999_999}
    with pytest.raises(Unproved):
        ours.check(base64.b64encode(json.dumps(forged).encode()).decode())


JSON: st.SearchStrategy[Any] = (
    st.none() | st.text(max_size=20) | st.floats() | st.lists(st.integers()) | st.just({"parameters": {}})
)
NAMES = ("algorithm", "nonce", "salt", "cost", "expiresAt", "data")
CHALLENGE = st.fixed_dictionaries({"parameters": st.fixed_dictionaries(dict.fromkeys(NAMES, JSON)), "signature": JSON})


@settings(max_examples=40)
@given(st.text() | st.fixed_dictionaries({"challenge": CHALLENGE | JSON, "solution": JSON}))
def test_nothing_that_is_sent_for_a_proof_is_an_error(sent: Any) -> None:
    given = sent if isinstance(sent, str) else base64.b64encode(json.dumps(sent).encode()).decode()
    with pytest.raises(Unproved):
        Proofs(example.SECRET, COST).check(given)


async def test_where_no_proof_is_asked_for_there_is_no_challenge(make: Make, visit: Visit) -> None:
    citizen = visit(make("intake"))
    await citizen.open("/")
    assert "proof" not in citizen.form("/").fields
    assert (await citizen.client.get("/proof")).status_code == 404


async def test_who_fills_in_what_nobody_sees_is_taken_and_marked(make: Make, visit: Visit, database: Database) -> None:
    citizen = visit(make("intake"))
    await write(citizen, website="https://shop.example")
    assert [document["doubts"] for document in await stored(database)] == [["honeypot"]]


async def test_more_than_usual_from_one_client_is_taken_and_marked_and_far_more_waits(
    intake: Ask, visit: Visit, database: Database
) -> None:
    citizen = visit(app := intake(form_per_client_hour=1, form_per_address_hour=0))
    for _ in range(FAR_OVER):
        await write(citizen, text="Isıtma çalışmıyor.")
    assert [document["doubts"] for document in await stored(database)] == [[], *[["rate"]] * (FAR_OVER - 1)]
    answer = await write(citizen, text="Bir de klima çalışmıyor.")
    assert answer.status_code == 429
    assert 3_500 < int(answer.headers["retry-after"]) <= 3_600
    assert submitted(citizen, "/")["text"] == "Bir de klima çalışmıyor."
    assert len(await stored(database)) == FAR_OVER
    app.state.clock.ahead += timedelta(seconds=int(answer.headers["retry-after"]) + 60)
    await send(citizen, "/", proof="")
    await confirm(app, citizen)
    assert (await stored(database))[-1]["submission"]["text"] == "Bir de klima çalışmıyor."


async def test_who_has_no_proof_makes_nobody_wait_who_has_one(intake: Ask, visit: Visit, database: Database) -> None:
    citizen = visit(app := intake(form_per_client_hour_unproved=1, form_per_address_hour=0))
    for _ in range(FAR_OVER):
        await write(citizen, proof="")
        await confirm(app, citizen)
    await write(citizen, proof="")
    assert (await confirm(app, citizen)).status_code == 429
    app.state.clock.ahead = timedelta()
    await write(citizen, text="Isıtma çalışmıyor.")
    assert citizen.path.endswith("/submitted")
    assert len(await stored(database)) == FAR_OVER + 1


async def test_many_messages_with_one_address_are_marked_and_none_waits(
    make: Make, visit: Visit, database: Database
) -> None:
    citizen = visit(make("intake", form_per_address_hour=2))
    for email in ["Deniz.Kaya@example.org", *["deniz.kaya@example.org"] * 3, "baska@example.org"]:
        await write(citizen, email=email, text="Isıtma çalışmıyor.")
    assert [document["doubts"] for document in await stored(database)] == [[], [], ["rate"], ["rate"], []]


async def test_one_text_from_several_senders_is_marked_and_from_one_it_is_not(
    make: Make, visit: Visit, database: Database
) -> None:
    citizen = visit(make("intake"))
    await Messages(database).prepare()
    for sender in ("a", "a", "a", "b", "c"):
        await write(citizen, email=f"{sender}@example.org")
    assert [document["doubts"] for document in await stored(database)] == [[], [], [], [], ["repeated"]]


async def test_limits_that_are_zero_are_none(make: Make, visit: Visit, database: Database) -> None:
    off = {"form_per_client_hour": 0, "form_per_client_hour_unproved": 0, "form_per_address_hour": 0}
    citizen = visit(make("intake", **off))
    for n in range(FAR_OVER + 2):
        await write(citizen, email=f"{n}@example.org")
    assert {tuple(document["doubts"]) for document in await stored(database)} == {()}


async def test_a_program_may_send_a_proof_and_is_marked_without_one(
    intake: Ask, visit: Visit, database: Database
) -> None:
    client = visit(intake()).client
    proof = await solution(Proofs(example.SECRET, COST))
    taken = await client.post("/api/v1/messages", json=example.API_MESSAGE | {"proof": proof})
    replayed = await client.post("/api/v1/messages", json=example.API_MESSAGE | {"proof": proof})
    wrong = await client.post("/api/v1/messages", json=example.API_MESSAGE | {"proof": "x"})
    without = await client.post("/api/v1/messages", json=example.API_MESSAGE)
    assert [answer.status_code for answer in (taken, replayed, wrong, without)] == [202, 422, 422, 202]
    assert [document["doubts"] for document in await stored(database)] == [[], ["no_proof"]]


async def test_a_program_that_sends_far_too_much_waits(make: Make, visit: Visit, database: Database) -> None:
    client = visit(make("intake", form_per_client_hour=1)).client
    for _ in range(FAR_OVER):
        assert (await client.post("/api/v1/messages", json=example.API_MESSAGE)).status_code == 202
    refused = await client.post("/api/v1/messages", json=example.API_MESSAGE)
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert int(refused.headers["retry-after"]) > 3_500
    assert len(await stored(database)) == FAR_OVER


async def solution(proofs: Proofs) -> str:
    return await solve(proofs.challenge(utc_now()))
