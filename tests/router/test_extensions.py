"""A unit asks for more time: the desk shows it, grants days or refuses, and never beyond the law by itself."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scripts.browser import Browser
from services.router.cases.domain.attention import attention
from services.router.cases.domain.case import Case
from services.router.cases.domain.extensions import BeyondTheLaw, grant, receive_request, refuse_more_time
from services.router.cases.domain.facets import facets
from services.router.cases.domain.interim import inform
from services.router.cases.domain.questions import ask
from services.router.cases.domain.stopping import stop
from services.router.cases.handlers import CaseHandlers
from services.router.cases.store.cases import Cases
from services.router.deadlines.domain.counting import Deadlines, Unit
from shared.documents import Database
from shared.events import ExtensionDecided, ExtensionRequested
from shared.refused import Refused
from tests import examples as example
from tests.router.desk import announced, kept, send, shown
from tests.router.test_calendar_page import at_unit

ISTANBUL = ZoneInfo("Europe/Istanbul")
DAYS = Deadlines(ISTANBUL)
NOW = example.NOW
OFFICER = example.officer()


def requested(case: Case, days: int = 3, at: datetime = NOW + timedelta(days=1)) -> ExtensionRequested:
    return ExtensionRequested(
        message_id=case.id,
        assignment_id=case.assignments[0].id,
        request_id="r1",
        days=days,
        reason="Teknik inceleme sürüyor.",
        by="Fatma Şahin",
        requested_at=at,
    )


def asking(days: int = 3) -> Case:
    case = at_unit()
    return example.saved(receive_request(case, requested(case, days)))


def granted(case: Case, days: int, now: datetime = NOW + timedelta(days=2)) -> tuple[Case, ExtensionDecided]:
    after, (told,) = grant(
        case, case.assignments[0].id, request_id="r1", days=days, by=OFFICER, now=now, deadlines=DAYS
    )
    assert isinstance(told, ExtensionDecided)
    return after, told


def last_day(at: datetime | None) -> str:
    return at.astimezone(ISTANBUL).date().isoformat() if at else ""


def test_a_request_is_shown_in_a_list_until_it_is_decided() -> None:
    case = asking()
    assert "extension_requested" in attention(case) and "view:extension_requested" in facets(case)
    after, _ = granted(case, 3)
    assert "extension_requested" not in attention(after)


def test_the_same_request_twice_is_one() -> None:
    case = asking()
    assert len(receive_request(case, requested(case)).assignments[0].extensions) == 1


def test_granted_days_are_added_to_the_clock_and_count_from_the_last_day() -> None:
    after, told = granted(asking(), 2)
    assert (last_day(after.due_at), last_day(told.due_at), told.granted) == ("2026-12-04", "2026-12-04", True)
    clock = after.assignments[0].clock
    assert clock and (clock.days, clock.started_at) == (9, NOW)


def test_days_that_are_granted_too_late_count_from_the_day_of_the_decision() -> None:
    after, _ = granted(asking(), 2, now=NOW + timedelta(days=14))
    assert last_day(after.due_at) == "2026-12-09"


def test_a_clock_of_calendar_days_is_followed_by_working_days() -> None:
    case = asking()
    calendar = case.assignments[0].model_copy(
        update={"clock": DAYS.for_unit(NOW).model_copy(update={"unit": Unit.CALENDAR})}
    )
    after, _ = granted(case.model_copy(update={"assignments": (calendar,)}), 1)
    assert last_day(after.due_at) == "2026-12-03"


def test_while_the_clock_stands_the_days_are_added_and_it_goes_on_standing() -> None:
    case, _ = ask(asking(), question_id="q1", text="Nerede?", by=OFFICER, now=NOW + timedelta(days=1))
    case, _ = stop(case, DAYS, by=OFFICER.actor, now=NOW + timedelta(days=1))
    after, _ = granted(case, 3)
    assert after.due_at is None and after.assignments[0].clock and after.assignments[0].clock.days == 10


def test_no_day_beyond_the_one_of_the_law_is_granted_without_an_interim_answer() -> None:
    with pytest.raises(BeyondTheLaw):
        granted(asking(), 30)
    informed, _ = inform(asking(), "Başvurunuz incelenmektedir.", OFFICER, NOW)
    after, _ = granted(informed, 30)
    assert after.due_at and after.answer_due_at and after.due_at > after.answer_due_at


def test_a_refusal_leaves_the_last_day_and_carries_its_reason() -> None:
    case = asking()
    after, (told,) = refuse_more_time(
        case, case.assignments[0].id, request_id="r1", reason="Süre yeterlidir.", by=OFFICER, now=NOW, deadlines=DAYS
    )
    assert after.due_at == case.due_at
    assert isinstance(told, ExtensionDecided)
    assert (told.granted, told.reason, told.due_at) == (False, "Süre yeterlidir.", case.due_at)


def test_a_request_that_is_decided_or_answered_meanwhile_cannot_be_decided() -> None:
    after, _ = granted(asking(), 1)
    with pytest.raises(Refused, match="already"):
        granted(after, 1)


def test_a_request_of_a_unit_that_is_no_longer_asked_is_an_entry_alone() -> None:
    case = at_unit().model_copy(update={"state": "closed"})
    late = receive_request(case, requested(case))
    assert (late.timeline[-1].what, late.assignments[0].extensions) == ("extension_requested", ())


async def test_the_event_of_a_request_comes_to_the_list_and_the_page_of_the_case(
    officer: Browser, database: Database
) -> None:
    case = await kept(database, at_unit())
    event = example.sealed(requested(case))
    await CaseHandlers(Cases(database)).on_extension_requested(event)
    assert case.reference in await officer.open("/?view=extension_requested")
    page = await officer.open(f"/cases/{case.id}")
    assert "The unit asks for 3 working days more" in page and "Teknik inceleme" in page


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"decision": ""}, "choose what you decide"),
        ({"decision": "grant", "days": ""}, "working days from 1 to 60"),
        ({"decision": "grant", "days": "61"}, "working days from 1 to 60"),
        ({"decision": "refuse", "reason": ""}, "why it gets no more time"),
        ({"decision": "grant", "days": "40"}, "Please send the submitter an interim answer first"),
    ],
)
async def test_a_decision_that_cannot_be_is_refused_in_words(
    officer: Browser, database: Database, fields: dict[str, Any], says: str
) -> None:
    case = await kept(database, asking())
    address = f"/cases/{case.id}/assignments/{case.assignments[0].id}/extension"
    await officer.open(address)
    answer = await send(officer, address, **{"decision": "grant", "days": "3", "reason": ""} | fields)
    assert answer.status_code in (409, 422) and says in shown(answer)


@pytest.mark.parametrize(
    ("fields", "shows", "is_granted"),
    [
        ({"decision": "grant", "days": "2"}, "New last day: Friday, 4 December 2026", True),
        ({"decision": "refuse", "reason": "Süre yeterlidir."}, "Süre yeterlidir.", False),
    ],
)
async def test_a_decision_is_told_to_the_unit_and_stands_in_the_history(
    officer: Browser, database: Database, fields: dict[str, Any], shows: str, is_granted: bool
) -> None:
    case = await kept(database, asking())
    address = f"/cases/{case.id}/assignments/{case.assignments[0].id}/extension"
    await officer.open(address)
    answer = await send(officer, address, **fields)
    assert answer.status_code == 200, shown(answer)
    told = [event for event in await announced(database, case.id) if event["type"] == "extension.decided"]
    assert [event["granted"] for event in told] == [is_granted]
    assert shows in shown(await officer.client.get(f"/cases/{case.id}"))
