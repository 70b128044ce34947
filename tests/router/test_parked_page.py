"""Parked events on the desk: an administrator sees them, sends them again, discards them; the audit log says who."""

import asyncio
import html
import re
from collections import Counter
from datetime import timedelta
from typing import Any

import aio_pika
import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from scripts.eventually import eventually
from services.router.access import Role
from services.router.cases.domain.lists import Position
from services.router.cases.store.cases import Cases
from services.router.operations.domain import Outcome
from services.router.operations.jobs import ParkedMover
from services.router.operations.pages import parked as pages
from services.router.operations.store import ParkedEvents
from services.router.records.domain import AuditAction, AuditEntry
from services.router.records.store import AuditLog
from shared.broker import parking
from shared.broker.consuming import ATTEMPT, PARKED_AT, REASON
from shared.broker.consuming import QUEUE as FAILED_IN
from shared.broker.parking import BrokerAway, ParkedQueues
from shared.documents import Database
from shared.parked import Backlog, Parked, ParkedFilter
from shared.seal import Seal, WrongKey
from tests import examples as example
from tests.conftest import Broker, Make, Visit, listening
from tests.router.desk import log_in, park, parked_events, send, shown
from tests.stack import Stack

PARKED, QUEUE = "router.parked", "router.message.submitted"
ALL = ParkedFilter()


@pytest.fixture
def store(database: Database, stack: Stack) -> ParkedEvents:
    """What the desk of this test shows."""
    return parked_events(database, stack)


