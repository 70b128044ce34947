"""Closing a case, with or without a word to the person who wrote."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from scripts.browser import Browser
from services.router.cases.domain.states import AssignmentState, CaseState, ClosureReason
from services.router.cases.store.cases import Cases
from shared.closures import EXPLANATIONS
from shared.documents import Database
from tests import examples as example
from tests.router.desk import announced, keeps, kept, send, shown, types


async def test_a_case_is_closed_with_an_explanation_for_the_citizen(officer: Browser, database: Database) -> None:
    case = await kept(database, example.routed_case())
    await officer.open(f"/cases/{case.id}/closure")
    page = await officer.submit(f"/cases/{case.id}/closure", reason="not_responsible", explanation="Belediyenin işi.")
    closed, events = await Cases(database).get(case.id), await announced(database, case.id)
    assert (closed.state, closed.closure_reason) == (CaseState.CLOSED, ClosureReason.NOT_RESPONSIBLE)
    assert closed.assignments[0].state is AssignmentState.RECALLED
    assert types(events) == ["case.closed", "assignment.recalled", "case.progressed"]
    assert (events[0]["explanation"], events[0]["submitter"]["name"]) == ("Belediyenin işi.", "Deniz Kaya")
    assert events[0]["assignment_ids"] == [case.assignments[0].id]
    assert "Not a matter of the institution" in page


async def test_who_closes_a_case_sees_first_which_units_are_no_longer_asked(
    officer: Browser, database: Database
) -> None:
    asked = await kept(database, example.half_replied_case())
    page = await officer.open(f"/cases/{asked.id}/closure")
    still, replied = (one for one in sorted(asked.assignments, key=lambda one: not one.open))
    assert f"told by e-mail: {still.unit.name_en}" in page
    assert replied.unit.name_en not in page
    assert "A reply of a unit waits for review. It is not sent to the submitter." in page
    unasked = await kept(database, example.case(id=str(uuid4()), reference="26-7KX4-9R"))
    page = await officer.open(f"/cases/{unasked.id}/closure")
    assert "told by e-mail" not in page
    assert "waits for review" not in page


@pytest.mark.parametrize("fields", [{"reason": "spam"}, {"reason": "spam", "explanation": "Reklam."}])
async def test_a_case_is_closed_without_a_letter_when_it_is_spam(
    officer: Browser, database: Database, fields: dict[str, str]
) -> None:
    case = await kept(database, example.case())
    await officer.open(f"/cases/{case.id}/closure")
    await officer.submit(f"/cases/{case.id}/closure", **fields)
    assert "submitter" not in (await announced(database, case.id))[0]


@pytest.mark.parametrize("language", ["tr", "en", "tlh"])
@pytest.mark.parametrize("reason", [reason for reason in ClosureReason if reason is not ClosureReason.ANSWERED])
async def test_without_an_explanation_the_submitter_reads_the_usual_one_in_their_language(
    officer: Browser, database: Database, reason: ClosureReason, language: str
) -> None:
    case = await kept(database, example.case(language=language))
    await officer.open(f"/cases/{case.id}/closure")
    await officer.submit(f"/cases/{case.id}/closure", reason=reason, explanation="  ")
    told = (await announced(database, case.id))[0]["explanation"]
    assert (told == EXPLANATIONS[reason]) == (language == "en")
    assert told in officer.html
    assert len(told) > 20


async def test_units_that_were_still_asked_are_told_that_the_case_is_closed(
    officer: Browser, database: Database
) -> None:
    case = await kept(database, example.half_replied_case())
    await officer.open(f"/cases/{case.id}/closure")
    await officer.submit(f"/cases/{case.id}/closure", reason="duplicate", explanation="Sayın Kaya, ...")
    (recalled,) = [e for e in await announced(database, case.id) if e["type"] == "assignment.recalled"]
    assert (recalled["assignment_id"], recalled["cause"]) == (case.assignments[1].id, "closed")
    assert recalled["reason"] == "Mükerrer başvuru"


async def test_an_answered_case_is_closed_as_answered(officer: Browser, database: Database) -> None:
    case = await kept(database, example.answered_case())
    await officer.open(f"/cases/{case.id}/closure")
    await officer.submit(f"/cases/{case.id}/closure", reason="answered")
    assert (await Cases(database).get(case.id)).closure_reason is ClosureReason.ANSWERED
    (told,) = [event for event in await announced(database, case.id) if event["type"] == "case.closed"]
    assert (told["explanation"], "submitter" in told) == ("Başvurunuz cevaplanmış ve işlemleri tamamlanmıştır.", False)


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"reason": []}, 422, "Please choose a reason."),
        ({"reason": "nonsense"}, 422, "Please choose one of the options."),
        ({"reason": "answered"}, 409, "Only an answered case can be closed as answered"),
        ({"explanation": "x" * 10_001}, 422, "Please use at most 10,000 characters."),
        ({"explanation": "a\ufffdb"}, 422, "The text contains characters that could not be read."),
        ({"csrf": "forged"}, 422, "This page was open for a long time."),
    ],
)
async def test_a_bad_closure_is_explained_and_nothing_is_half_done(
    officer: Browser, database: Database, fields: dict[str, Any], status: int, said: str
) -> None:
    case = await kept(database, example.routed_case())
    await officer.open(f"/cases/{case.id}/closure")
    submitted = {"reason": "duplicate", "explanation": "Aynı başvuru daha önce yapılmış."} | fields
    answer = await send(officer, f"/cases/{case.id}/closure", **submitted)
    assert (answer.status_code, said in shown(answer)) == (status, True)
    assert keeps(answer, submitted["explanation"])
    assert await Cases(database).get(case.id) == case


async def test_a_case_is_closed_once(officer: Browser, database: Database) -> None:
    case = await kept(database, example.case())
    closure = f"/cases/{case.id}/closure"
    await officer.open(closure)
    submitted = {"reason": "duplicate", "explanation": "Aynı başvuru daha önce yapılmış."}
    answers = await asyncio.gather(*(send(officer, closure, **submitted) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    slower = max(answers, key=lambda answer: answer.status_code)
    assert ("This case is closed already." in shown(slower), keeps(slower, submitted["explanation"])) == (True, True)
    assert types(await announced(database, case.id)).count("case.closed") == 1
