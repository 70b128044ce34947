"""What reaches the desk. Each event is delivered ten times over the real broker, and has one effect."""

import json
from datetime import timedelta
from typing import Any
from unittest.mock import AsyncMock, patch

import pytest

from scripts.eventually import eventually
from services.router.cases.domain.case import Case, open_case
from services.router.cases.domain.routing import letter_sent as with_letter
from services.router.cases.domain.states import AssignmentState, CaseState
from services.router.cases.handlers import SubmitterHandlers
from services.router.cases.store.cases import Cases
from shared.documents import AlreadyProcessed, Conflict, Database
from shared.events import (
    AssignmentDeclined,
    AssignmentViewed,
    ContactCorrected,
    FileChecked,
    LetterFailed,
    LetterSent,
    MessageEvent,
    MessageFollowedUp,
    MessageObjected,
    MessageRated,
    MessageWithdrawn,
    QuestionAnswered,
)
from tests import examples as example
from tests.conftest import Broker, Make, listening, outcomes
from tests.router.desk import kept, published

ONCE = {"obeyed": 1, "duplicate": 9}
PROGRESS = "intake.case.progressed"


def viewed(case: Case) -> AssignmentViewed:
    return AssignmentViewed(
        message_id=case.id, assignment_id=case.assignments[0].id, viewed_at=example.NOW + timedelta(minutes=20)
    )


def declined(case: Case) -> AssignmentDeclined:
    return AssignmentDeclined(
        message_id=case.id,
        assignment_id=case.assignments[0].id,
        reason="Bu konu Yapı İşleri'nin görevidir.",
        suggested_unit="Yapı İşleri",
        by="Fatma Şahin",
        declined_at=example.NOW + timedelta(minutes=30),
    )


def letter_sent(case: Case, template: str = "invitation") -> LetterSent:
    assignment_id = case.assignments[0].id if case.assignments else None
    return LetterSent(
        message_id=case.id,
        letter_id=f"{assignment_id}.{template}",
        template=template,
        assignment_id=assignment_id,
        sent_at=example.NOW + timedelta(minutes=10),
    )


def letter_failed(case: Case) -> LetterFailed:
    assignment_id = case.assignments[0].id
    return LetterFailed(
        message_id=case.id,
        letter_id=f"{assignment_id}.invitation",
        template="invitation",
        assignment_id=assignment_id,
        reason="550 no such user",
        failed_at=example.NOW + timedelta(minutes=10),
    )


async def ten_times(
    make: Make, broker: Broker, database: Database, event: MessageEvent
) -> tuple[Case, list[dict[str, Any]]]:
    """Deliver an event ten times; the case as it is then, and the news for the citizen."""
    async with listening(make("router")) as service:
        await broker.publish(example.sealed(event), times=10)
        assert await outcomes(service, f"router.{event.type}", of=10) == ONCE
        news = await published(database, broker, "cases", PROGRESS)
    return await Cases(database).get(event.message_id), news


async def test_a_submitted_message_makes_one_case_however_often_it_is_delivered(
    make: Make, broker: Broker, database: Database
) -> None:
    submitted = example.message_submitted()
    case, news = await ten_times(make, broker, database, submitted)
    assert await database["cases"].count_documents({}) == 1
    assert (case.state, case.subject, len(case.timeline)) == (CaseState.NEW, submitted.subject, 1)
    assert [(event["step"], event["revision"]) for event in news] == [("received", 0)]


async def test_a_viewed_assignment_is_noted_once(make: Make, broker: Broker, database: Database) -> None:
    case, news = await ten_times(make, broker, database, viewed(await kept(database, example.routed_case())))
    assert (case.revision, case.assignments[0].state) == (2, AssignmentState.VIEWED)
    assert [entry.what for entry in case.timeline] == ["submitted", "routed", "viewed"]
    assert news == []


async def test_a_declined_assignment_comes_back_to_the_officer_once(
    make: Make, broker: Broker, database: Database
) -> None:
    case, news = await ten_times(make, broker, database, declined(await kept(database, example.routed_case())))
    assert (case.revision, case.state, case.assignments[0].state) == (2, CaseState.IN_REVIEW, AssignmentState.DECLINED)
    assert case.assignments[0].suggested_unit == "Yapı İşleri"
    assert [entry.what for entry in case.timeline].count("declined") == 1
    assert [(event["step"], event["revision"]) for event in news] == [("received", 2)]


