"""A promise with a date: on its day the submitter is asked once, and *no* brings the case back to the desk."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scripts.browser import Browser
from services.router.cases.domain.attention import attention, needs_attention
from services.router.cases.domain.case import Case
from services.router.cases.domain.facets import facets, to_be_done
from services.router.cases.domain.objections import receive_objection
from services.router.cases.domain.promises import (
    NoSuchPromise,
    PromiseGiven,
    ask_whether_kept,
    promise_of,
    promised_by_units,
    promised_for,
    receive_promise_answer,
    require_ahead,
)
from services.router.cases.domain.reopening import reopen
from services.router.cases.domain.review import approve, close, pending_versions, receive_reply
from services.router.cases.domain.states import CaseState, ClosureReason
from services.router.cases.domain.submitter import withdraw
from services.router.cases.handlers import SubmitterHandlers
from services.router.cases.jobs.promises import PromiseJob
from services.router.cases.store.cases import Cases
from services.router.deadlines.domain.calendar import Calendar
from services.router.deadlines.domain.counting import Deadlines
from services.router.deadlines.domain.reminders import ReminderRules
from shared.days import first_moment, last_moment
from shared.documents import Database
from shared.events import CaseAnswered, Event, PromiseAnswered, PromiseAsked
from shared.seal import Seal
from tests import examples as example
from tests.router.desk import announced, kept, types
from tests.router.submitting import objected, withdrawn

ZONE = ZoneInfo("Europe/Istanbul")
BY = example.officer()
ANSWERED = example.NOW + timedelta(hours=2)
DAY = (example.NOW + timedelta(days=9)).date()
"""A Wednesday."""
PROMISED = last_moment(DAY, ZONE)
MORNING = first_moment(DAY, ZONE) + timedelta(hours=9)


def promised(case: Case | None = None, *, text: str = "Isıtma onarılacak.", day: datetime = PROMISED) -> Case:
    waiting = case or example.replied_case()
    given: dict[str, Any] = {"answer": "Onarılacak.", "versions": pending_versions(waiting), "waived_because": ""}
    return example.saved(approve(waiting, **given, promise=PromiseGiven(day, text), by=BY, now=ANSWERED)[0])


def test_who_gets_the_answer_is_told_what_is_promised_with_it_and_by_which_day() -> None:
    waiting = example.replied_case()
    given: dict[str, Any] = {"answer": "Onarılacak.", "versions": pending_versions(waiting), "waived_because": ""}
    _, events = approve(waiting, **given, promise=PromiseGiven(PROMISED, "Isıtma onarılacak."), by=BY, now=ANSWERED)
    (told,) = [event for event in events if isinstance(event, CaseAnswered)]
    assert (told.promised_for, told.promise) == (PROMISED, "Isıtma onarılacak.")


def asked(case: Case | None = None) -> Case:
    decided = ask_whether_kept(case or promised(), MORNING, ZONE)
    assert decided
    return example.saved(decided[0])


def said(case: Case, *, kept: bool) -> PromiseAnswered:
    given = {"promise_id": case.promises[-1].id, "kept": kept, "text": "Hâlâ soğuk."}
    return PromiseAnswered.model_validate({"message_id": case.id, "answered_at": MORNING} | given)


def answer_of(case: Case, *, kept: bool) -> tuple[Case, list[Event]]:
    return receive_promise_answer(case, said(case, kept=kept), MORNING)


def test_a_case_that_comes_back_was_opened_again_once_whatever_is_said_afterwards() -> None:
    back, _ = answer_of(asked(), kept=False)
    again, _ = answer_of(example.saved(back), kept=False)
    kept, _ = answer_of(asked(), kept=True)
    in_work, _ = reopen(asked(), reason="r", by=BY, now=MORNING)
    assert [one.promises[-1].reopened for one in (back, again, kept)] == [True, True, False]
    assert answer_of(example.saved(in_work), kept=False)[0].promises[-1].reopened is False


def test_the_submitter_is_asked_on_the_day_and_only_once() -> None:
    case = promised()
    assert ask_whether_kept(case, first_moment(DAY, ZONE) - timedelta(milliseconds=1), ZONE) is None
    decided = ask_whether_kept(case, MORNING, ZONE)
    assert decided
    after, (told,) = decided
    assert isinstance(told, PromiseAsked)
    assert (told.promise, told.promised_for, told.submitter.email) == (
        "Isıtma onarılacak.",
        PROMISED,
        "deniz.kaya@example.org",
    )
    assert ask_whether_kept(example.saved(after), MORNING, ZONE) is None
    assert "view:promise_due" in facets(after) and to_be_done(after) and not needs_attention(after)


def closed_as_answered(case: Case) -> Case:
    return close(case, reason=ClosureReason.ANSWERED, explanation="", by=BY, now=ANSWERED)[0]


def withdrawn_late(case: Case) -> Case:
    return withdraw(case, withdrawn(case), explanation="", told_units="", now=ANSWERED)[0]


def opened(case: Case) -> Case:
    return reopen(case, reason="Eksik.", by=BY, now=ANSWERED)[0]


def answered_anew(case: Case) -> Case:
    given: dict[str, Any] = {"answer": "Onarıldı.", "versions": set(), "waived_because": ""}
    return approve(opened(case), **given, by=BY, now=ANSWERED + timedelta(days=1))[0]


@pytest.mark.parametrize(
    "end",
    [
        closed_as_answered,
        withdrawn_late,
        opened,
        answered_anew,
        lambda c: receive_objection(c, objected(c), ANSWERED)[0],
    ],
    ids=["closed", "withdrawn", "opened again", "answered anew", "objected"],
)
def test_a_case_that_does_not_stand_answered_asks_nothing(end: Any) -> None:
    case = example.saved(end(promised()))
    assert (promise_of(case), promised_for(case), ask_whether_kept(case, MORNING, ZONE)) == (None, None, None)


def test_yes_is_an_entry() -> None:
    case, told = answer_of(asked(), kept=True)
    assert (case.state, told, case.promises[-1].kept) == (CaseState.RESOLVED, [], True)
    assert ("view:promise_due" in facets(case), attention(case)) == (False, ())
    assert case.timeline[-1].what == "promise_kept"


@pytest.mark.parametrize("end", [lambda case: case, closed_as_answered], ids=["answered", "closed"])
def test_no_brings_the_case_back_until_an_officer_acts(end: Any) -> None:
    case, told = answer_of(example.saved(end(asked())), kept=False)
    case = example.saved(case)
    assert (case.state, case.closure_reason, case.promises[-1].comment) == (CaseState.IN_REVIEW, None, "Hâlâ soğuk.")
    assert [(event.type, getattr(event, "cause", "")) for event in told] == [("case.progressed", "promise_broken")]
    assert {"view:promise_broken", "view:attention", "view:in_review"} <= set(facets(case))
    again, nothing = answer_of(case, kept=True)
    assert (again.promises[-1].kept, nothing) == (False, [])


def test_no_after_a_withdrawal_is_an_entry() -> None:
    case = asked().model_copy(update={"state": CaseState.CLOSED, "closure_reason": ClosureReason.WITHDRAWN})
    after, told = answer_of(case, kept=False)
    assert (after.state, told) == (CaseState.CLOSED, [])


def test_the_latest_day_that_the_units_promise_is_offered_and_one_that_is_over_is_not() -> None:
    case = example.routed_case(example.LIBRARY, example.WORKS)
    for assignment, days in zip(case.assignments, (3, 9), strict=True):
        told = {"assignment_id": assignment.id, "unit": assignment.unit, "promised_at": example.NOW + timedelta(days)}
        case = example.saved(receive_reply(case, example.reply_submitted(case, **told), ANSWERED)[0])
    assert promised_by_units(case, ANSWERED, ZONE) == example.NOW + timedelta(days=9)
    assert promised_by_units(case, example.NOW + timedelta(days=9), ZONE) is None


@pytest.mark.parametrize("days", [-1, 0, 400])
def test_a_day_that_is_over_or_far_away_is_refused(days: int) -> None:
    require_ahead(PROMISED, ANSWERED, ZONE)
    with pytest.raises(NoSuchPromise):
        require_ahead(last_moment((ANSWERED + timedelta(days)).date(), ZONE), ANSWERED, ZONE)


def job(database: Database, now: datetime) -> PromiseJob:
    """The job of one process, with a fixed clock."""
    given: dict[str, Any] = {"seal": Seal(example.SECRET), "on_outbox": database.on_outbox}
    own = Cases(Database(database.mongodb, source="router", clock=lambda: now, **given))
    return PromiseJob(own, lambda: Deadlines(calendar=Calendar()), ReminderRules)


async def test_of_several_processes_one_asks_in_the_morning_of_the_day(database: Database) -> None:
    case = await kept(database, promised())
    later = await kept(database, promised(day=PROMISED + timedelta(days=1)))
    for early in (first_moment(DAY, ZONE), MORNING - timedelta(days=1)):
        await job(database, early).run()
    assert await announced(database, case.id) == []
    await asyncio.gather(*(job(database, MORNING).run() for _ in range(4)))
    await job(database, MORNING + timedelta(hours=1)).run()
    assert types(await announced(database, case.id)) == ["promise.asked"]
    assert await announced(database, later.id) == []


async def test_a_promise_for_a_sunday_is_asked_about_on_monday(database: Database) -> None:
    sunday = DAY + timedelta(days=4)
    case = await kept(database, promised(day=last_moment(sunday, ZONE)))
    morning = first_moment(sunday, ZONE) + timedelta(hours=9)
    await job(database, morning).run()
    assert await announced(database, case.id) == []
    await job(database, morning + timedelta(days=1)).run()
    assert types(await announced(database, case.id)) == ["promise.asked"]


async def test_what_is_due_is_found_by_an_index(database: Database) -> None:
    cases = Cases(database)
    await cases.prepare()
    plan = await cases.collection.find(Cases.promised_until(MORNING)).explain()
    assert "indexed.promised_for_1" in str(plan["queryPlanner"]["winningPlan"])


async def test_an_officer_finds_who_was_asked_and_who_said_no(officer: Browser, database: Database) -> None:
    case = await kept(database, asked())
    assert case.reference in await officer.open("/?view=promise_due")
    assert "The submitter was asked whether it was done." in await officer.open(f"/cases/{case.id}")
    handlers = SubmitterHandlers(Cases(database), clock=lambda: MORNING)
    await handlers.on_promise_answered(example.sealed(said(case, kept=False)))
    assert case.reference not in await officer.open("/?view=promise_due")
    assert case.reference in await officer.open("/?view=promise_broken")
    page = await officer.open(f"/cases/{case.id}")
    assert "What was promised was not done" in page and "Hâlâ soğuk." in page and "Not done" in page


async def test_the_unit_to_which_a_broken_promise_is_routed_is_told_of_it_without_a_word_of_the_submitter(
    officer: Browser, database: Database
) -> None:
    case = await kept(database, answer_of(asked(), kept=False)[0])
    await officer.open(f"/cases/{case.id}")
    (note,) = officer.form(f"/cases/{case.id}/routing").fields["note"]
    assert "2 Aralık 2026 tarihine kadar yapılacağı" in note and "yapılmadığını bildirmiştir" in note
    assert "Hâlâ soğuk" not in note and "Deniz" not in note
