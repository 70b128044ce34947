"""Events of the desk, each delivered ten times over the real broker: one effect on the status page."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from scripts.eventually import eventually
from services.intake.domain.message import Message
from services.intake.domain.progress import came_back, corrected_by_desk
from services.intake.store import Messages
from shared.documents import Database
from shared.events import AddressCorrected, CloudEvent, MessageEvent
from tests import examples as example
from tests.conftest import Broker, Make, listening, outcomes

ONCE = {"obeyed": 1, "duplicate": 9}


async def test_a_step_is_added_once_however_often_its_event_comes(
    make: Make, broker: Broker, database: Database
) -> None:
    told = example.case_progressed(message_id=(await kept(database)).id)
    async with listening(make("intake")) as service:
        await broker.publish(example.sealed(told), times=10)
        assert await outcomes(service, "intake.case.progressed", of=10) == ONCE
    message = await Messages(database).get(told.message_id)
    assert [(p.step, p.at) for p in message.progress] == [("at_unit", told.at)]
    assert await processed_once_and_announced_nothing(database)


async def test_an_answer_is_shown_once_however_often_it_comes(make: Make, broker: Broker, database: Database) -> None:
    told = example.case_answered(message_id=(await kept(database)).id)
    async with listening(make("intake")) as service:
        await broker.publish(example.sealed(told), times=10)
        assert await outcomes(service, "intake.case.answered", of=10) == ONCE
    message = await Messages(database).get(told.message_id)
    assert (message.answer, message.answered_at) == (told.answer, told.answered_at)
    assert await processed_once_and_announced_nothing(database)


async def test_a_case_is_closed_once_however_often_its_event_comes(
    make: Make, broker: Broker, database: Database
) -> None:
    told = example.case_closed(message_id=(await kept(database)).id)
    async with listening(make("intake")) as service:
        await broker.publish(example.sealed(told), times=10)
        assert await outcomes(service, "intake.case.closed", of=10) == ONCE
    message = await Messages(database).get(told.message_id)
    assert (message.closure_reason, message.explanation) == (told.closure_reason, told.explanation)
    assert message.closed_at == told.closed_at
    assert await processed_once_and_announced_nothing(database)


async def test_a_question_is_asked_once_however_often_its_event_comes(
    make: Make, broker: Broker, database: Database
) -> None:
    told = example.question_asked(message_id=(await kept(database)).id)
    async with listening(make("intake")) as service:
        await broker.publish(example.sealed(told), times=10)
        assert await outcomes(service, "intake.question.asked", of=10) == ONCE
    message = await Messages(database).get(told.message_id)
    assert [(question.id, question.text) for question in message.open_questions] == [(told.question_id, told.text)]
    assert await processed_once_and_announced_nothing(database)


async def test_an_interim_answer_is_kept_once_however_often_its_event_comes(
    make: Make, broker: Broker, database: Database
) -> None:
    told = example.case_informed(message_id=(await kept(database)).id)
    async with listening(make("intake")) as service:
        await broker.publish(example.sealed(told), times=10)
        assert await outcomes(service, "intake.case.informed", of=10) == ONCE
    message = await Messages(database).get(told.message_id)
    assert [(answer.text, answer.at) for answer in message.informed] == [(told.text, told.informed_at)]
    assert await processed_once_and_announced_nothing(database)


async def test_a_letter_comes_back_once_however_often_its_event_comes(
    make: Make, broker: Broker, database: Database
) -> None:
    told = example.letter_failed(message_id=(await kept(database)).id)
    async with listening(make("intake")) as service:
        await broker.publish(example.sealed(told), times=10)
        assert await outcomes(service, "intake.letter.failed", of=10) == ONCE
    message = await Messages(database).get(told.message_id)
    assert message.undelivered and message.undelivered.template == "receipt"
    assert await processed_once_and_announced_nothing(database)


async def test_an_address_is_corrected_once_however_often_its_event_comes(
    make: Make, broker: Broker, database: Database
) -> None:
    told = address_corrected((await kept(database)).id)
    async with listening(make("intake")) as service:
        await broker.publish(example.sealed(told), times=10)
        assert await outcomes(service, "intake.address.corrected", of=10) == ONCE
    message = await Messages(database).get(told.message_id)
    assert (message.submission.email, message.corrected_at) == (told.email, told.corrected_at)
    assert await processed_once_and_announced_nothing(database)
    assert [found.id for found in await Messages(database).of_address(told.email, limit=2)] == [told.message_id]


def test_what_came_back_before_the_address_was_corrected_is_asked_about_no_more() -> None:
    message = came_back(example.message(), example.letter_failed(failed_at=example.NOW))
    assert corrected_by_desk(message, address_corrected(message.id)).undelivered is None
    newer = came_back(example.message(), example.letter_failed(failed_at=example.NOW + timedelta(hours=2)))
    assert corrected_by_desk(newer, address_corrected(newer.id)).undelivered


def test_the_newest_correction_of_an_address_counts() -> None:
    message = example.message(corrected_at=example.NOW + timedelta(hours=2))
    assert corrected_by_desk(message, address_corrected(message.id)) is message


def address_corrected(message_id: str) -> AddressCorrected:
    at = example.NOW + timedelta(hours=1)
    return AddressCorrected(message_id=message_id, email="deniz@example.net", corrected_at=at)


@pytest.mark.parametrize("template", ["notice", "invitation", "arrival"])
async def test_letters_to_others_change_nothing(make: Make, broker: Broker, database: Database, template: str) -> None:
    message = await kept(database)
    async with listening(make("intake")) as service:
        await broker.publish(example.sealed(example.letter_failed(message_id=message.id, template=template)))
        assert await outcomes(service, "intake.letter.failed", of=1) == {"obeyed": 1}
    assert await Messages(database).get(message.id) == message


async def test_events_in_reversed_order_lead_to_the_same_page(make: Make, broker: Broker, database: Database) -> None:
    forwards, backwards = await kept(database), await kept(database)
    told: Counter[str] = Counter()
    async with listening(make("intake")) as service:
        for event in [*events_of(forwards), *reversed(events_of(backwards))]:
            await broker.publish(event)
            told[event.type] += 1
            await outcomes(service, f"intake.{event.type}", of=told[event.type])
    assert await observed(database, forwards) == await observed(database, backwards)
    assert (await observed(database, backwards))["progress"][-1]["step"] == "answered"


@pytest.mark.parametrize(
    "told",
    [
        example.case_progressed(),
        example.case_answered(),
        example.case_closed(),
        example.case_informed(),
        example.question_asked(),
        example.letter_failed(),
    ],
)
async def test_an_event_that_comes_before_its_message_is_tried_again(
    make: Make, broker: Broker, database: Database, told: MessageEvent
) -> None:
    event = example.sealed(told)
    async with listening(make("intake")) as service:
        await broker.publish(event)
        assert await outcomes(service, f"intake.{told.type}", of=1) == {"retried": 1}
        await Messages(database).add(example.message(id=told.message_id))

        async def processed() -> bool:
            return await database["messages"].count_documents({"seen": event.id}) == 1

        await eventually(processed)
    assert await broker.count("intake.parked") == 0


async def kept(database: Database) -> Message:
    message = example.message()
    await Messages(database).add(message)
    return message


async def processed_once_and_announced_nothing(database: Database) -> bool:
    (document,) = await database["messages"].find().to_list(None)
    return len(document["seen"]) == 1 and document["outbox"] == [] and document["revision"] == 1


def events_of(message: Message) -> list[CloudEvent[Any]]:
    steps = [("at_unit", 1), ("in_review", 2), ("answered", 4)]
    told = [example.case_progressed(message_id=message.id, step=step, revision=number) for step, number in steps]
    return [
        example.sealed(data)
        for data in (
            *told,
            example.case_answered(message_id=message.id),
            example.case_closed(message_id=message.id, closure_reason="answered"),
        )
    ]


async def observed(database: Database, message: Message) -> dict[str, Any]:
    now = await Messages(database).get(message.id)
    return now.model_dump(include={"progress", "answer", "answered_at", "closure_reason", "explanation", "closed_at"})