async def test_a_submitted_reply_waits_for_review_once(make: Make, broker: Broker, database: Database) -> None:
    routed = await kept(database, example.routed_case())
    case, news = await ten_times(make, broker, database, example.reply_submitted(routed))
    assert (case.state, len(case.assignments[0].replies)) == (CaseState.REPLY_PENDING_REVIEW, 1)
    assert [entry.what for entry in case.timeline].count("replied") == 1
    assert [(event["step"], event["revision"]) for event in news] == [("in_review", 2)]


async def test_a_sent_letter_is_noted_once(make: Make, broker: Broker, database: Database) -> None:
    case, news = await ten_times(make, broker, database, letter_sent(await kept(database, example.routed_case())))
    assert (case.revision, case.assignments[0].state) == (2, AssignmentState.INVITED)
    assert [entry.text for entry in case.timeline if entry.what == "letter_sent"] == ["invitation"]
    assert news == []


async def test_a_failed_letter_is_noted_once(make: Make, broker: Broker, database: Database) -> None:
    case, news = await ten_times(make, broker, database, letter_failed(await kept(database, example.routed_case())))
    assert (case.revision, case.assignments[0].state) == (2, AssignmentState.UNDELIVERABLE)
    assert [entry.what for entry in case.timeline].count("letter_failed") == 1
    assert news == []


async def test_news_of_a_case_that_is_not_there_yet_waits_for_it(
    make: Make, broker: Broker, database: Database
) -> None:
    submitted = example.message_submitted()
    receipt = LetterSent(
        message_id=submitted.message_id,
        letter_id=f"{submitted.message_id}.receipt",
        template="receipt",
        sent_at=example.NOW + timedelta(minutes=1),
    )
    async with listening(make("router")) as service:
        await broker.publish(example.sealed(receipt))
        assert await outcomes(service, "router.letter.sent", of=1) == {"retried": 1}
        await broker.publish(example.sealed(submitted))
        assert (await outcomes(service, "router.letter.sent", of=2))["obeyed"] == 1
    case = await Cases(database).get(submitted.message_id)
    assert [entry.what for entry in case.timeline] == ["submitted", "letter_sent"]
    assert "parked" not in await outcomes(service, "router.letter.sent", of=2)


@pytest.mark.parametrize("order", [1, -1], ids=["in order", "reversed"])
async def test_what_a_unit_reports_ends_in_the_same_state_in_any_order(
    make: Make, broker: Broker, database: Database, order: int
) -> None:
    routed = await kept(database, example.routed_case())
    events = [letter_sent(routed), viewed(routed), example.reply_submitted(routed)][::order]
    async with listening(make("router")) as service:
        for event in events:
            await broker.publish(example.sealed(event))
            await outcomes(service, f"router.{event.type}", of=1)
    case = await Cases(database).get(routed.id)
    assert (case.state, case.assignments[0].state) == (CaseState.REPLY_PENDING_REVIEW, AssignmentState.REPLIED)
    assert case.assignments[0].viewed_at == example.NOW + timedelta(minutes=20)
    assert [entry.what for entry in case.timeline] == ["submitted", "routed", "letter_sent", "viewed", "replied"]


async def test_a_reply_after_a_refusal_is_noted_as_late_and_changes_nothing_else(
    make: Make, broker: Broker, database: Database
) -> None:
    routed = await kept(database, example.routed_case())
    late = example.reply_submitted(routed)
    async with listening(make("router")) as service:
        await broker.publish(example.sealed(declined(routed)))
        await outcomes(service, "router.assignment.declined", of=1)
        await broker.publish(example.sealed(late), times=10)
        assert await outcomes(service, "router.reply.submitted", of=10) == ONCE
    case = await Cases(database).get(routed.id)
    assert (case.state, case.assignments[0].state) == (CaseState.IN_REVIEW, AssignmentState.DECLINED)
    assert [entry.text for entry in case.timeline if entry.what == "replied_late"] == [late.text]


