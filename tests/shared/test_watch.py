"""The self-check: a service declares its topology again, measures its backlog, and knows when it is stuck."""

import asyncio
import math
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import aiormq
import httpx2
import pytest
from fastapi import FastAPI
from faststream.rabbit.subscriber import RabbitSubscriber
from pymongo.errors import AutoReconnect

from scripts.eventually import eventually
from services.notifier.store import Letters
from services.replies.domain.writing import decline, view
from services.replies.store import Assignments
from services.router.cases.store.cases import Cases
from shared import watch
from shared.broker import topology
from shared.broker.topology import parked_name, retry_name
from shared.clock import utc_now
from shared.documents import Database
from shared.events import AssignmentDeclined
from shared.service import Service
from shared.watch import StallDetector
from tests import examples as example
from tests.conftest import DELAYS, Broker, Make, listening
from tests.stack import Stack

QUEUE, DECLINED, VIEWED = "router.message.submitted", "router.assignment.declined", "router.assignment.viewed"
QUICK = {"watch_seconds": 0.1, "stuck_seconds": 0.5}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def app(make: Make, broker: Broker) -> FastAPI:
    return make("router", **QUICK)


async def livez(app: FastAPI) -> httpx2.Response:
    transport = httpx2.ASGITransport(app=app.state.management)
    async with httpx2.AsyncClient(transport=transport, base_url="http://management") as client:
        return await client.get("/livez")


async def figure(app: FastAPI, name: str) -> float:
    """One metric, as Prometheus would read it; not a number while it is not told yet."""
    transport = httpx2.ASGITransport(app=app.state.management)
    async with httpx2.AsyncClient(transport=transport, base_url="http://management") as client:
        lines = (await client.get("/metrics")).text.splitlines()
    return next((float(line.split()[-1]) for line in lines if line.startswith(f"{name} ")), math.nan)


def until(app: FastAPI, name: str, matches: Callable[[float], bool]) -> Any:
    async def reached() -> bool:
        return matches(await figure(app, name))

    return eventually(reached)


def test_what_waits_and_does_not_move_is_stuck_after_its_time() -> None:
    now = Clock()
    stall_detector = StallDetector(60, now)
    stall_detector.observe({"queue": 7})
    now.now = 59
    stall_detector.observe({"queue": 7})
    assert stall_detector.stuck == []
    now.now = 61
    assert stall_detector.stuck == ["queue"]


@pytest.mark.parametrize("then", [{"queue": 8}, {}], ids=["something was done", "nothing waits"])
def test_what_moves_is_not_stuck(then: dict[str, int]) -> None:
    now = Clock()
    stall_detector = StallDetector(60, now)
    stall_detector.observe({"queue": 7})
    now.now = 50
    stall_detector.observe(then)
    now.now = 100
    stall_detector.observe(then)
    assert stall_detector.stuck == []


def test_nobody_is_stuck_while_nobody_can_be_judged() -> None:
    now = Clock()
    stall_detector = StallDetector(60, now)
    stall_detector.observe({"queue": 7})
    now.now = 61
    stall_detector.forget()
    assert stall_detector.stuck == []


async def _nothing(message: Any) -> None:
    """As a consumer of RabbitMQ's own imagination would."""


@pytest.mark.parametrize("counted", [False, True], ids=["not counted", "still counted"])
async def test_a_consumer_that_died_silently_is_started_anew(
    app: FastAPI, broker: Broker, database: Database, counted: bool
) -> None:
    """RabbitMQ 3.10 may count a consumer of a deleted queue as one of the new queue, and give it what it can hold."""
    async with listening(app) as service:
        for subscriber in service.broker.subscribers:
            await subscriber.stop()
        if counted:
            await broker.channel.set_qos(prefetch_count=1)
            await (await broker.channel.get_queue(QUEUE, ensure=False)).consume(_nothing)
        for _ in range(3):
            await broker.publish(example.sealed(example.message_submitted()))

        async def handled() -> bool:
            return await database["cases"].count_documents({}) >= (2 if counted else 3)

        await eventually(handled)


