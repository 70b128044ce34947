"""A case that is sent around from unit to unit: a supervisor decides where it goes."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.access import Officer, Role
from services.router.cases.domain.attention import attention
from services.router.cases.domain.case import Case
from services.router.cases.domain.routing import decline, goes_round, recall, route
from shared.documents import Database
from shared.events import AssignmentDeclined
from shared.refused import Refused
from shared.state import UnitRef
from tests import examples as example
from tests.conftest import Visit
from tests.router.desk import kept, log_in


def routed(case: Case, number: int, by: Officer | None = None) -> Case:
    """The case at one more unit."""
    at = example.NOW + timedelta(hours=number)
    unit = UnitRef(code=f"u{number}", name_tr="Birim", name_en="Unit", email="birim@klu.example")
    given: dict[str, Any] = {"text": "Metin.", "note": "", "share_identity": False, "due_at": at}
    return example.saved(route(case, [unit], ids=[f"a{number}"], **given, by=by or example.officer(), now=at)[0])


def declined(case: Case, number: int) -> Case:
    at = example.NOW + timedelta(hours=number, minutes=30)
    told = {"message_id": case.id, "assignment_id": f"a{number}", "reason": "Bizim değil.", "by": "Fatma Şahin"}
    return example.saved(decline(case, AssignmentDeclined.model_validate(told | {"declined_at": at}), at)[0])


def recalled(case: Case, number: int) -> Case:
    at = example.NOW + timedelta(hours=number, minutes=30)
    return example.saved(recall(case, f"a{number}", reason="Yanlış birim.", by=example.officer(), now=at)[0])


def test_after_the_second_decline_an_officer_routes_no_more_and_a_supervisor_does() -> None:
    case = declined(routed(example.case(), 1), 1)
    assert (goes_round(case), "ping_pong" in attention(case)) == (False, False)
    case = declined(routed(case, 2), 2)
    assert "ping_pong" in attention(case)
    with pytest.raises(Refused, match="A supervisor decides"):
        routed(case, 3)
    decided = routed(case, 3, example.officer(role=Role.SUPERVISOR))
    assert "ping_pong" not in attention(decided)


def test_after_the_third_hop_likewise() -> None:
    case = example.case()
    for number in (1, 2, 3):
        assert not goes_round(case)
        case = recalled(routed(case, number), number)
    assert "ping_pong" in attention(case)
    with pytest.raises(Refused, match="A supervisor decides"):
        routed(case, 4)


def test_units_that_are_added_later_are_no_hop() -> None:
    case = example.case()
    for number in range(1, 6):
        case = routed(case, number)
    assert not goes_round(case)


async def test_the_first_page_of_a_supervisor_names_them_and_that_of_an_officer_does_not(
    app: FastAPI, officer: Browser, visit: Visit, database: Database
) -> None:
    case = await kept(database, declined(routed(declined(routed(example.case(), 1), 1), 2), 2))
    supervisor = await log_in(
        visit(app, language="en"), database, id="s1", email="supervisor@klu.example", role=Role.SUPERVISOR
    )
    await supervisor.open("/")
    assert '<a href="/?view=ping_pong"><strong>1</strong> <span>Sent around</span>' in supervisor.html
    assert case.subject in await supervisor.open("/?view=ping_pong")
    await officer.open("/")
    assert "view=ping_pong" not in officer.html