async def test_an_event_of_an_assignment_of_another_case_is_parked(
    make: Make, broker: Broker, database: Database
) -> None:
    case = await kept(database, example.routed_case())
    foreign = viewed(example.routed_case()).model_copy(update={"message_id": case.id})
    async with listening(make("router")) as service:
        await broker.publish(example.sealed(foreign))
        assert await outcomes(service, "router.assignment.viewed", of=4) == {"retried": 3, "parked": 1}
    assert await Cases(database).get(case.id) == case


def by_the_submitter(case: Case) -> list[MessageEvent]:
    """What the submitter of a case may do, one of each."""
    at, about = example.NOW + timedelta(hours=6), {"message_id": case.id}
    files = [example.file_ref(state="held")]
    return [
        MessageFollowedUp(**about, follow_up_id="f1", text="Bir de bu.", files=files, followed_up_at=at),
        MessageRated(**about, score=2, comment="Yavaş.", rated_at=at),
        MessageObjected(**about, reason="Sorun sürüyor.", objected_at=at),
        QuestionAnswered(**about, question_id="q1", text="İkinci katta.", answered_at=at),
        ContactCorrected(**about, email="yeni@example.org", corrected_at=at),
        FileChecked(**about, file_id="a1", state="clean", checked_at=at),
        MessageWithdrawn(**about, reason="Vazgeçtim.", withdrawn_at=at),
    ]


@pytest.mark.parametrize("number", range(7))
async def test_what_a_submitter_does_has_one_effect_however_often_it_is_delivered(
    make: Make, broker: Broker, database: Database, number: int
) -> None:
    routed = await kept(database, example.routed_case())
    case, news = await ten_times(make, broker, database, by_the_submitter(routed)[number])
    assert (case.revision, len(news)) == (2, 1 if number in (2, 6) else 0)
    assert len(case.timeline) == len(routed.timeline) + (0 if number == 5 else 1)


@pytest.mark.parametrize("number", range(7))
async def test_what_a_submitter_does_is_decided_anew_when_somebody_was_faster(database: Database, number: int) -> None:
    cases, routed = Cases(database), await kept(database, example.routed_case())
    handlers, event = SubmitterHandlers(cases), example.sealed(by_the_submitter(routed)[number])
    handle = getattr(handlers, f"on_{event.type.replace('.', '_')}")
    stale = await cases.get(routed.id)
    await cases.save(with_letter(stale, letter_sent(stale))[0])
    with patch.object(cases, "get", AsyncMock(return_value=stale)), pytest.raises(Conflict):
        await handle(event)
    await handle(event)
    after = await cases.get(routed.id)
    assert "letter_sent" in {entry.what for entry in after.timeline}
    with pytest.raises(AlreadyProcessed):
        await handle(event)


@pytest.mark.parametrize("order", [1, -1], ids=["in order", "reversed"])
async def test_what_submitters_do_is_taken_in_any_order(
    make: Make, broker: Broker, database: Database, order: int
) -> None:
    submitted = example.message_submitted()
    asked = open_case(submitted)[0]
    events = [submitted, *by_the_submitter(asked)][::order]
    async with listening(make("router")) as service:
        for event in events:
            await broker.publish(example.sealed(event))
        for event in events:

            async def processed(queue: str = f"router.{event.type}") -> bool:
                return "obeyed" in await outcomes(service, queue, of=1)

            await eventually(processed)
    case = await Cases(database).get(asked.id)
    assert (case.state, case.submitter.email) == (CaseState.CLOSED, "yeni@example.org")
    assert [file.state for file in case.files] == ["clean"]
    said = {"followed_up", "rated", "objected", "question_answered", "contact_corrected"}
    assert said <= {entry.what for entry in case.timeline}


async def test_a_withdrawal_tells_the_submitter_and_the_units_why_in_their_languages(database: Database) -> None:
    routed = await kept(database, example.routed_case(language="en"))
    withdrawn = by_the_submitter(routed)[-1]
    await SubmitterHandlers(Cases(database)).on_message_withdrawn(example.sealed(withdrawn))
    found = await database["cases"].find_one({"_id": routed.id})
    assert found
    closed, recalled, _, happened = (json.loads(entry["body"])["data"] for entry in found["outbox"])
    assert closed["explanation"] == "Your message was closed because you have withdrawn it."
    assert (recalled["cause"], recalled["reason"]) == ("closed", "Başvuru sahibi geri çekti")
    assert happened["closure_reason"] == "withdrawn"