async def test_a_handler_that_never_returns_makes_the_process_not_alive(
    app: FastAPI, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(self: Cases, *arguments: Any, **named: Any) -> None:
        raise AutoReconnect("its own connection is broken, though MongoDB answers others")

    monkeypatch.setattr(Cases, "add", away)
    async with listening(app) as service:
        service.consuming.hold = 0.05
        await broker.publish(example.sealed(example.message_submitted()))

        async def found_out() -> bool:
            return bool((await livez(app)).json()["stuck"] == [QUEUE])

        await eventually(found_out)
        monkeypatch.undo()

        async def healed() -> bool:
            return (await livez(app)).status_code == 200

        await eventually(healed)


async def test_a_process_is_alive_though_its_consumers_do_nothing_while_the_database_is_away(
    make: Make, broker: Broker
) -> None:
    app = make("router", **QUICK, mongodb_url="mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=100")
    async with listening(app) as service:
        service.consuming.hold = 0.05
        await broker.publish(example.sealed(example.message_submitted()))

        async def in_hand() -> bool:
            return service.consuming.in_hand[QUEUE] == 1

        await eventually(in_hand)
        looks = 0

        async def looked_often() -> bool:
            nonlocal looks
            await service.watch.look()
            looks += 1
            assert (await livez(app)).status_code == 200
            return looks >= 3

        await eventually(looked_often)


async def test_what_stood_still_before_a_dependency_went_away_is_not_held_against_the_process(
    app: FastAPI, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*arguments: Any, **named: Any) -> None:
        raise AutoReconnect("MongoDB is away")

    monkeypatch.setattr(Cases, "add", away)
    now = Clock()
    app.state.service.watch.stall_detector = StallDetector(60, now)
    async with listening(app) as service:
        service.consuming.hold = 0.05
        await broker.publish(example.sealed(example.message_submitted()))

        async def stands_still() -> bool:
            await service.watch.look()
            now.now += 61
            return service.watch.stuck == [QUEUE]

        await eventually(stands_still)
        monkeypatch.setattr(service.relay, "oldest_unpublished", away)
        await service.watch.look()
        now.now += 1000
        assert (await livez(app)).status_code == 200


@pytest.mark.parametrize("told", [True, False], ids=["told", "not told"])
@pytest.mark.parametrize("in_hand", [False, True], ids=["idle", "in hand"])
async def test_a_queue_that_was_deleted_is_back_and_consumed_again_by_the_same_process(
    app: FastAPI, broker: Broker, database: Database, monkeypatch: pytest.MonkeyPatch, told: bool, in_hand: bool
) -> None:
    """A broker does not always tell a consumer that its queue is gone."""
    may_go_on, add = asyncio.Event(), Cases.add
    may_go_on.set()

    async def add_later(self: Cases, *arguments: Any, **named: Any) -> None:
        await may_go_on.wait()
        await add(self, *arguments, **named)

    async def holds_one() -> bool:
        return service.consuming.in_hand[QUEUE] == 1

    async def alive() -> bool:
        return (await livez(app)).status_code == 200

    async def arrived() -> bool:
        await broker.publish(event)
        return bool(await database["cases"].count_documents({"_id": event.data.message_id}))

    monkeypatch.setattr(Cases, "add", add_later)
    if not told:
        monkeypatch.setattr(aiormq.Channel, "_on_cancel_frame", _only_what_was_asked_for)
    async with listening(app) as service:
        if in_hand:
            may_go_on.clear()
            await broker.publish(example.sealed(example.message_submitted()))
            await eventually(holds_one)
        await broker.channel.queue_delete(QUEUE)
        may_go_on.set()
        event = example.sealed(example.message_submitted())
        await eventually(arrived)
        await eventually(alive)


@pytest.mark.parametrize("when", ["while it starts", "afterwards"])
async def test_a_consumer_that_did_not_start_anew_handles_what_comes_when_the_connection_is_back(
    make: Make, broker: Broker, database: Database, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    event = example.sealed(example.message_submitted())

    async def unconsumed(*arguments: Any) -> dict[str, topology.QueueState]:
        queues = await topology.declare(*arguments)
        return {name: state._replace(consumers=0) for name, state in queues.items()}

    async def stop(self: RabbitSubscriber) -> None:
        """What FastStream does while the channel is closed: the consumer remains, and comes back with the channel."""
        self.running = False

    async def start(self: RabbitSubscriber) -> None:
        if (self.queue.name, when) == (QUEUE, "while it starts"):
            await broker.publish(event)
            await eventually(arrived)
        raise ConnectionError("closed")

    async def arrived() -> bool:
        return bool(await database["cases"].count_documents({"_id": event.data.message_id}))

    app = make("router", watch_seconds=3600)
    async with listening(app) as service:
        await until(app, 'klu_dependency_up{dependency="mongodb"}', (1.0).__eq__)  # the first look is over
        with monkeypatch.context() as away:
            away.setattr(watch, "declare", unconsumed)
            away.setattr(RabbitSubscriber, "stop", stop)
            away.setattr(RabbitSubscriber, "start", start)
            away.setattr(watch, "RESTART", 60.0)
            await service.watch.look()
            await service.watch.look()
        if when == "afterwards":
            await broker.publish(event)
        await eventually(arrived)


_on_cancel_frame = aiormq.Channel._on_cancel_frame


async def _only_what_was_asked_for(channel: aiormq.Channel, frame: Any) -> None:
    """Overhear the broker's own ``Basic.Cancel``, as if it had not been sent."""
    if not isinstance(frame, aiormq.spec.Basic.Cancel):
        await _on_cancel_frame(channel, frame)


async def test_an_event_whose_binding_is_gone_is_refused_and_kept_and_arrives_when_it_is_back(
    make: Make, broker: Broker, database: Database, stack: Stack
) -> None:
    await broker.channel.exchange_delete("klu.events")  # and what other tests have bound to it
    await topology.declare(stack.rabbitmq_url, DELAYS, topology.CONSUMERS)
    app = make("replies")
    async with listening(app):
        queue = await broker.channel.get_queue(VIEWED, ensure=False)
        await queue.unbind("klu.events", routing_key="assignment.viewed")
        assignments, assignment = Assignments(database), example.units_assignment()
        announced = view(assignment, example.NOW)
        await assignments.add(announced[0], announcing=announced[1])
        await until(app, "klu_event_publish_failures_total", lambda count: count >= 1)

        await topology.declare(stack.rabbitmq_url, DELAYS, ["router"])
        assert (await broker.take(VIEWED)).message_id


async def test_an_event_waits_for_the_first_start_of_everybody_who_is_to_hear_of_it(
    make: Make, broker: Broker, database: Database, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = f"late{uuid4().hex[:8]}"
    monkeypatch.setitem(topology.CONSUMERS, late, (AssignmentDeclined,))
    app = make("replies")
    async with listening(app):
        assignments, assignment = Assignments(database), example.units_assignment()
        drawn = example.drawn(assignment)
        announced = decline(assignment, reason="x", suggested_unit="", by="x", drawn=drawn, now=example.NOW)
        await assignments.add(announced[0], announcing=announced[1])
        await until(app, "klu_event_publish_failures_total", lambda count: count >= 2)
        assert await broker.count(DECLINED) == 0
        assert (await livez(app)).status_code == 200

        await topology.declare(stack.rabbitmq_url, DELAYS, [late])
        assert (await broker.take(f"{late}.assignment.declined")).message_id
        assert (await broker.take(DECLINED)).message_id
    for room in (f"{late}.assignment.declined", parked_name(late), *(retry_name(late, delay) for delay in DELAYS)):
        await broker.channel.queue_delete(room)


async def test_the_router_tells_the_age_of_the_oldest_parked_event_of_all_services(
    app: FastAPI, broker: Broker, database: Database
) -> None:
    async with listening(app):
        await until(app, "klu_parked_events", lambda count: count == 0)
        for service in ("router", "notifier"):
            await broker.park(example.sealed(example.message_submitted()), service, "RuntimeError: example")
        await until(app, "klu_parked_events", lambda count: count == 2)
        age = (utc_now() - example.NOW).total_seconds()
        await until(app, "klu_oldest_parked_event_age_seconds", lambda told: abs(told - age) < 60)
        await database["parked"].delete_many({})
        await until(app, "klu_parked_events", lambda count: count == 0)
        await until(app, "klu_oldest_parked_event_age_seconds", lambda told: told == 0)


async def test_without_the_router_a_service_tells_what_waits_in_its_queue_and_for_how_long(
    make: Make, broker: Broker
) -> None:
    app = make("notifier", **QUICK)
    async with listening(app):
        for _ in range(2):
            await broker.park(example.sealed(example.message_submitted()), "notifier", "RuntimeError: example")
        await until(app, "klu_parked_events", lambda count: count == 2)
        await until(app, "klu_oldest_parked_event_age_seconds", lambda age: age > 0.3)
        await broker.purge()
        await until(app, "klu_parked_events", lambda count: count == 0)
        await until(app, "klu_oldest_parked_event_age_seconds", lambda age: age == 0)


async def test_the_age_of_the_oldest_unpublished_event_is_told_while_the_broker_is_away(make: Make) -> None:
    app = make("router", **QUICK, rabbitmq_url="amqp://127.0.0.1:9/klu")
    service: Service = app.state.service
    await service.start()
    try:
        await Cases(service.database).add(example.case(), announcing=example.case_progressed())
        await until(app, "klu_oldest_owed_event_age_seconds", lambda age: age > 0.5)
        assert (await livez(app)).status_code == 200
        await until(app, 'klu_dependency_up{dependency="rabbitmq"}', lambda up: up == 0)
        await until(app, 'klu_dependency_up{dependency="mongodb"}', lambda up: up == 1)
    finally:
        await service.stop()


async def test_the_age_of_the_oldest_unsent_letter_is_told(make: Make, broker: Broker, database: Database) -> None:
    app = make("notifier", **QUICK)
    async with listening(app):
        await until(app, "klu_oldest_unsent_letter_age_seconds", lambda age: age == 0)
        await Letters(database).add(example.letter())
        for name in ("unsent", "untaken"):
            await until(app, f"klu_oldest_{name}_letter_age_seconds", lambda age: age > 0)


async def test_the_desks_open_cases_and_clocks_are_told(app: FastAPI, broker: Broker, database: Database) -> None:
    async with listening(app):
        await until(app, 'klu_open_cases{state="routed"}', lambda count: count == 0)
        case, yesterday = example.routed_case(), utc_now() - timedelta(days=1)
        late = tuple(a.model_copy(update={"due_at": yesterday}) for a in case.assignments)
        await Cases(database).add(case.model_copy(update={"assignments": late}))
        await until(app, 'klu_open_cases{state="routed"}', lambda count: count == 1)
        await until(app, 'klu_assignments{clock="overdue"}', lambda count: count == 1)
