"""Four eyes: an answer waits for a colleague, unless somebody else has routed the case."""

import asyncio

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.access import Role
from services.router.cases.domain.attention import attention
from services.router.cases.domain.case import Case
from services.router.cases.domain.facets import facets
from services.router.cases.domain.release import released
from services.router.cases.domain.states import CaseState
from services.router.cases.store.cases import Cases
from shared.clock import utc_now
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make, Visit
from tests.router.desk import announced, kept, log_in, send, shown, types

ANSWER = "Sayın Deniz Kaya,\n\nIsıtma sistemi bugün onarılmıştır."


@pytest.fixture
def app(make: Make) -> FastAPI:
    """A desk with four eyes."""
    return make("router", four_eyes=True)


@pytest.fixture
async def colleague(app: FastAPI, visit: Visit, database: Database) -> Browser:
    """A supervisor who reads English."""
    different = {"id": "meslektas@klu.example", "email": "meslektas@klu.example", "name": "Ali Demir"}
    return await log_in(visit(app, language="en"), database, **different, role=Role.SUPERVISOR)


async def written(officer: Browser, database: Database, case: Case | None = None) -> Case:
    """An answer of the officer, without any routing by a colleague."""
    waiting = await kept(database, case or example.case())
    await officer.open(f"/cases/{waiting.id}/review")
    await officer.submit(f"/cases/{waiting.id}/review", answer=ANSWER)
    return await Cases(database).get(waiting.id)


async def test_an_answer_of_one_officer_alone_waits_for_a_colleague_and_for_no_time(
    officer: Browser, database: Database
) -> None:
    case = await written(officer, database)
    assert case.held
    assert (case.held.kind, case.timeline[-1].what) == ("answer_for_approval", "approval_asked")
    assert "view:four_eyes" in facets(case)
    assert released(case, utc_now()) is None
    assert await announced(database, case.id) == []
    assert "An answer waits for a colleague" in await officer.open(f"/cases/{case.id}")


async def test_an_answer_to_what_a_colleague_has_routed_goes_out(officer: Browser, database: Database) -> None:
    case = example.replied_case()
    routed = [
        entry.model_copy(update={"actor": example.officer(id="x").actor}) if entry.what == "routed" else entry
        for entry in case.timeline
    ]
    answered = await written(officer, database, case.model_copy(update={"timeline": tuple(routed)}))
    assert answered.state is CaseState.RESOLVED


async def test_its_author_may_not_approve_it_and_a_colleague_may_once(
    officer: Browser, colleague: Browser, database: Database
) -> None:
    case = await written(officer, database)
    approval = f"/cases/{case.id}/approval"
    await officer.open(approval)
    answer = await send(officer, approval, decision="approve")
    assert (answer.status_code, "A colleague has to approve it." in shown(answer)) == (409, True)
    await colleague.open(approval)
    answers = await asyncio.gather(*(send(colleague, approval, decision="approve") for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    answered = await Cases(database).get(case.id)
    assert answered.answer
    assert (answered.answer.by, answered.answer.approved_by, answered.answer.text) == (
        "Ayşe Yılmaz",
        "Ali Demir",
        ANSWER,
    )
    assert types(await announced(database, case.id)) == ["case.answered", "case.progressed"]


async def test_given_back_with_a_reason_its_author_sees_it_and_goes_on(
    officer: Browser, colleague: Browser, database: Database
) -> None:
    case = await written(officer, database)
    approval = f"/cases/{case.id}/approval"
    await colleague.open(approval)
    answer = await send(colleague, approval, decision="give_back")
    assert (answer.status_code, "Please say what is to be changed." in shown(answer)) == (409, True)
    await colleague.open(approval)
    await colleague.submit(approval, decision="give_back", reason="Tarihi de yazınız.")
    assert "given_back" in attention(await Cases(database).get(case.id))
    page = await officer.open(f"/cases/{case.id}/review")
    assert "Tarihi de yazınız." in page
    assert ANSWER in officer.form(f"/cases/{case.id}/review").fields["answer"][0]
    await officer.submit(f"/cases/{case.id}/review", answer=ANSWER + " Ek.")
    assert "given_back" not in attention(await Cases(database).get(case.id))


async def test_answered_together_each_case_waits_for_a_colleague_unless_one_has_routed_it(
    officer: Browser, database: Database
) -> None:
    case, routed = await kept(database, example.case()), example.replied_case()
    by_another = [
        entry.model_copy(update={"actor": example.officer(id="x").actor}) if entry.what == "routed" else entry
        for entry in routed.timeline
    ]
    routed = await kept(database, routed.model_copy(update={"timeline": tuple(by_another)}))
    together = f"/cases/{case.id}/together"
    await officer.open(together)
    page = await officer.submit(together, cases=[f"{one.id}@{one.revision}" for one in (case, routed)], answer=ANSWER)
    assert "a colleague has to approve the answer" in page
    waiting = await Cases(database).get(case.id)
    assert waiting.held and waiting.held.kind == "answer_for_approval"
    assert await announced(database, case.id) == []
    assert (await Cases(database).get(routed.id)).state is CaseState.RESOLVED
    assert "approves the answer, or gives it back." in await officer.open(f"/cases/{case.id}")
