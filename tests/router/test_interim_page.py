"""Interim answers: the submitter is told how things stand, and the case stays open."""

import asyncio

import pytest

from scripts.browser import Browser
from services.router.cases.domain.interim import inform
from services.router.cases.store.cases import Cases
from shared.documents import Database
from shared.refused import Refused
from tests import examples as example
from tests.router.desk import announced, keeps, kept, send, shown, types

TEXT = "Başvurunuz incelenmektedir, kesin cevap 12.12.2026 tarihine kadar verilecektir."


async def test_an_interim_answer_is_owed_and_the_case_stays_where_it_is(officer: Browser, database: Database) -> None:
    case = await kept(database, example.routed_case())
    await officer.open(f"/cases/{case.id}/interim")
    page = await officer.submit(f"/cases/{case.id}/interim", answer=TEXT)
    (event,), after = await announced(database, case.id), await Cases(database).get(case.id)
    assert (event["type"], event["text"], event["revision"]) == ("case.informed", TEXT, case.revision + 1)
    assert (after.state, after.assignments, [told.text for told in after.informed]) == (
        case.state,
        case.assignments,
        [TEXT],
    )
    assert "The interim answer was sent" in page


async def test_sent_twice_it_goes_once(officer: Browser, database: Database) -> None:
    case = await kept(database, example.routed_case())
    interim = f"/cases/{case.id}/interim"
    await officer.open(interim)
    answers = await asyncio.gather(*(send(officer, interim, answer=TEXT) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    slower = max(answers, key=lambda answer: answer.status_code)
    assert keeps(slower, TEXT)
    assert types(await announced(database, case.id)) == ["case.informed"]


async def test_the_letter_is_shown_and_nothing_is_sent(officer: Browser, database: Database) -> None:
    case = await kept(database, example.routed_case())
    await officer.open(f"/cases/{case.id}/interim")
    answer = await send(officer, f"/cases/{case.id}/interim", answer=TEXT, look="yes")
    assert (answer.status_code, shown(answer).count(TEXT)) == (200, 2)
    assert await announced(database, case.id) == []


def test_a_finished_case_gets_none() -> None:
    with pytest.raises(Refused, match="answered or closed already"):
        inform(example.answered_case(), TEXT, example.officer(), example.NOW)
