"""Parked events: taken from their queues when they are stored, and not before; sent back to where they failed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from scripts.eventually import eventually
from shared.broker import parking
from shared.broker.consuming import ATTEMPT, PARKED_AT, REASON
from shared.broker.parking import BrokerAway, ParkedQueues, sending_again
from shared.broker.publishing import PublishRefused
from shared.broker.topology import CONSUMERS
from shared.events import AssignmentViewed, CloudEvent, ReceiptRequested
from shared.parked import Parked, ParkedMessage
from tests import examples as example
from tests.conftest import Broker
from tests.stack import Stack

RECEIPT = ReceiptRequested(
    message_id="m1",
    reference="26-7KX4-9Q",
    email="deniz.kaya@example.org",
    tracking_code="7KX49-Q2M8D-VT3HA-90RZC",
    status_url="http://127.0.0.1:8001/t/7KX49-Q2M8D-VT3HA-90RZC",
    submitted_at=example.NOW,
)
QUEUE, PARKED = "router.assignment.viewed", "router.parked"


class Kept:
    """Keeps parked events by their id, as a database does; refuses those it is told to."""

    def __init__(self) -> None:
        self.events: dict[str, Parked] = {}
        self.refuses: set[str] = set()
        self.calls = 0

    async def __call__(self, parked: Parked) -> None:
        self.calls += 1
        if parked.event_id in self.refuses:
            raise RuntimeError("the database is away")
        self.events[parked.id] = parked

    @property
    def event_ids(self) -> set[str]:
        return {parked.event_id for parked in self.events.values()}


@pytest.fixture
async def queues(stack: Stack, broker: Broker) -> AsyncIterator[ParkedQueues]:
    made = ParkedQueues(stack.rabbitmq_url, clock=lambda: example.NOW + timedelta(hours=1))
    yield made
    await made.close()


def viewed(assignment_id: str = "a") -> CloudEvent[AssignmentViewed]:
    return example.sealed(AssignmentViewed(message_id="m1", assignment_id=assignment_id, viewed_at=example.NOW))


async def parked(broker: Broker, count: int = 1) -> list[str]:
    events = [viewed(f"a{n}") for n in range(count)]
    for event in events:
        await broker.park(event, "router", "RuntimeError: example")
    return [event.id for event in events]


async def moved(queues: ParkedQueues, kept: Kept) -> None:
    while await queues.move(kept):
        pass


async def test_a_parked_event_is_stored_with_everything_that_is_known_and_then_leaves_its_queue(
    queues: ParkedQueues, broker: Broker
) -> None:
    (event_id,), kept = await parked(broker), Kept()
    assert (await queues.move(kept), await queues.move(kept)) == (1, 0)
    (found,) = kept.events.values()
    assert (found.service, found.event_id, found.queue, found.type) == ("router", event_id, QUEUE, "assignment.viewed")
    assert (found.reason, found.attempts, found.correlation_id) == ("RuntimeError: example", 3, "m1")
    assert (found.since, found.by_broker) == (example.NOW, False)
    assert '"assignment_id": "a0"' in ParkedMessage.load(found.message).content
    assert await broker.count(PARKED) == 0


async def test_the_parked_events_of_all_services_are_taken_however_many_there_are(
    queues: ParkedQueues, broker: Broker
) -> None:
    ids, kept = await parked(broker, 2 * parking.IN_HAND + 1), Kept()
    receipt = example.sealed(RECEIPT)
    await broker.park(receipt, "notifier", "x")
    await moved(queues, kept)
    assert kept.event_ids == {*ids, receipt.id}


async def test_what_cannot_be_stored_goes_back_and_does_not_hold_up_the_others(
    queues: ParkedQueues, broker: Broker
) -> None:
    ids, kept = await parked(broker, 3), Kept()
    kept.refuses = {ids[1]}
    with pytest.raises(RuntimeError):
        await queues.move(kept)
    assert kept.event_ids == {ids[0], ids[2]}
    await eventually(lambda: _waits(broker, 1))
    kept.refuses = set()
    await moved(queues, kept)
    assert kept.event_ids == set(ids)


async def test_the_same_event_parked_at_the_same_time_is_the_same_and_at_another_time_another(
    queues: ParkedQueues, broker: Broker
) -> None:
    event, kept = viewed(), Kept()
    for same in (event, event, event.model_copy(update={"time": example.NOW + timedelta(milliseconds=1)})):
        await broker.park(same, "router", "x")
    await moved(queues, kept)
    assert (kept.calls, len(kept.events)) == (3, 2)


async def test_several_processes_take_each_event_once(stack: Stack, broker: Broker) -> None:
    ids, kept = await parked(broker, 120), Kept()
    several = [ParkedQueues(stack.rabbitmq_url) for _ in range(3)]
    await asyncio.gather(*(moved(queues, kept) for queues in several))
    assert (kept.event_ids, kept.calls) == (set(ids), 120)
    for queues in several:
        await queues.close()


async def test_what_opens_a_page_is_not_shown(queues: ParkedQueues, broker: Broker) -> None:
    await broker.park(example.sealed(RECEIPT), "notifier", "x")
    content = await _content(queues)
    assert "7KX49-Q2M8D-VT3HA-90RZC" not in content
    assert "http" not in content
    assert '"tracking_code": "…"' in content


async def test_what_is_not_json_is_shown_as_it_came(queues: ParkedQueues, broker: Broker) -> None:
    await broker.park(viewed(), "router", "x", body=b"\xff{not json")
    assert await _content(queues) == "\\xff{not json"


async def test_what_is_sent_again_goes_to_the_queue_it_failed_in_under_the_same_id_with_all_its_attempts(
    queues: ParkedQueues, broker: Broker, stack: Stack
) -> None:
    (event_id,), kept = await parked(broker), Kept()
    await moved(queues, kept)
    await _send_again(stack, *kept.events.values())
    again = await broker.take(QUEUE)
    assert (again.message_id, again.correlation_id, again.delivery_mode) == (event_id, "m1", 2)
    assert {ATTEMPT, REASON, PARKED_AT} & set(again.headers) == set()


async def test_an_event_that_no_queue_wants_is_refused(queues: ParkedQueues, broker: Broker, stack: Stack) -> None:
    await broker.park(viewed().model_copy(update={"type": "no.such.event"}), "router", "x")
    kept = Kept()
    await moved(queues, kept)
    with pytest.raises(PublishRefused):
        await _send_again(stack, *kept.events.values())


async def test_an_event_that_the_broker_parked_goes_back_to_the_queue_it_died_in(
    queues: ParkedQueues, broker: Broker, stack: Stack
) -> None:
    event, kept = viewed(), Kept()
    await broker.publish(event)
    queue = await broker.channel.get_queue(QUEUE, ensure=False)
    died = await queue.get()
    assert died
    await died.reject(requeue=False)
    await eventually(lambda: queues.move(kept))
    (found,) = kept.events.values()
    assert (found.queue, found.reason, found.by_broker) == (QUEUE, "rejected", True)
    assert found.since == example.NOW + timedelta(hours=1)
    await _send_again(stack, found)
    assert (await broker.take(QUEUE)).message_id == event.id


async def test_a_service_that_never_started_holds_up_nobody(
    queues: ParkedQueues, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parking, "CONSUMERS", {"never_started": (), **CONSUMERS})
    ids, kept = await parked(broker), Kept()
    await moved(queues, kept)
    assert kept.event_ids == set(ids)


async def test_a_broker_that_is_away_is_named_and_reached_again(stack: Stack, broker: Broker) -> None:
    dead = "amqp://127.0.0.1:9/klu"
    with pytest.raises(BrokerAway):
        await ParkedQueues(dead).move(Kept())
    with pytest.raises(BrokerAway):
        await _send_again(Stack(**{**vars(stack), "rabbitmq_url": dead}))


async def _send_again(stack: Stack, *events: Parked) -> None:
    async with sending_again(stack.rabbitmq_url) as send:
        for event in events:
            await send(event, ParkedMessage.load(event.message))


async def _content(queues: ParkedQueues) -> str:
    kept = Kept()
    await moved(queues, kept)
    (found,) = kept.events.values()
    return ParkedMessage.load(found.message).content


async def _waits(broker: Broker, count: int) -> bool:
    return await broker.count(PARKED) == count
