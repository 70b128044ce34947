"""A service from outside: what it offers, what it says of itself, what it does not offer."""

import asyncio
import json
from typing import Any

import httpx2
import pytest
import structlog
import structlog.testing

from scripts.documents import FOLDER, documents
from scripts.eventually import eventually
from services.router.cases.store.cases import Cases
from shared import logs
from shared.broker import topology
from shared.documents import Database
from tests import examples as example
from tests.conftest import MAKERS, Broker, Make, listening

DEAD_BROKER = "amqp://127.0.0.1:9/klu"
DEAD_MONGODB = "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=100"


async def managed(make: Make, service: str, path: str, **different: Any) -> httpx2.Response:
    """What the management port of a running service answers."""
    app = make(service, **different)
    running = app.state.service
    await running.start()
    try:
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app.state.management), base_url="http://management"
        ) as client:
            return await client.get(path)
    finally:
        await running.stop()


@pytest.mark.parametrize("service", MAKERS)
@pytest.mark.parametrize("path", ["/asyncapi/try", "/asyncapi", "/docs", "/redoc", "/metrics", "/livez"])
async def test_the_public_port_offers_neither_try_outs_nor_documents_nor_management(
    make: Make, service: str, path: str
) -> None:
    transport = httpx2.ASGITransport(app=make(service))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        assert (await client.post(path, json={})).status_code in (404, 405)
        assert (await client.get(path)).status_code == 404


async def test_a_service_is_ready_when_its_dependencies_answer(make: Make, broker: Broker) -> None:
    app = make("notifier")
    async with listening(app):
        transport = httpx2.ASGITransport(app=app.state.management)
        async with httpx2.AsyncClient(transport=transport, base_url="http://management") as client:
            ready, live = await client.get("/readyz"), await client.get("/livez")
    assert (ready.status_code, live.status_code) == (200, 200)
    assert ready.json() == {"ready": True, "dependencies": {"mongodb": "ok", "rabbitmq": "ok", "destruction_log": "ok"}}


async def test_the_public_form_is_ready_without_the_broker(make: Make) -> None:
    answer = await managed(make, "intake", "/readyz", rabbitmq_url=DEAD_BROKER)
    assert answer.status_code == 200
    assert answer.json()["dependencies"]["rabbitmq"] != "ok"


async def test_the_notifier_is_not_ready_without_the_broker_but_alive(make: Make) -> None:
    assert (await managed(make, "notifier", "/readyz", rabbitmq_url=DEAD_BROKER)).status_code == 503
    assert (await managed(make, "notifier", "/livez", rabbitmq_url=DEAD_BROKER)).status_code == 200


async def test_nobody_is_ready_without_a_database_but_everybody_is_alive(make: Make) -> None:
    answer = await managed(make, "intake", "/readyz", mongodb_url=DEAD_MONGODB)
    assert (answer.status_code, answer.json()["dependencies"]["mongodb"] != "ok") == (503, True)
    assert (await managed(make, "intake", "/livez", mongodb_url=DEAD_MONGODB)).status_code == 200


async def test_a_background_task_that_ended_makes_the_process_not_alive(make: Make, broker: Broker) -> None:
    app = make("intake")
    async with listening(app) as service:
        service.tasks[0].cancel()

        async def not_alive() -> bool:
            transport = httpx2.ASGITransport(app=app.state.management)
            async with httpx2.AsyncClient(transport=transport, base_url="http://management") as client:
                return (await client.get("/livez")).status_code == 503

        await eventually(not_alive)


async def test_what_any_store_announces_is_published(make: Make, broker: Broker) -> None:
    """A unit's or an account's event too: the relay sweeps whatever was made of the service's database."""
    async with listening(make("router")) as service:
        stores = service.database.stores
        names = [store.collection.name for store in stores]
        assert {"units", "accounts", "sessions", "records", "cases"} <= set(names)
        assert len(names) == len(set(names))  # a second store would be prepared, indexed and relayed once more
        (units,) = [store for store in stores if store.collection.name == "units"]
        await units.add(example.unit(), announcing=example.case_progressed(message_id="m1"))
        assert (await broker.take("intake.case.progressed")).correlation_id == "m1"


async def test_what_was_saved_without_being_indexed_is_found_at_the_start(make: Make, database: Database) -> None:
    cases, case = Cases(database), example.case()
    await cases.add(case)
    await cases.collection.update_one({"_id": case.id}, {"$unset": {"indexed": 1}})

    async def indexed() -> bool:
        return not [found async for found in cases.ids(cases.unindexed)]

    assert not await indexed()
    app = make("router", rabbitmq_url=DEAD_BROKER)
    await app.state.service.start()
    await eventually(indexed)
    await app.state.service.stop()


async def test_the_figures_have_their_names(make: Make) -> None:
    text = (await managed(make, "intake", "/metrics")).text
    assert "klu_oldest_owed_event_age_seconds" in text
    assert "klu_events_handled_total" in text


def test_logs_are_json_with_the_correlation_id(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("router", "json")
    with structlog.contextvars.bound_contextvars(correlation_id="m1"):
        structlog.get_logger().info("event handled", queue="router.message.submitted")
    line = json.loads(capsys.readouterr().out)
    assert (line["event"], line["service"], line["correlation_id"]) == ("event handled", "router", "m1")
    structlog.reset_defaults()


def test_the_documents_under_docs_are_those_of_the_code() -> None:
    stale = [name for name, text in documents() if (FOLDER / name).read_text(encoding="utf-8") != text]
    assert stale == [], "run `make docs` and commit what it writes"


async def test_what_every_first_start_of_a_system_waits_for_is_no_warning(
    make: Make, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = asyncio.Event()

    async def missing(url: str, service: str) -> dict[str, str]:
        return {} if created.is_set() else {"directory.changed": "intake.directory.changed"}

    monkeypatch.setattr(topology, "missing_queues", missing)
    app = make("router", sweep_seconds=0.05)
    with structlog.testing.capture_logs() as said:
        async with listening(app) as service:
            await service.database.mongodb.client.admin.command("ping")
            await eventually(lambda: _waits(said))
            created.set()
            await eventually(lambda: _nothing_is_missing(service))
    assert [one for one in said if one["log_level"] == "warning"] == []


async def _waits(said: list[Any]) -> bool:
    return any("first start of their consumers" in one["event"] for one in said)


async def _nothing_is_missing(service: Any) -> bool:
    return not service.publisher.missing_queues
