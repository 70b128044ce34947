"""The pages of the desk for what units send: questions, interim replies, files, dates, holders, suggestions."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.access import Role
from services.router.cases.domain.case import Case
from services.router.cases.domain.holds import APPROVAL
from services.router.cases.domain.parts import Restriction
from services.router.cases.domain.release import hold
from services.router.cases.domain.review import pending_versions, receive_reply
from services.router.cases.domain.routing import decline
from services.router.cases.handlers import UnitHandlers
from services.router.cases.store.cases import Cases
from shared.clock import utc_now
from shared.documents import Database
from shared.events import AssignmentDeclined
from tests import examples as example
from tests.conftest import Visit
from tests.router import from_units as unit
from tests.router.desk import announced, directory, keeps, kept, log_in, send, shown, types

BY = example.officer()


async def with_unit(database: Database, case: Case | None = None) -> Case:
    """A case of which everything has come that a unit sends beside replies."""
    known = await kept(database, case or example.routed_case())
    handlers = UnitHandlers(Cases(database))
    await handlers.on_interim_submitted(example.sealed(unit.interim(known, files=[unit.unit_file()])))
    await handlers.on_question_proposed(example.sealed(unit.proposed(known)))
    await handlers.on_assignment_handed_on(example.sealed(unit.handed_on(known)))
    return await Cases(database).get(known.id)


def replied(**different: Any) -> Case:
    case = example.routed_case()
    return example.saved(receive_reply(case, example.reply_submitted(case, **different), unit.LATER)[0])


async def test_the_case_shows_what_the_unit_has_sent_and_who_holds_it(officer: Browser, database: Database) -> None:
    case = await with_unit(database)
    for view in ("question_proposed", "interim_submitted", "attention"):
        assert case.reference in await officer.open(f"/?view={view}")
    page = await officer.open(f"/cases/{case.id}")
    for said in ("Held by Mehmet Öz", "Parça sipariş edildi.", "Hangi katta?", "onarım.jpg", "Do not ask it"):
        assert said in page
    opened = await officer.client.get(f"/cases/{case.id}/files/u1", follow_redirects=False)
    assert (opened.status_code, "8003/files/u1?grant=" in opened.headers["location"]) == (303, True)


async def test_an_interim_reply_becomes_an_interim_answer_of_which_the_unit_hears(
    officer: Browser, database: Database
) -> None:
    case = await with_unit(database)
    await officer.open(f"/cases/{case.id}/interim?interim=n1")
    page = await officer.submit(f"/cases/{case.id}/interim")
    assert "Sent to the submitter on" in page
    told = await announced(database, case.id)
    assert types(told) == ["case.informed", "assignment.informed"]
    assert (told[0]["text"], told[1]["cause"]) == ("Parça sipariş edildi.", "interim_sent")


async def test_an_officer_asks_what_the_unit_wants_to_know(officer: Browser, database: Database) -> None:
    case = await with_unit(database)
    page = await officer.open(f"/cases/{case.id}/questions?proposal=s1")
    assert "What the unit wants to know" in page
    assert "Hangi katta?" in officer.form(f"/cases/{case.id}/questions").fields["text"][0]
    await officer.submit(f"/cases/{case.id}/questions", text="Kaçıncı kattaydı?")
    told = await announced(database, case.id)
    assert {"question.asked", "unit_question.decided"} <= set(types(told))
    assert [one["asked"] for one in told if one["type"] == "unit_question.decided"] == [True]
    assert "The submitter was asked." in await officer.open(f"/cases/{case.id}")


async def test_a_question_is_refused_only_with_a_reason_and_once(officer: Browser, database: Database) -> None:
    case = await with_unit(database)
    address = f"/cases/{case.id}/unit-questions/s1/refusal"
    await officer.open(address)
    missing = await send(officer, address, reason="")
    assert (missing.status_code, "why the question is not asked" in shown(missing)) == (422, True)
    await officer.open(address)
    form = officer.form(address).fields
    assert "The submitter is not asked." in await officer.submit(address, reason="Dilekçede yazıyor.")
    again = await officer.client.post(address, data=form | {"reason": ["Bir daha."]})
    assert (again.status_code, keeps(again, "Bir daha.")) == (409, True)
    told = [one for one in await announced(database, case.id) if one["type"] == "unit_question.decided"]
    assert [(one["asked"], one["reason"]) for one in told] == [(False, "Dilekçede yazıyor.")]


async def test_files_and_a_date_go_with_the_answer_as_the_officer_leaves_them(
    officer: Browser, database: Database
) -> None:
    day = utc_now() + timedelta(days=20)
    case = await kept(database, replied(files=[unit.unit_file(), unit.unit_file(id="u2")], promised_at=day))
    review = f"/cases/{case.id}/review"
    page = await officer.open(review)
    assert "The unit says that it will be done by" in page
    fields = officer.form(review).fields
    assert (fields["files"], len(fields["promised_on"][0])) == (["u1", "u2"], len("2026-12-03"))
    page = await officer.submit(review, files=["u2"], promise="Isıtma onarılacak.")
    answered = await Cases(database).get(case.id)
    assert answered.answer and [file.id for file in answered.answer.files] == ["u2"]
    assert [promise.text for promise in answered.promises] == ["Isıtma onarılacak."]
    assert "To be done by" in page and "the submitter is asked whether it was done" in page


async def test_a_promise_can_be_dropped_and_a_day_that_is_over_is_refused(officer: Browser, database: Database) -> None:
    case = await kept(database, replied(promised_at=utc_now() + timedelta(days=20)))
    review = f"/cases/{case.id}/review"
    await officer.open(review)
    over = await send(officer, review, promised_on="2020-01-01")
    assert (over.status_code, "choose a day after today" in shown(over)) == (409, True)
    assert keeps(over, "2020-01-01") and await announced(database, case.id) == []
    await officer.open(review)
    await officer.submit(review, promised_on="")
    assert (await Cases(database).get(case.id)).promises == ()


async def test_a_colleague_who_approves_sees_the_files_and_the_date(officer: Browser, database: Database) -> None:
    case = replied(files=[unit.unit_file()])
    payload = {"answer": "Onarılacak.", "versions": sorted(pending_versions(case)), "waived_because": ""}
    beside = {"files": ["u1"], "promised_for": (utc_now() + timedelta(days=9)).isoformat(), "promise": "Onarım"}
    other = example.officer(id="o2", name="Ali Demir")
    waiting = await kept(database, example.saved(hold(case, APPROVAL, payload | beside, example.NOW, other)))
    page = await officer.open(f"/cases/{waiting.id}/approval")
    for said in ("Files that go with the answer", "onarım.jpg", "To be done by", "Onarım"):
        assert said in page


async def test_the_unit_that_another_one_names_is_offered_first(officer: Browser, database: Database) -> None:
    await directory(database, example.LIBRARY, example.WORKS)
    routed = example.routed_case()
    told: dict[str, Any] = {"reason": "Değil.", "by": "F.", "declined_at": unit.LATER, "suggested_code": "yitdb"}
    declined = AssignmentDeclined(message_id=routed.id, assignment_id=routed.assignments[0].id, **told)
    case = await kept(database, example.saved(decline(routed, declined, unit.LATER)[0]))
    page = await officer.open(f"/cases/{case.id}")
    assert "suggested by the unit that handed it back" in page
    assert page.index("yitdb@klu.example · suggested") < page.rindex("kddb@klu.example")


@pytest.mark.parametrize(
    "page", ["questions?proposal=s1", "unit-questions/s1/refusal", "interim?interim=n1", "files/u1"]
)
async def test_nothing_of_a_restricted_case_is_shown_to_others(officer: Browser, database: Database, page: str) -> None:
    closed = Restriction(why="health", to=("somebody-else",), at=example.NOW)
    case = await with_unit(database, example.routed_case().model_copy(update={"restriction": closed}))
    assert (await officer.client.get(f"/cases/{case.id}/{page}")).status_code == 404


async def test_an_auditor_reads_and_decides_nothing(app: FastAPI, visit: Visit, database: Database) -> None:
    auditor = await log_in(visit(app, language="en"), database, role=Role.AUDITOR)
    case = await with_unit(database)
    page = await auditor.open(f"/cases/{case.id}")
    assert "Hangi katta?" in page and "Do not ask it" not in page and "Send it as an interim answer" not in page
    assert (await auditor.client.get(f"/cases/{case.id}/unit-questions/s1/refusal")).status_code == 403
