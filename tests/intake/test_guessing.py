"""Who guesses tracking codes is slowed down and learns nothing; a right code opens for its owner, whoever guesses."""

import re
from datetime import timedelta

import pytest

from scripts.browser import Browser
from services.intake.domain.codes import ALPHABET, tracking_code
from services.intake.store import Messages
from shared.clock import utc_now
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make, Visit
from tests.forms import send

TRIES = 30


@pytest.fixture
async def citizen(make: Make, visit: Visit, database: Database) -> Browser:
    await Messages(database).prepare()
    return visit(make("intake"))


@pytest.fixture
async def code(database: Database) -> str:
    await Messages(database).add(message := example.message())
    return tracking_code(example.SECRET, message.id)


def wrong(number: int) -> str:
    """A code that opens nothing: its last five characters count."""
    letters = "".join(ALPHABET[number >> 5 * i & 31] for i in range(4))
    return f"AAAAA-BBBBB-CCCCC-D{letters}"


def told(page: str, code: str) -> str:
    """What an answer says, without the code that was asked for and the token of the form."""
    return re.sub(r'name="csrf" value="[^"]*"', "", page.replace(code, "CODE"))


async def test_of_a_thousand_wrong_codes_all_are_answered_alike_none_opens_and_the_right_one_does(
    citizen: Browser, code: str
) -> None:
    answers = [(await citizen.client.get(f"/t/{wrong(n)}"), wrong(n)) for n in range(1_000)]
    assert {(answer.status_code, told(answer.text, sent)) for answer, sent in answers[:TRIES]} == {
        (404, told(answers[0][0].text, wrong(0)))
    }
    assert {(answer.status_code, answer.content) for answer, _ in answers[TRIES:]} == {(429, answers[-1][0].content)}
    assert answers[-1][0].headers["retry-after"] == "600"
    assert (await citizen.client.get(f"/t/{code}")).status_code == 200
    assert (await citizen.client.get(f"/api/v1/messages/{code}")).status_code == 200


async def test_every_way_to_try_a_code_counts(citizen: Browser, code: str) -> None:
    for n in range(0, TRIES, 3):
        await citizen.client.get(f"/t/{wrong(n)}/submitted")
        await citizen.client.get(f"/api/v1/messages/{wrong(n + 1)}")
        await citizen.open("/t")
        await send(citizen, "/t", code=wrong(n + 2))
    await citizen.open("/t")
    page = citizen.page
    entered = await send(citizen, "/t", code=wrong(TRIES))
    program = await citizen.client.get(f"/api/v1/messages/{wrong(TRIES)}")
    assert (entered.status_code, program.status_code) == (429, 429)
    assert "Doğru kod her zaman geçerlidir" in entered.text
    assert program.headers["content-type"] == "application/problem+json"
    citizen.page = page
    assert (await send(citizen, "/t", code=code)).status_code == 200


async def test_ten_minutes_later_a_wrong_code_is_explained_again(make: Make, visit: Visit) -> None:
    citizen = visit(app := make("intake", wrong_codes=1))
    assert [(await citizen.client.get(f"/t/{wrong(n)}")).status_code for n in range(3)] == [404, 429, 429]
    app.state.clock = lambda: utc_now() + timedelta(minutes=11)
    assert (await citizen.client.get(f"/t/{wrong(3)}")).status_code == 404


async def test_what_is_behind_no_code_is_not_counted(make: Make, visit: Visit) -> None:
    citizen = visit(make("intake", wrong_codes=1))
    assert [(await citizen.client.get(f"/nothing/{n}")).status_code for n in range(3)] == [404] * 3


async def test_without_a_limit_every_wrong_code_is_explained(make: Make, visit: Visit) -> None:
    citizen = visit(make("intake", wrong_codes=0))
    assert {(await citizen.client.get(f"/t/{wrong(n)}")).status_code for n in range(TRIES + 5)} == {404}
