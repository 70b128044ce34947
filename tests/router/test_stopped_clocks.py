"""A question to the submitter stops the clocks of the units; the answer lets them go on."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from scripts.browser import Browser
from services.router.cases.domain.case import Case
from services.router.cases.domain.questions import ask, receive_answer
from services.router.cases.domain.routing import route
from services.router.cases.domain.stopping import go_on, stop
from services.router.cases.handlers import CaseHandlers, SubmitterHandlers
from services.router.cases.store.cases import Cases
from services.router.deadlines.domain.counting import Deadlines
from shared.documents import Database
from shared.events import AssignmentRescheduled, Event
from tests import examples as example
from tests.router.desk import announced, kept, send, shown
from tests.router.submitting import answered

ISTANBUL = ZoneInfo("Europe/Istanbul")
DAYS = Deadlines(ISTANBUL)
NOW = example.NOW
"""A Monday, 12:30 in Istanbul."""


def at_unit(case: Case | None = None, at: datetime = NOW) -> Case:
    """A case whose unit has seven working days, to Wednesday, 2 December."""
    clock = DAYS.for_unit(at)
    routed, _ = route(
        case or example.case(),
        [example.LIBRARY],
        ids=["a1"],
        text="Metin.",
        note="",
        share_identity=True,
        due_at=DAYS.due(clock),
        clock=clock,
        by=example.officer(),
        now=at,
    )
    return example.saved(routed)


def asked(case: Case, at: datetime, question_id: str = "q1") -> tuple[Case, list[Event]]:
    after, _ = ask(case, question_id=question_id, text="Hangi katta?", by=example.officer(), now=at)
    stopped, told = stop(after, DAYS, by=example.officer().actor, now=at)
    return example.saved(stopped), told


def replied(case: Case, at: datetime, question_id: str = "q1") -> tuple[Case, list[Event]]:
    told = answered(case, question_id).model_copy(update={"answered_at": at})
    after, told_events = go_on(case, receive_answer(case, told, at)[0], DAYS, now=at)
    return example.saved(after), told_events


def last_days(events: list[Event]) -> list[tuple[str, bool | None]]:
    found = [event for event in events if isinstance(event, AssignmentRescheduled)]
    return [(event.due_at.astimezone(ISTANBUL).date().isoformat(), event.stopped) for event in found]


def test_while_the_submitter_is_asked_the_unit_has_no_last_day_and_then_the_days_that_were_left() -> None:
    waiting, told = asked(at_unit(), NOW + timedelta(days=2))
    assert (waiting.due_at, last_days(told)) == (None, [("2026-12-03", True)]), "Wednesday does not count"
    case, told = replied(waiting, NOW + timedelta(days=9))
    assert last_days(told) == [("2026-12-10", None)], "one day counted before, six after the answer on 2 December"
    assert case.due_at and case.due_at.astimezone(ISTANBUL).isoformat()[:16] == "2026-12-10T23:59"


def test_with_two_questions_the_clock_stands_until_both_are_answered() -> None:
    first, _ = asked(at_unit(), NOW + timedelta(days=1))
    both, told = asked(first, NOW + timedelta(days=2), "q2")
    assert told == []
    one, told = replied(both, NOW + timedelta(days=3))
    assert (one.due_at, told) == (None, [])
    _, told = replied(one, NOW + timedelta(days=4), "q2")
    assert last_days(told) == [("2026-12-08", None)]


def test_the_same_answer_twice_moves_the_last_day_once() -> None:
    case, _ = replied(asked(at_unit(), NOW + timedelta(days=1))[0], NOW + timedelta(days=2))
    again, told = replied(case, NOW + timedelta(days=5))
    assert (again.due_at, told) == (case.due_at, [])


def test_a_unit_that_is_asked_while_a_question_is_open_does_not_wait_for_the_answer() -> None:
    waiting, _ = asked(example.case(), NOW)
    case = at_unit(waiting, NOW + timedelta(days=1))
    after, told = replied(case, NOW + timedelta(days=4))
    assert (after.due_at, told) == (case.due_at, [])


def test_the_clock_of_an_assignment_of_the_version_before_stands_too() -> None:
    case = at_unit()
    old = case.model_copy(update={"assignments": (case.assignments[0].model_copy(update={"clock": None}),)})
    waiting, _ = asked(old, NOW + timedelta(days=2))
    _, told = replied(waiting, NOW + timedelta(days=9))
    assert last_days(told) == [("2026-12-10", None)]


async def test_the_page_of_a_question_stops_the_clock_and_the_event_of_its_answer_lets_it_go_on(
    officer: Browser, database: Database
) -> None:
    case = await kept(database, at_unit())
    await officer.open(f"/cases/{case.id}/questions")
    await send(officer, f"/cases/{case.id}/questions", text="Hangi katta?")
    waiting = await Cases(database).get(case.id)
    assert waiting.due_at is None
    assert "Clock stopped: the submitter is asked" in shown(await officer.client.get(f"/cases/{case.id}"))
    told = (await announced(database, case.id))[-1]
    assert (told["type"], told["cause"], told["stopped"]) == ("assignment.rescheduled", "question", True)


async def test_the_event_of_the_answer_lets_the_clock_go_on(database: Database) -> None:
    case = await kept(database, asked(at_unit(), NOW + timedelta(days=2))[0])
    await SubmitterHandlers(Cases(database)).on_question_answered(example.sealed(answered(case)))
    assert (await Cases(database).get(case.id)).due_at
    found = await database["cases"].find_one({"_id": case.id})
    assert found and "assignment.rescheduled" in [entry["type"] for entry in found["outbox"]]


async def test_a_new_case_knows_the_last_day_for_its_answer(database: Database) -> None:
    message = example.message_submitted()
    await CaseHandlers(Cases(database)).on_message_submitted(example.sealed(message))
    due_at = (await Cases(database).get(message.message_id)).answer_due_at
    assert due_at and due_at.astimezone(ISTANBUL).isoformat()[:16] == "2026-12-23T23:59"
