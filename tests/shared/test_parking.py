"""Parked events: looked at, sent again, discarded; none is lost on the way, and each deed is noted."""

import asyncio
from collections import Counter

import pytest

from scripts.eventually import eventually
from shared.broker.consuming import ATTEMPT, PARKED_AT, REASON
from shared.broker.parking import BrokerAway, ParkingLot
from shared.events import AssignmentViewed, ReceiptRequested
from shared.parked import Parked, ParkedFilter
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


class Book:
    """Notes which events something was done to; refuses when told to."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.refuses: Exception | None = None

    async def __call__(self, parked: Parked) -> None:
        if self.refuses:
            raise self.refuses
        self.ids.append(parked.event_id)


@pytest.fixture
def lot(stack: Stack, broker: Broker) -> ParkingLot:
    return ParkingLot(stack.rabbitmq_url)


async def parked(broker: Broker, count: int = 1, reason: str = "RuntimeError: example") -> list[str]:
    events = [
        example.sealed(AssignmentViewed(message_id="m1", assignment_id=f"a{n}", viewed_at=example.NOW))
        for n in range(count)
    ]
    for event in events:
        await broker.park(event, "router", reason)
    return [event.id for event in events]


async def test_a_parked_event_is_shown_with_everything_that_is_known_and_stays_parked(
    lot: ParkingLot, broker: Broker
) -> None:
    (event_id,) = await parked(broker)
    for _ in range(3):
        (found,) = await lot.look()
    assert (found.service, found.event_id, found.queue, found.type) == ("router", event_id, QUEUE, "assignment.viewed")
    assert (found.reason, found.attempts, found.at, found.correlation_id) == (
        "RuntimeError: example",
        3,
        example.NOW,
        "m1",
    )
    assert '"assignment_id": "a0"' in found.content
    assert await broker.count(PARKED) == 1


async def test_an_event_can_be_looked_at_more_often_than_a_broker_delivers_by_itself(
    lot: ParkingLot, broker: Broker
) -> None:
    await parked(broker)
    for _ in range(25):
        assert len(await lot.look()) == 1


async def test_what_opens_a_page_is_not_shown(lot: ParkingLot, broker: Broker) -> None:
    await broker.park(example.sealed(RECEIPT), "notifier", "x")
    (found,) = await lot.look(ParkedFilter(service="notifier"))
    assert "7KX49-Q2M8D-VT3HA-90RZC" not in found.content
    assert "http" not in found.content
    assert '"tracking_code": "…"' in found.content


async def test_what_is_not_json_is_shown_as_it_came(lot: ParkingLot, broker: Broker) -> None:
    event = example.sealed(example.message_submitted())
    await broker.park(event, "router", "x", body=b"\xff{not json")
    (found,) = await lot.look()
    assert found.content == "\\xff{not json"


async def test_what_is_sent_again_goes_to_the_queue_it_failed_in_under_the_same_id_with_all_its_attempts(
    lot: ParkingLot, broker: Broker
) -> None:
    (event_id,), book = await parked(broker), Book()
    gone = await lot.redrive(ParkedFilter(event_id=event_id), book)
    again = await broker.take(QUEUE)
    assert ([p.event_id for p in gone], book.ids, again.message_id) == ([event_id], [event_id], event_id)
    assert (again.correlation_id, again.delivery_mode) == ("m1", 2)
    assert {ATTEMPT, REASON, PARKED_AT} & set(again.headers) == set()
    assert await broker.count(PARKED) == 0


async def test_only_what_was_chosen_is_sent_again(lot: ParkingLot, broker: Broker) -> None:
    ours = await parked(broker, 2, "RuntimeError: mended")
    others, book = await parked(broker, 2, "KeyError: other"), Book()
    await lot.redrive(ParkedFilter(reason="runtimeerror"), book)
    await lot.redrive(ParkedFilter(service="notifier"), book)
    await lot.redrive(ParkedFilter(event_id="nobody"), book)
    assert sorted(book.ids) == sorted(ours)
    assert {p.event_id for p in await lot.look()} == set(others)


async def test_an_event_that_no_queue_wants_stays_parked_and_does_not_hold_up_the_others(
    lot: ParkingLot, broker: Broker
) -> None:
    lost = example.sealed(AssignmentViewed(message_id="m1", assignment_id="a", viewed_at=example.NOW))
    lost = lost.model_copy(update={"type": "no.such.event"})
    await broker.park(lost, "router", "x")
    (event_id,), book = await parked(broker), Book()
    assert [p.event_id for p in await lot.redrive(ParkedFilter(), book)] == [event_id]
    assert [p.event_id for p in await lot.look()] == [lost.id]
    assert book.ids == [event_id]


async def test_what_cannot_be_noted_stays_parked(lot: ParkingLot, broker: Broker) -> None:
    await parked(broker)
    book = Book()
    book.refuses = RuntimeError("the record is away")
    for deed in (lot.redrive, lot.discard):
        with pytest.raises(RuntimeError):
            await deed(ParkedFilter(), book)
        assert len(await lot.look()) == 1


async def test_two_people_at_once_send_each_event_once(lot: ParkingLot, broker: Broker) -> None:
    ids, book = await parked(broker, 40), Book()
    await asyncio.gather(*(lot.redrive(ParkedFilter(), book) for _ in range(3)))
    assert Counter(book.ids) == Counter(ids)
    assert (await broker.count(QUEUE), await broker.count(PARKED)) == (40, 0)


async def test_what_is_discarded_is_gone_and_noted(lot: ParkingLot, broker: Broker) -> None:
    ids, book = await parked(broker, 3), Book()
    await lot.discard(ParkedFilter(event_id=ids[1]), book)
    assert book.ids == [ids[1]]
    assert {p.event_id for p in await lot.look()} == {ids[0], ids[2]}


async def test_an_event_that_the_broker_parked_goes_back_to_the_queue_it_died_in(
    stack: Stack, broker: Broker, lot: ParkingLot
) -> None:
    event = example.sealed(AssignmentViewed(message_id="m1", assignment_id="a", viewed_at=example.NOW))
    await broker.publish(event)
    queue = await broker.channel.get_queue(QUEUE, ensure=False)
    died = await queue.get()
    assert died
    await died.reject(requeue=False)
    found = await _until_parked(lot)
    assert (found.queue, found.reason, found.at) == (QUEUE, "rejected", None)
    await lot.redrive(ParkedFilter(), Book())
    assert (await broker.take(QUEUE)).message_id == event.id


async def test_a_broker_that_is_away_is_named(lot: ParkingLot) -> None:
    with pytest.raises(BrokerAway):
        await ParkingLot("amqp://127.0.0.1:9/klu").look()


async def _until_parked(lot: ParkingLot) -> Parked:
    async def found() -> Parked | None:
        return next(iter(await lot.look()), None)

    return await eventually(found)
