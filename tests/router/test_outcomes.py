"""What an officer is told after acting on a case: that it was done, or what a colleague did meanwhile."""

from typing import Any

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.cases.domain.case import Case
from services.router.cases.domain.routing import letter_failed, route, view
from services.router.cases.store.cases import Cases
from shared.documents import Database
from shared.events import AssignmentViewed, LetterFailed
from tests import examples as example
from tests.conftest import Visit
from tests.router.desk import announced, directory, keeps, kept, log_in, send, shown, types

CHANGED = "This case has changed since you opened the page."
ROUTING = ("routing", {"units": ["yitdb"], "note": "Lütfen acele ediniz."}, "The case was routed.")
CLOSURE = ("closure", {"reason": "duplicate", "explanation": "Daha önce yazmışsınız."}, "The case was closed.")
REVIEW = ("review", {"answer": "Isıtma onarılmıştır.", "waived_because": "Acele."}, "The answer was approved")
RECALL = ("recall", {"reason": "Yanlış birime gitti."}, "The assignment was recalled.")
RETURN = ("return", {"reason": "Tarih de yazınız."}, "The reply was returned")
ACTS = pytest.mark.parametrize(("act", "fields", "said"), [ROUTING, CLOSURE, REVIEW, RECALL, RETURN])


async def at(officer: Browser, database: Database, act: str) -> tuple[Case, str]:
    """The officer looks at the form of an act; the case is at the library, or waits for the check of its reply."""
    await directory(database, example.LIBRARY, example.WORKS, example.LIBRARY.model_copy(update={"code": "sks"}))
    case = await kept(database, example.replied_case() if act == "return" else example.routed_case())
    assignment = f"/cases/{case.id}/assignments/{case.assignments[0].id}"
    action = f"{assignment}/{act}" if act in ("recall", "return") else f"/cases/{case.id}/{act}"
    await officer.open(f"/cases/{case.id}" if act == "routing" else action)
    return case, action


async def routed_by_a_colleague(database: Database, case: Case) -> Case:
    """The case after somebody else has routed it to another unit."""
    sks = example.LIBRARY.model_copy(update={"code": "sks", "name_en": "Health Culture and Sports"})
    given: dict[str, Any] = {"ids": ["a2"], "text": "Metin.", "note": "Not.", "share_identity": False}
    more, _ = route(case, [sks], **given, due_at=example.NOW, by=example.officer(name="Ali Demir"), now=example.NOW)
    return await Cases(database).save(more)


@ACTS
async def test_an_act_is_confirmed_once(
    officer: Browser, database: Database, act: str, fields: dict[str, Any], said: str
) -> None:
    case, action = await at(officer, database, act)
    assert said in await officer.submit(action, **fields)
    assert said not in await officer.open(f"/cases/{case.id}")


async def test_an_act_is_confirmed_on_its_own_case_alone(officer: Browser, database: Database) -> None:
    other = await kept(database, example.case())
    case, action = await at(officer, database, "routing")
    answer = await officer.client.post(
        action, data=officer.form(action).fields | {"units": ["yitdb"]}, follow_redirects=False
    )
    assert answer.status_code == 303
    assert "The case was routed." not in await officer.open(f"/cases/{other.id}")
    assert "The case was routed." in await officer.open(f"/cases/{case.id}")


@pytest.mark.parametrize("cookie", ["", "nothing", "<b>routed</b>", "x" * 3000])
async def test_a_confirmation_that_nobody_gave_is_not_shown(officer: Browser, database: Database, cookie: str) -> None:
    case = await kept(database, example.case())
    officer.client.cookies.set("done", cookie)
    page = await officer.open(f"/cases/{case.id}")
    assert "was routed" not in page
    assert "<b>" not in officer.html


@ACTS
async def test_who_decides_on_an_older_state_is_told_what_a_colleague_did_and_keeps_the_text(
    officer: Browser, database: Database, act: str, fields: dict[str, Any], said: str
) -> None:
    case, action = await at(officer, database, act)
    changed = await routed_by_a_colleague(database, case)
    answer = await send(officer, action, **fields)
    page = shown(answer)
    assert (answer.status_code, CHANGED in page, "Meanwhile:" in page) == (409, True, True)
    assert all(part in page for part in ("Routed to the unit", "Health Culture and Sports", "Ali Demir"))
    assert all(keeps(answer, text) for text in fields.values() if isinstance(text, str))
    assert await Cases(database).get(case.id) == changed
    assert await announced(database, case.id) == []
    officer.page = answer
    again = await officer.submit(action, **fields)
    assert said in again, "sent again, it is about the case as it is now"


async def test_two_officers_who_route_at_once_make_one_routing(
    app: FastAPI, visit: Visit, officer: Browser, database: Database
) -> None:
    colleague = await log_in(visit(app, language="en"), database, email="meslektas@klu.example", id="2", name="Ali")
    case, action = await at(officer, database, "routing")
    await colleague.open(f"/cases/{case.id}")
    await officer.submit(action, units=["yitdb"])
    answer = await send(colleague, action, units=["sks"], note="Bu bizde de var.")
    assert (answer.status_code, CHANGED in shown(answer), keeps(answer, "Bu bizde de var.")) == (409, True, True)
    assert types(await announced(database, case.id)).count("assignment.requested") == 1


async def test_what_a_unit_or_a_mail_server_did_is_no_reason_to_ask_again(officer: Browser, database: Database) -> None:
    case, action = await at(officer, database, "routing")
    about: dict[str, Any] = {"message_id": case.id, "assignment_id": case.assignments[0].id}
    case = await Cases(database).save(view(case, AssignmentViewed(**about, viewed_at=example.NOW))[0])
    lost = LetterFailed(**about, letter_id="l", template="invitation", reason="550", failed_at=example.NOW)
    await Cases(database).save(letter_failed(case, lost)[0])
    assert "The case was routed." in await officer.submit(action, units=["yitdb"])


@pytest.mark.parametrize(("revision", "status"), [("", 422), ("x", 422), ("1.5", 422), ("-1", 409), ("9" * 40, 200)])
async def test_a_revision_that_means_nothing_is_no_way_in_or_out(
    officer: Browser, database: Database, revision: str, status: int
) -> None:
    _, action = await at(officer, database, "routing")
    assert (await send(officer, action, units=["yitdb"], revision=revision)).status_code == status
