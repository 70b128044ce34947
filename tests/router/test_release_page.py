"""Sent, and taken back: what the officer sees of an answer or a closing that is held."""

import asyncio
import re

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.cases.domain.case import Case
from services.router.cases.domain.holds import interrupted
from services.router.cases.domain.states import CaseState
from services.router.cases.store.cases import Cases
from shared.clock import utc_now
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make, Visit
from tests.router.desk import announced, kept, log_in, send, shown

ANSWER = "Sayın Deniz Kaya,\n\nIsıtma sistemi bugün onarılmıştır."


@pytest.fixture
def app(make: Make) -> FastAPI:
    """A desk on which an answer can be taken back for a minute."""
    return make("router", undo_seconds=60)


async def answered(officer: Browser, database: Database) -> Case:
    """A case whose answer the officer has just sent."""
    case = await kept(database, example.replied_case())
    await officer.open(f"/cases/{case.id}/review")
    await officer.submit(f"/cases/{case.id}/review", answer=ANSWER)
    return case


async def test_a_sent_answer_says_how_long_it_can_be_taken_back_and_owes_nothing(
    officer: Browser, database: Database
) -> None:
    case = await answered(officer, database)
    page = await officer.open(f"/cases/{case.id}")
    assert "The answer is being sent." in page
    assert re.search(r"It can be taken back for (60|[345]\d) seconds\.", page)
    assert "Check the reply" not in page
    assert await announced(database, case.id) == []


async def test_taken_back_the_answer_is_open_again_with_its_text(officer: Browser, database: Database) -> None:
    case = await answered(officer, database)
    page = await officer.submit(f"/cases/{case.id}/release")
    assert "nothing was sent" in page
    assert ANSWER in officer.form(f"/cases/{case.id}/review").fields["answer"][0]
    assert (await Cases(database).get(case.id)).held is None
    assert "nothing was sent" not in await officer.open(f"/cases/{case.id}/review")


async def test_taking_back_twice_is_told(officer: Browser, database: Database) -> None:
    case = await answered(officer, database)
    answers = await asyncio.gather(*(send(officer, f"/cases/{case.id}/release") for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert "This can no longer be taken back" in shown(max(answers, key=lambda answer: answer.status_code))


async def test_a_closing_is_taken_back_with_its_reason_and_its_sentence(officer: Browser, database: Database) -> None:
    case = await kept(database, example.case())
    closure = f"/cases/{case.id}/closure"
    await officer.open(closure)
    page = await officer.submit(closure, reason="duplicate", explanation="Aynı başvuru daha önce iletilmiştir.")
    assert "The case is being closed." in page
    await officer.submit(f"/cases/{case.id}/release")
    fields = officer.form(closure).fields
    assert (fields["reason"], fields["explanation"]) == (["duplicate"], ["Aynı başvuru daha önce iletilmiştir."])
    assert (await Cases(database).get(case.id)).state is CaseState.NEW


async def test_a_colleague_sees_it_too_and_cannot_answer_meanwhile(
    app: FastAPI, visit: Visit, officer: Browser, database: Database
) -> None:
    colleague = await log_in(visit(app, language="en"), database, id="meslektas@klu.example", name="Ali Demir")
    case = await kept(database, example.replied_case())
    review = f"/cases/{case.id}/review"
    await officer.open(review)
    await colleague.open(review)
    await officer.submit(review, answer=ANSWER)
    answer = await send(colleague, review, answer=ANSWER + " 2")
    assert (answer.status_code, "is on its way" in shown(answer)) == (409, True)
    assert ANSWER + " 2" in answer.text
    assert "It can be taken back" in await colleague.open(f"/cases/{case.id}")


async def test_an_answer_that_something_new_has_stopped_is_shown_with_a_way_on(
    officer: Browser, database: Database
) -> None:
    case = await answered(officer, database)
    cases = Cases(database)
    await cases.save(interrupted(await cases.get(case.id), utc_now()))
    assert "The answer was not sent" in await officer.open(f"/cases/{case.id}")
    await officer.open(f"/cases/{case.id}/review")
    assert ANSWER in officer.form(f"/cases/{case.id}/review").fields["answer"][0]


async def test_the_sentence_of_a_case_says_nothing_of_an_answer_that_was_taken_back(
    officer: Browser, database: Database
) -> None:
    case = await answered(officer, database)
    assert "It goes out at" in await officer.open(f"/cases/{case.id}")
    await officer.submit(f"/cases/{case.id}/release")
    page = await officer.open(f"/cases/{case.id}")
    assert "It goes out at" not in page
    assert "Please check the reply" in page


async def test_each_answer_that_was_sent_together_can_be_taken_back_alone(officer: Browser, database: Database) -> None:
    case, other = await kept(database, example.case()), await kept(database, example.case())
    together = f"/cases/{case.id}/together"
    await officer.open(together)
    page = await officer.submit(together, cases=[f"{one.id}@{one.revision}" for one in (case, other)], answer=ANSWER)
    assert "it can be taken back on the page of each case" in page
    assert [await announced(database, one.id) for one in (case, other)] == [[], []]
    await officer.submit(f"/cases/{case.id}/release")
    assert (await Cases(database).get(case.id)).held is None
    assert (await Cases(database).get(other.id)).held
    await officer.open(together)
    assert case.reference in officer.html
    assert f"{other.id}@" not in officer.html, "what is held is not offered"