class Notes:
    """Notes which events something was done to; refuses when told to."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.refuses: Exception | None = None

    async def __call__(self, parked: Parked) -> None:
        if self.refuses:
            raise self.refuses
        self.ids.append(parked.event_id)


async def entries(database: Database) -> list[AuditEntry]:
    return await AuditLog(database).newest()


async def found(store: ParkedEvents, chosen: ParkedFilter = ALL) -> list[str]:
    return [parked.event_id for parked in await store.page(chosen, limit=1000)]


async def test_what_is_parked_comes_from_all_queues_into_the_database_and_its_content_is_sealed(
    store: ParkedEvents, broker: Broker, stack: Stack
) -> None:
    queues, event = ParkedQueues(stack.rabbitmq_url), example.sealed(example.message_submitted())
    for service in ("router", "notifier"):
        await broker.park(event, service, "RuntimeError: example")
    mover = ParkedMover(queues, store)
    while await mover.move():
        pass
    await queues.close()
    kept = await store.page(ALL, limit=10)
    assert {(parked.service, parked.event_id) for parked in kept} == {("router", event.id), ("notifier", event.id)}
    stored = str(await store.collection.find().to_list(None))
    assert event.data.text not in stored
    assert event.data.text in store.message(kept[0]).content.replace("\\n", "\n")


async def test_what_is_stored_twice_is_there_once(store: ParkedEvents) -> None:
    parked = example.parked(example.sealed(example.message_submitted()))
    for _ in range(2):
        await store.keep(parked)
    assert await store.count(ALL) == 1


async def test_while_the_database_is_away_the_queue_keeps_what_is_parked(
    store: ParkedEvents, broker: Broker, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(self: ParkedEvents, *arguments: Any) -> None:
        raise ConnectionError("MongoDB is away")

    mover = ParkedMover(ParkedQueues(stack.rabbitmq_url), store)
    await broker.park(example.sealed(example.message_submitted()), "router", "x")
    monkeypatch.setattr(ParkedEvents, "add", away)
    moving = asyncio.create_task(mover.run())

    async def waits() -> bool:
        return await broker.count(PARKED) == 1

    await eventually(waits)
    monkeypatch.undo()
    await eventually(lambda: store.count(ALL))
    moving.cancel()
    await asyncio.gather(moving, return_exceptions=True)


async def test_they_are_read_by_age_page_by_page_and_by_service_reason_or_event(store: ParkedEvents) -> None:
    ours = await park(store, 3, "RuntimeError: mended")
    theirs = await park(store, 2, "KeyError: [other]", service="notifier")
    ids, after = list[str](), None
    while page := await store.page(ALL, after=after, limit=2):
        ids += [parked.event_id for parked in page]
        after = Position(page[-1].since, page[-1].id)
    assert sorted(ids) == sorted(event.id for event in [*ours, *theirs])
    assert await found(store, ParkedFilter(service="notifier")) == [event.id for event in theirs]
    assert await found(store, ParkedFilter(reason="runtimeERROR")) == [event.id for event in ours]
    assert await found(store, ParkedFilter(reason="[other]")) == [event.id for event in theirs]
    assert await found(store, ParkedFilter(event_id=ours[1].id)) == [ours[1].id]
    assert await store.by_reason(ALL) == [("RuntimeError: mended", 3), ("KeyError: [other]", 2)]
    assert await store.backlog() == Backlog(5, example.NOW)


async def test_an_event_that_no_queue_wants_stays_parked_and_does_not_hold_up_the_others(
    store: ParkedEvents, broker: Broker
) -> None:
    notes = Notes()
    (lost,), (event,) = await park(store, queue="router.no.such.event"), await park(store)
    assert await store.redrive(ALL, notes) == Outcome(gone=1, left=1)
    assert (notes.ids, await found(store)) == ([event.id], [lost.id])
    assert await store.redrive(ALL, notes) == Outcome(gone=0, left=1)


async def test_what_cannot_be_noted_stays_parked_and_can_be_tried_again(store: ParkedEvents, broker: Broker) -> None:
    (event,), notes = await park(store), Notes()
    notes.refuses = RuntimeError("the audit log is away")
    for act in (store.redrive, store.discard):
        with pytest.raises(RuntimeError):
            await act(ALL, notes)
        assert await found(store) == [event.id]
    notes.refuses = None
    assert await store.discard(ALL, notes) == Outcome(gone=1)


async def test_without_the_broker_nothing_is_sent_and_everything_stays(database: Database, stack: Stack) -> None:
    away = ParkedEvents(Database(database.mongodb, source="router", seal=Seal(example.SECRET)), "amqp://127.0.0.1:9/")
    (event,), notes = await park(away), Notes()
    with pytest.raises(BrokerAway):
        await away.redrive(ALL, notes)
    assert (await found(away), notes.ids) == ([event.id], [])
    assert await away.discard(ALL, notes) == Outcome(gone=1)


async def test_two_people_at_once_send_each_event_once(store: ParkedEvents, broker: Broker) -> None:
    events, notes = await park(store, 40), Notes()
    outcomes = await asyncio.gather(*(store.redrive(ALL, notes) for _ in range(3)))
    assert Counter(notes.ids) == Counter(event.id for event in events)
    assert (sum(outcome.gone for outcome in outcomes), await broker.count(QUEUE), await store.count(ALL)) == (40, 40, 0)


async def test_what_a_process_that_died_was_about_to_send_is_free_after_a_while(
    store: ParkedEvents, broker: Broker
) -> None:
    (event,), notes, now = await park(store), Notes(), example.NOW
    await store.collection.update_one({}, {"$set": {"claimed_until": now}})
    store.database.clock = lambda: now - timedelta(seconds=1)
    assert await store.redrive(ALL, notes) == Outcome(left=1)
    store.database.clock = lambda: now
    assert await store.redrive(ALL, notes) == Outcome(gone=1)
    assert notes.ids == [event.id]


async def test_what_was_sealed_with_another_key_stays_and_can_be_discarded(
    store: ParkedEvents, admin: Browser, database: Database, stack: Stack, broker: Broker
) -> None:
    other = Database(database.mongodb, source="router", seal=Seal("another secret key, which is long enough"))
    (event,), notes = await park(ParkedEvents(other, stack.rabbitmq_url)), Notes()
    (parked,) = await store.page(ALL, limit=1)
    with pytest.raises(WrongKey):
        store.message(parked)
    assert "It was sealed with another secret key and cannot be read." in await admin.open(f"/parked/router/{event.id}")
    assert await store.redrive(ALL, notes) == Outcome(left=1)
    assert await store.discard(ALL, notes) == Outcome(gone=1)


async def test_an_administrator_finds_what_is_parked_in_the_navigation(admin: Browser, store: ParkedEvents) -> None:
    await park(store, 2)
    assert "Parked events" in await admin.open("/administration")
    page = await admin.open("/parked")
    assert (page.count("message.submitted"), "RuntimeError: example" in page) == (2, True)


async def test_the_page_shows_one_service_and_leads_on(
    admin: Browser, store: ParkedEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "SHOWN", 2)
    await park(store, 3)
    await park(store, service="notifier", queue="notifier.message.submitted", reason="KeyError: other", by_broker=True)
    page = await admin.open("/parked?service=router")
    assert (page.count("message.submitted"), "KeyError" in page, "2 of 3 are shown." in page) == (2, False, True)
    (further,) = re.findall(r'href="([^"]*after=[^"]*)"', (await admin.client.get("/parked?service=router")).text)
    assert (await admin.open(html.unescape(further))).count("message.submitted") == 1
    assert "Parked by the broker" in await admin.open("/parked?service=notifier")


async def test_an_officer_is_not_shown_the_way(officer: Browser) -> None:
    assert (await officer.client.get("/administration")).status_code == 403


async def test_when_nothing_is_parked_the_page_says_so(admin: Browser) -> None:
    assert "Every event has been processed." in await admin.open("/parked")
    assert "Every event has been processed." in await admin.open("/parked/redrive")


async def test_one_event_is_sent_again_after_it_was_shown_what_will_happen(
    admin: Browser, broker: Broker, database: Database, store: ParkedEvents
) -> None:
    event, other = await park(store, 2)
    await admin.open(f"/parked/router/{event.id}")
    page = await admin.open(f"/parked/redrive?service=router&event_id={event.id}")
    assert "1 event will be sent to its queue again." in page
    assert (await store.count(ALL), await entries(database)) == (2, [])

    await admin.submit("/parked/redrive")
    assert admin.path == "/parked"
    assert (await broker.take(QUEUE)).message_id == event.id
    (entry,) = await entries(database)
    assert (entry.deed, entry.event_id, entry.actor) == (AuditAction.REDRIVEN, event.id, example.officer().actor)
    assert (entry.queue, entry.trouble, entry.message_id) == (QUEUE, "RuntimeError: example", event.data.message_id)
    page = shown(await admin.client.get("/parked"))
    assert ("Sent again" in page, other.id in (await admin.client.get("/parked")).text) == (True, True)


async def test_all_events_with_one_cause_are_sent_again_and_the_others_stay(
    admin: Browser, broker: Broker, database: Database, store: ParkedEvents
) -> None:
    mended, _ = await park(store, 3, "RuntimeError: mended"), await park(store, 2, "KeyError: other")
    await admin.open("/parked/redrive?reason=RuntimeError%3A+mended")
    await admin.submit("/parked/redrive")
    assert {e.event_id for e in await entries(database)} == {e.id for e in mended}
    assert (await store.count(ALL), await broker.count(QUEUE)) == (2, 3)


async def test_what_was_not_sent_again_is_told(admin: Browser, broker: Broker, store: ParkedEvents) -> None:
    await park(store, 2, queue="router.no.such.event")
    await admin.open("/parked/redrive")
    assert "2 events were not sent again." in await admin.submit("/parked/redrive")


async def test_what_is_discarded_needs_a_reason_and_is_recorded_with_it(
    admin: Browser, broker: Broker, database: Database, store: ParkedEvents
) -> None:
    (event,) = await park(store)
    await admin.open(f"/parked/router/{event.id}")
    action = f"/parked/router/{event.id}/discard"
    answer = await send(admin, action, because="")
    assert (answer.status_code, await store.count(ALL)) == (422, 1)
    assert "Please say why this event is not needed." in shown(answer)

    await admin.submit(action, because="Deneme iletisiydi.")
    (entry,) = await entries(database)
    assert (entry.deed, entry.event_id, entry.because) == (AuditAction.DISCARDED, event.id, "Deneme iletisiydi.")
    assert (await store.count(ALL), await broker.count(QUEUE)) == (0, 0)
    assert "Deneme iletisiydi." in await admin.open("/parked")


async def test_an_event_that_is_not_parked_any_more_is_not_found(admin: Browser) -> None:
    assert (await admin.client.get("/parked/router/gone")).status_code == 404
    assert (await admin.client.get("/parked/nowhere/gone")).status_code == 404


async def test_without_the_broker_they_are_shown_and_only_sending_again_says_that_it_is_away(
    make: Make, visit: Visit, database: Database, store: ParkedEvents
) -> None:
    app = make("router", rabbitmq_url="amqp://127.0.0.1:9/klu")
    admin = await log_in(visit(app, language="en"), database, role=Role.ADMIN)
    (event,) = await park(store)
    assert event.id in (await admin.client.get(f"/parked/router/{event.id}")).text
    await admin.open("/parked/redrive")
    assert (await send(admin, "/parked/redrive")).status_code == 503
    assert await store.count(ALL) == 1


async def test_hundreds_of_events_sent_again_twice_have_one_effect_each_and_an_entry_for_each_time(
    app: FastAPI, admin: Browser, broker: Broker, database: Database, store: ParkedEvents
) -> None:
    count = 200
    events = [example.sealed(example.message_submitted()) for _ in range(count)]

    async def all_parked() -> bool:
        return await store.count(ALL) == count

    async def all_handled() -> bool:
        return not await broker.count(QUEUE) and await database["cases"].count_documents({}) == count

    async with listening(app):
        for _ in range(2):
            for event in events:
                await broker.park(event, "router", "RuntimeError: example")
            await eventually(all_parked)
            await admin.open("/parked/redrive")
            assert "not sent again" not in await admin.submit("/parked/redrive")
            await eventually(all_handled)
    assert (await broker.count(PARKED), await store.count(ALL), await broker.count(QUEUE)) == (0, 0, 0)
    cases = await Cases(database).find({}, sort=[("_id", 1)], limit=2 * count)
    assert {case.id for case in cases} == {event.data.message_id for event in events}
    assert all((case.revision, len(case.timeline)) == (0, 1) for case in cases)
    recorded = [entry.event_id for entry in await AuditLog(database).newest(limit=3 * count)]
    assert sorted(recorded) == sorted(2 * [event.id for event in events])


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({PARKED_AT: "9999-12-31T23:59:59-14:00"}, b"{}"),
        ({PARKED_AT: "0001-01-01T00:00:00+14:00"}, b"{}"),
        ({PARKED_AT: 7, ATTEMPT: 2**62, REASON: "x" * 100_000, FAILED_IN: "y" * 2_000}, b"{}"),
        ({REASON: ["x"], FAILED_IN: {"a": 1}, ATTEMPT: "many", "more": "\0"}, b"\xff\x00"),
        ({}, b'{"text": "\\ud800", "n": 1e999}'),
        ({}, b"[" * 100_000),
        ({}, b'{"n": ' + b"9" * 10_000 + b"}"),
        ({}, b"x" * (parking.LARGEST + 1)),
    ],
    ids=["year 9999", "year 1", "too long", "of other types", "half a character", "deep", "a long number", "large"],
)
async def test_what_anybody_lays_aside_can_be_stored_and_shown(
    store: ParkedEvents, admin: Browser, stack: Stack, broker: Broker, headers: dict[str, Any], body: bytes
) -> None:
    """Headers and bodies of parked events are not what the owner of the type has signed."""
    message = aio_pika.Message(body, headers=headers, message_id="e1", delivery_mode=2)
    await broker.channel.default_exchange.publish(message, "router.parked")
    queues = parking.ParkedQueues(stack.rabbitmq_url)
    await eventually(lambda: queues.move(store.keep))
    await queues.close()
    assert await broker.count("router.parked") == 0
    for page in ("/parked", "/parked/router/e1"):
        assert (await admin.client.get(page)).status_code == 200
    assert await store.discard(ALL, Notes()) == Outcome(gone=1)
