"""Taking an assignment back."""

import pytest

from scripts.browser import Browser
from services.router.cases.domain.states import AssignmentState, CaseState
from services.router.cases.store.cases import Cases
from shared.documents import Database
from tests import examples as example
from tests.router.desk import announced, keeps, kept, send, shown, types


async def test_a_recall_takes_the_assignment_back_with_its_reason(officer: Browser, database: Database) -> None:
    case = await kept(database, example.routed_case())
    recall = f"/cases/{case.id}/assignments/{case.assignments[0].id}/recall"
    await officer.open(recall)
    page = await officer.submit(recall, reason="Yanlış birime gönderildi.")
    recalled = await Cases(database).get(case.id)
    assert (recalled.state, recalled.assignments[0].state) == (CaseState.IN_REVIEW, AssignmentState.RECALLED)
    events = await announced(database, case.id)
    assert types(events) == ["assignment.recalled", "case.progressed"]
    assert events[0]["reason"] == "Yanlış birime gönderildi."
    assert "Yanlış birime gönderildi." in page


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("", "Please say why the assignment is recalled."),
        ("ab", "The reason needs at least 3 characters."),
        ("z" * 2001, "Please use at most 2,000 characters."),
        ("Yanl\ufffd birim", "The text contains characters that could not be read."),
    ],
)
async def test_a_recall_without_a_proper_reason_is_explained(
    officer: Browser, database: Database, reason: str, said: str
) -> None:
    case = await kept(database, example.routed_case())
    recall = f"/cases/{case.id}/assignments/{case.assignments[0].id}/recall"
    await officer.open(recall)
    answer = await send(officer, recall, reason=reason)
    assert (answer.status_code, said in shown(answer), keeps(answer, reason)) == (422, True, True)
    assert await Cases(database).get(case.id) == case


async def test_a_recall_that_comes_too_late_is_explained(officer: Browser, database: Database) -> None:
    case = await kept(database, example.replied_case())
    recall = f"/cases/{case.id}/assignments/{case.assignments[0].id}/recall"
    await officer.open(recall)
    answer = await send(officer, recall, reason="Yanlış birime gönderildi.")
    assert (answer.status_code, "cannot be recalled any more" in shown(answer)) == (409, True)
    assert keeps(answer, "Yanlış birime gönderildi.")
    assert await announced(database, case.id) == []


async def test_an_assignment_of_another_case_is_not_found(officer: Browser, database: Database) -> None:
    case, other = await kept(database, example.routed_case()), await kept(database, example.routed_case())
    own = f"/cases/{case.id}/assignments/{case.assignments[0].id}/recall"
    foreign = f"/cases/{case.id}/assignments/{other.assignments[0].id}/recall"
    await officer.open(own)
    assert (await officer.client.get(foreign)).status_code == 404
    answer = await send(officer, own, url=foreign, reason="Yanlış birime gönderildi.")
    assert (answer.status_code, "This page was not found" in shown(answer)) == (404, True)
    assert await Cases(database).get(other.id) == other
