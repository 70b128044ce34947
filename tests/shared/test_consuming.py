"""The outcomes of a delivery: errors are sorted by what should happen next."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
import pytest
from faststream.rabbit import Channel, RabbitBroker
from pydantic import ValidationError
from pymongo.errors import AutoReconnect

from scripts.eventually import eventually
from shared.broker import topology
from shared.broker.consuming import Consuming, subscribe
from shared.broker.publishing import Publisher
from shared.documents import AlreadyProcessed, Conflict, Database, Documents, Erased, NotYet
from shared.events import AssignmentViewed, CloudEvent
from shared.telemetry import Telemetry
from tests import examples as example
from tests.conftest import DELAYS, Broker
from tests.shared.test_documents import Counter
from tests.stack import Stack

QUEUE, PARKED = "probe.assignment.viewed", "probe.parked"
Do = Callable[[CloudEvent[AssignmentViewed]], Awaitable[None]]


@pytest.fixture
async def probe(stack: Stack, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Broker:
    """A consumer of its own, beside the four services."""
    monkeypatch.setitem(topology.CONSUMERS, "probe", (AssignmentViewed,))
    await topology.declare(stack.rabbitmq_url, DELAYS, ["probe"])
    await broker.purge()
    return broker


@asynccontextmanager
async def handling(stack: Stack, do: Do, *, prefetch: int = 10) -> AsyncIterator[None]:
    own = RabbitBroker(stack.rabbitmq_url, default_channel=Channel(on_return_raises=True), logger=None)
    own.add_middleware(Consuming("probe", Publisher(own, timeout=5), Telemetry(), delays=DELAYS, hold=0.05))

    async def on_assignment_viewed(event: CloudEvent[AssignmentViewed]) -> None:
        await do(event)

    subscribe(own, "probe", [on_assignment_viewed], example.SIGNATURES, prefetch=prefetch)
    async with own:
        await own.start()
        yield


def viewed(assignment_id: str = "a1") -> CloudEvent[Any]:
    return example.sealed(AssignmentViewed(message_id="m1", assignment_id=assignment_id, viewed_at=example.NOW))


class Calls:
    """Records every call, and returns or raises what the test gave it; the last again and again."""

    def __init__(self, *does: Exception | None) -> None:
        self.does = list(does)
        self.observed: list[str] = []

    async def __call__(self, event: CloudEvent[AssignmentViewed]) -> None:
        self.observed.append(event.data.assignment_id)
        does = self.does.pop(0) if len(self.does) > 1 else self.does[0]
        if does:
            raise does


async def reached(calls: Calls, number: int) -> None:
    async def enough() -> bool:
        return len(calls.observed) >= number

    await eventually(enough)


async def test_what_is_not_json_is_parked_at_once_with_its_reason(stack: Stack, probe: Broker) -> None:
    calls, poison = Calls(None), example.SIGNERS["replies"].sign("{not json}").encode()
    async with handling(stack, calls):
        await probe.publish_raw("assignment.viewed", poison, "poison")
        parked = await probe.take(PARKED)
    assert (parked.message_id, parked.body, calls.observed) == ("poison", poison, [])
    assert (parked.headers["x-queue"], parked.headers["x-attempt"]) == (QUEUE, 0)
    assert "json_invalid" in str(parked.headers["x-reason"])


async def test_what_does_not_fit_the_schema_is_parked_without_its_values_in_the_reason(
    stack: Stack, probe: Broker
) -> None:
    body = viewed().model_dump_json().replace('"assignment_id":"a1"', '"assignment_id":["Deniz Kaya"]')
    async with handling(stack, Calls(None)):
        await probe.publish_raw("assignment.viewed", example.SIGNERS["replies"].sign(body).encode())
        parked = await probe.take(PARKED)
    assert "data.assignment_id: string_type" in str(parked.headers["x-reason"])
    assert "Deniz" not in str(parked.headers)


async def test_poison_does_not_hold_up_its_neighbours(stack: Stack, probe: Broker) -> None:
    calls = Calls(None)
    async with handling(stack, calls, prefetch=1):
        await probe.publish_raw("assignment.viewed", b"poison")
        await probe.publish(viewed("neighbour"))
        await reached(calls, 1)
    assert calls.observed == ["neighbour"]


async def test_a_failing_handler_gets_exactly_the_configured_attempts_and_then_the_event_is_parked(
    stack: Stack, probe: Broker
) -> None:
    calls, event = Calls(RuntimeError("always")), viewed()
    async with handling(stack, calls):
        await probe.publish(event)
        parked = await probe.take(PARKED)
    assert len(calls.observed) == 1 + len(DELAYS)
    assert (parked.message_id, parked.body) == (event.id, example.signed(event))
    assert parked.headers["x-reason"] == "RuntimeError: always"


async def test_an_event_is_processed_after_the_delay_when_its_handler_recovers(stack: Stack, probe: Broker) -> None:
    calls = Calls(RuntimeError("once"), None)
    async with handling(stack, calls):
        await probe.publish(viewed())
        await reached(calls, 2)
    assert await probe.count(PARKED) == 0


async def test_an_unreadable_document_does_not_park_the_event(stack: Stack, probe: Broker, database: Database) -> None:
    """However often it is tried, it is not parked; once the document can be read, it has its effect."""
    counters, observed = Documents(database, "counters", Counter), Calls(None)
    await counters.collection.insert_one({"_id": "c1", "revision": 0, "value": {"Deniz Kaya": "of a newer version"}})

    async def count(event: CloudEvent[AssignmentViewed]) -> None:
        await observed(event)
        found = await counters.get("c1", handling=event)
        await counters.save(found.model_copy(update={"value": found.value + 1}), handling=event)

    async with handling(stack, count):
        await probe.publish(viewed())
        await reached(observed, len(DELAYS) + 3)
        await counters.collection.update_one({"_id": "c1"}, {"$set": {"value": 7}})
        await eventually(lambda: _is_saved(counters, 8))
    assert await probe.count(PARKED) == 0


async def test_an_event_that_came_too_early_is_tried_again_without_counting(stack: Stack, probe: Broker) -> None:
    calls = Calls(*[NotYet("another event")] * (len(DELAYS) + 3), None)
    async with handling(stack, calls):
        await probe.publish(viewed())
        await reached(calls, len(DELAYS) + 4)
    assert await probe.count(PARKED) == 0


async def test_a_validation_error_of_our_own_is_told_without_the_value(stack: Stack, probe: Broker) -> None:
    with pytest.raises(ValidationError) as error:
        Counter.model_validate({"value": "Deniz Kaya"})
    async with handling(stack, Calls(error.value)):
        await probe.publish(viewed())
        parked = await probe.take(PARKED)
    assert parked.headers["x-reason"] == "ValidationError: does not fit the schema: value: int_parsing"


async def test_what_comes_for_an_erased_document_is_acknowledged(stack: Stack, probe: Broker) -> None:
    calls = Calls(Erased("x"))
    async with handling(stack, calls):
        await probe.publish(viewed())
        await reached(calls, 1)
    assert (await probe.count(QUEUE), await probe.count(PARKED)) == (0, 0)


async def test_after_a_conflict_the_handler_runs_again_at_once(stack: Stack, probe: Broker) -> None:
    often = [Conflict("x") for _ in range(2 * len(DELAYS))]
    calls = Calls(*often, None)
    async with handling(stack, calls):
        await probe.publish(viewed())
        await reached(calls, len(often) + 1)
    assert await probe.count(PARKED) == 0


async def test_while_a_dependency_is_away_the_event_is_held_and_not_parked(stack: Stack, probe: Broker) -> None:
    outage = [AutoReconnect("away") for _ in range(3 * len(DELAYS))]
    calls = Calls(*outage, None)
    async with handling(stack, calls):
        await probe.publish(viewed())
        await reached(calls, len(outage) + 1)
    assert await probe.count(PARKED) == 0


async def test_a_duplicate_is_acknowledged(stack: Stack, probe: Broker) -> None:
    calls = Calls(AlreadyProcessed("x"))
    async with handling(stack, calls):
        await probe.publish(viewed())
        await reached(calls, 1)
    assert (await probe.count(QUEUE), await probe.count(PARKED)) == (0, 0)


async def test_no_more_events_are_worked_on_at_once_than_the_prefetch_allows(stack: Stack, probe: Broker) -> None:
    at_once, most, go_on, done = 0, 0, asyncio.Event(), Calls(None)

    async def count(event: CloudEvent[AssignmentViewed]) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await go_on.wait()
        at_once -= 1
        await done(event)

    async with handling(stack, count, prefetch=3):
        for number in range(12):
            await probe.publish(viewed(str(number)))
        await eventually(lambda: _is(lambda: at_once == 3))
        go_on.set()
        await reached(done, 12)
    assert most == 3


async def test_a_service_that_forgets_an_event_of_the_topology_does_not_start(stack: Stack, probe: Broker) -> None:
    with pytest.raises(LookupError):
        subscribe(RabbitBroker(stack.rabbitmq_url), "router", [], example.SIGNATURES, prefetch=1)


async def _is_saved(counters: Documents[Counter], value: int) -> bool:
    return (await counters.get("c1")).value == value


async def _is(condition: Callable[[], bool]) -> bool:
    return condition()


@pytest.mark.parametrize("attempt", ["many", -7, 2**62, [1], {"a": 1}, True, None, 1.5])
async def test_headers_are_anybodys_word_and_hold_up_nothing(stack: Stack, probe: Broker, attempt: Any) -> None:
    """Headers are not signed. Nothing that stands in them hands the event back for ever, or keeps it out of parking."""
    event, calls = viewed(), Calls(RuntimeError("always"))
    headers = {"x-attempt": attempt, "traceparent": 7, "x-reason": ["x"], "x-queue": 1, "CC": ["probe.parked"]}
    message = aio_pika.Message(example.signed(event), headers=headers, message_id=event.id, delivery_mode=2)
    async with handling(stack, calls):
        await (await probe.channel.get_exchange("klu.events")).publish(message, event.type)
        parked = await probe.take(PARKED)
    assert (parked.headers["x-queue"], parked.headers["x-reason"]) == (QUEUE, "RuntimeError: always")
    assert len(calls.observed) <= 1 + len(DELAYS)
