"""The page of a case tells the story, and says what is asked of an officer now."""

from datetime import timedelta

import pytest

from scripts.browser import Browser
from services.router.cases.domain.case import Case
from services.router.cases.domain.notes import take_note
from services.router.cases.domain.questions import ask
from services.router.cases.domain.review import close
from services.router.cases.domain.states import AssignmentState, ClosureReason, Priority
from services.router.cases.store.cases import Cases
from shared.documents import Database
from shared.state import Actor
from tests import examples as example
from tests.router.desk import directory, keeps, kept, send, shown

OFFICER, LATER = example.officer(), example.NOW + timedelta(hours=1)


def undelivered() -> Case:
    case = example.routed_case()
    (assignment,) = case.assignments
    unreached = assignment.model_copy(update={"state": AssignmentState.UNDELIVERABLE})
    return case.model_copy(update={"assignments": (unreached,)})


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (example.case(), "Please route it to a unit, or answer it."),
        (example.case(doubts=("link",)), "Please say whether the message is wanted."),
        (example.routed_case(), "The reply is awaited: Department of Library and Documentation, last day"),
        (undelivered(), "The e-mail to the unit came back."),
        (example.routed_case(kind="compliment"), "The unit was told."),
        (example.half_replied_case(), "Please check the reply: Department of Library and Documentation."),
        (example.declined_case(), "Please route it again, or answer it."),
        (
            ask(example.case(), question_id="q", text="Nerede?", by=OFFICER, now=LATER)[0],
            "The submitter's answer is awaited",
        ),
        (example.answered_case(), "Nothing is left to be done."),
        (
            close(example.case(), reason=ClosureReason.SPAM, explanation="", by=OFFICER, now=LATER)[0],
            "Closed: Unwanted message.",
        ),
    ],
)
async def test_one_sentence_says_what_is_asked_now(officer: Browser, database: Database, case: Case, said: str) -> None:
    await kept(database, case)
    assert said in await officer.open(f"/cases/{case.id}")


async def test_an_alarm_is_shown_until_an_officer_sets_the_priority(officer: Browser, database: Database) -> None:
    case = await kept(database, example.case(alarms=("gas",)))
    assert "May be urgent" in await officer.open(f"/cases/{case.id}")
    page = await officer.submit(f"/cases/{case.id}/priority", priority=Priority.NORMAL)
    assert "May be urgent" not in page


async def test_channel_and_who_took_it_in_stand_beside(officer: Browser, database: Database) -> None:
    entered = {"channel": "telephone", "entered_by": Actor(kind="officer", id=OFFICER.id)}
    case = await kept(database, example.case(**entered))
    assert "Channel Telephone Taken in by Ayşe Yılmaz" in await officer.open(f"/cases/{case.id}")


async def test_the_case_file_has_everything_and_says_who_printed_it(officer: Browser, database: Database) -> None:
    answered = take_note(example.answered_case(), note_id="n", text="Yarın bak.", by=OFFICER, now=LATER)
    case = await kept(database, answered.model_copy(update={"copy_for_units": "Kısa metin."}))
    page = await officer.open(f"/cases/{case.id}/print")
    for said in (case.text, "Kısa metin.", "Yarın bak.", "Internal note –", "bilginize sunarız.", "by Ayşe Yılmaz"):
        assert said in page


async def test_of_two_answers_at_once_the_second_sees_the_first_beside_its_own(
    officer: Browser, database: Database
) -> None:
    waiting = example.replied_case()
    await kept(database, waiting)
    await officer.open(f"/cases/{waiting.id}/review")
    answered = example.answered_case(id=waiting.id)
    await Cases(database).save(answered.model_copy(update={"revision": waiting.revision}))
    answer = await send(officer, f"/cases/{waiting.id}/review", answer="Benim cevabım.")
    assert (answer.status_code, keeps(answer, "Benim cevabım.")) == (409, True)
    assert "The answer of Ayşe Yılmaz Isıtma sistemi onarılmıştır." in shown(answer)


async def test_of_two_who_route_at_once_the_second_is_told(officer: Browser, database: Database) -> None:
    await directory(database)
    case = await kept(database, example.case())
    await officer.open(f"/cases/{case.id}")
    routed = example.routed_case(id=case.id)
    await Cases(database).save(routed.model_copy(update={"revision": case.revision}))
    answer = await send(officer, f"/cases/{case.id}/routing", units=["yitdb"], note="Benim notum.")
    assert (answer.status_code, keeps(answer, "Benim notum.")) == (409, True)
    assert "Routed to the unit" in shown(answer)
    assert len((await Cases(database).get(case.id)).assignments) == 1


async def test_a_case_with_an_alarm_says_which_danger_it_may_be(officer: Browser, database: Database) -> None:
    case = await kept(database, example.case(alarms=("fire", "self_harm")))
    answer = await officer.client.get(f"/cases/{case.id}")
    assert (answer.status_code, "May be urgent: " in shown(answer)) == (200, True)
