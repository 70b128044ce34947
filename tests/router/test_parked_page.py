"""Parked events on the desk: an administrator sees them, sends them again, discards them; the record says who."""

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from scripts.eventually import eventually
from services.router.access import Role
from services.router.cases.store import Cases
from services.router.records.domain import AuditAction, AuditEntry
from services.router.records.store import AuditLog
from shared.documents import Database
from shared.events import CloudEvent, MessageSubmitted
from tests import examples as example
from tests.conftest import Broker, Make, Visit, listening
from tests.router.desk import keeps, log_in, send, shown

PARKED, QUEUE = "router.parked", "router.message.submitted"
Event = CloudEvent[MessageSubmitted]


async def parked(broker: Broker, count: int = 1, reason: str = "RuntimeError: example") -> list[Event]:
    events = [example.sealed(example.message_submitted()) for _ in range(count)]
    for event in events:
        await broker.park(event, "router", reason)
    return events


async def entries(database: Database) -> list[AuditEntry]:
    return await AuditLog(database).newest()


async def test_an_administrator_finds_what_is_parked_in_the_navigation(admin: Browser, broker: Broker) -> None:
    await parked(broker, 2)
    assert "Parked events" in await admin.open("/")
    page = await admin.open("/parked")
    assert (page.count("message.submitted"), "RuntimeError: example" in page) == (2, True)


async def test_an_officer_is_not_shown_the_way(officer: Browser) -> None:
    assert "Parked events" not in await officer.open("/")


async def test_when_nothing_is_parked_the_page_says_so(admin: Browser, broker: Broker) -> None:
    assert "Every event has been processed." in await admin.open("/parked")
    assert "Every event has been processed." in await admin.open("/parked/redrive")


async def test_one_event_is_sent_again_after_it_was_shown_what_will_happen(
    admin: Browser, broker: Broker, database: Database
) -> None:
    event, other = await parked(broker, 2)
    await admin.open(f"/parked/router/{event.id}")
    page = await admin.open(f"/parked/redrive?service=router&event_id={event.id}")
    assert "1 event will be sent to its queue again." in page
    assert (await broker.count(PARKED), await entries(database)) == (2, [])

    await admin.submit("/parked/redrive")
    assert admin.path == "/parked"
    assert (await broker.take(QUEUE)).message_id == event.id
    (entry,) = await entries(database)
    assert (entry.deed, entry.event_id, entry.actor) == (AuditAction.REDRIVEN, event.id, example.officer().actor)
    assert (entry.queue, entry.trouble, entry.message_id) == (QUEUE, "RuntimeError: example", event.data.message_id)
    page = shown(await admin.client.get("/parked"))
    assert ("Sent again" in page, other.id in (await admin.client.get("/parked")).text) == (True, True)


async def test_all_events_with_one_cause_are_sent_again_and_the_others_stay(
    admin: Browser, broker: Broker, database: Database
) -> None:
    mended, _ = await parked(broker, 3, "RuntimeError: mended"), await parked(broker, 2, "KeyError: other")
    await admin.open("/parked/redrive?reason=RuntimeError%3A+mended")
    await admin.submit("/parked/redrive")
    assert {e.event_id for e in await entries(database)} == {e.id for e in mended}
    assert (await broker.count(PARKED), await broker.count(QUEUE)) == (2, 3)


async def test_what_is_discarded_needs_a_reason_and_is_recorded_with_it(
    admin: Browser, broker: Broker, database: Database
) -> None:
    (event,) = await parked(broker)
    await admin.open(f"/parked/router/{event.id}")
    action = f"/parked/router/{event.id}/discard"
    answer = await send(admin, action, because="")
    assert (answer.status_code, await broker.count(PARKED)) == (422, 1)
    assert "Please say why this event is not needed." in shown(answer)

    await admin.submit(action, because="Deneme iletisiydi.")
    (entry,) = await entries(database)
    assert (entry.deed, entry.event_id, entry.because) == (AuditAction.DISCARDED, event.id, "Deneme iletisiydi.")
    assert (await broker.count(PARKED), await broker.count(QUEUE)) == (0, 0)
    assert "Deneme iletisiydi." in await admin.open("/parked")


async def test_an_event_that_is_not_parked_any_more_is_not_found(admin: Browser, broker: Broker) -> None:
    assert (await admin.client.get("/parked/router/gone")).status_code == 404
    assert (await admin.client.get("/parked/nowhere/gone")).status_code == 404


async def test_without_the_broker_the_page_says_so_and_keeps_what_was_typed(
    make: Make, visit: Visit, database: Database
) -> None:
    app = make("router", rabbitmq_url="amqp://127.0.0.1:9/klu")
    admin = await log_in(visit(app, language="en"), database, role=Role.ADMIN)
    assert (await admin.client.get("/parked")).status_code == 503
    await admin.open("/units/new")
    csrf = admin.form("/units/new").fields["csrf"]
    submitted = {"csrf": csrf, "because": "Deneme iletisiydi, gerek yok."}
    answer = await admin.client.post("/parked/router/x/discard", data=submitted)
    assert (answer.status_code, keeps(answer, "Deneme iletisiydi, gerek yok.")) == (503, True)


@pytest.mark.parametrize("count", [500])
async def test_five_hundred_events_driven_twice_have_five_hundred_effects_and_an_entry_for_each_deed(
    app: FastAPI, admin: Browser, broker: Broker, database: Database, count: int
) -> None:
    events = [example.sealed(example.message_submitted()) for _ in range(count)]

    async def driven() -> None:
        for event in events:
            await broker.park(event, "router", "RuntimeError: example")
        await admin.open("/parked/redrive")
        await admin.submit("/parked/redrive")
        await eventually(all_handled)

    async def all_handled() -> bool:
        return not await broker.count(QUEUE) and await database["cases"].count_documents({}) == count

    async with listening(app):
        await driven()
        await driven()
    assert (await broker.count(PARKED), await broker.count(QUEUE)) == (0, 0)
    cases = await Cases(database).find({}, sort=[("_id", 1)], limit=2 * count)
    assert {case.id for case in cases} == {event.data.message_id for event in events}
    assert all((case.revision, len(case.timeline)) == (0, 1) for case in cases)
    recorded = [entry.event_id for entry in await AuditLog(database).newest(limit=3 * count)]
    assert sorted(recorded) == sorted(2 * [event.id for event in events])
