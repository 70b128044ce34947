"""Codes and links are secrets: each is in one event, and never in the database or in a log."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from scripts.browser import Refused
from scripts.eventually import eventually
from services.replies.domain.links import token
from shared import logs
from shared.documents import Database
from tests import examples as example
from tests.conftest import Broker, Make, Visit, listening, outcomes
from tests.forms import send

Logged = Callable[[], str]


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[Logged]:
    """The standard output of the services at the lowest log level."""
    root, client = logging.getLogger(), logging.getLogger("httpx2")
    before = root.handlers[:], root.level, client.level, structlog.get_config()
    logs.configure("test", "json", "DEBUG")
    client.setLevel(logging.WARNING)  # the test's own browser, not the service's
    yield lambda: "".join(capsys.readouterr())
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    client.setLevel(before[2])
    structlog.configure(**before[3])
    structlog.contextvars.clear_contextvars()


async def test_a_code_is_in_the_receipt_and_nowhere_else(
    make: Make, visit: Visit, broker: Broker, database: Database, logged: Logged
) -> None:
    app = make("intake")
    citizen = visit(app)
    async with listening(app):
        await citizen.open("/")
        await citizen.submit("/", **example.MESSAGE_FORM)
        code = citizen.path.split("/")[2]
        await citizen.open(f"/t/{code}")
        with pytest.raises(Refused):
            await citizen.open(f"/t/{code}x")
        assert code in (await broker.take("notifier.receipt.requested")).body.decode()
        for queue in ("router.message.submitted", "notifier.message.submitted"):
            assert code not in (await broker.take(queue)).body.decode()
        assert code not in await finished(database, "messages")
    assert "listening to events" in (said := logged())
    for secret in (code, example.MESSAGE_FORM["email"], example.MESSAGE_FORM["text"], example.MESSAGE_FORM["name"]):
        assert secret not in said


async def test_a_code_is_not_logged_while_the_broker_or_the_database_is_away(
    make: Make, visit: Visit, logged: Logged
) -> None:
    app = make("intake", rabbitmq_url="amqp://127.0.0.1:9/", publish_timeout=0.2)
    citizen = visit(app)
    await app.state.service.start()
    await citizen.open("/")
    await citizen.submit("/", **example.MESSAGE_FORM)
    code = citizen.path.split("/")[2]
    said: list[str] = []

    async def complained() -> bool:
        said.append(logged())
        return "events wait for the broker" in "".join(said)

    await eventually(complained)
    await app.state.service.stop()
    away = visit(make("intake", mongodb_url="mongodb://127.0.0.1:9/?directConnection=true"))
    assert (await away.client.get(f"/t/{code}")).status_code == 503
    assert code not in "".join(said) + logged()


async def test_a_link_is_in_the_invitation_and_nowhere_else(
    make: Make, visit: Visit, broker: Broker, database: Database, logged: Logged
) -> None:
    requested, app = example.assignment_requested(), make("replies")
    secret, unit = token(example.SECRET, requested.assignment_id), visit(app)
    async with listening(app) as service:
        await broker.publish(example.sealed(requested))
        await outcomes(service, "replies.assignment.requested", of=1)
        assert secret in (await broker.take("notifier.assignment.invited")).body.decode()
        await unit.open(f"/a/{secret}")
        filled = example.REPLY_FORM | {"check": requested.reference}
        assert (await send(unit, f"/a/{secret}/reply", **filled)).status_code == 200
        for queue in ("router.assignment.viewed", "router.reply.submitted", "notifier.reply.submitted"):
            assert secret not in (await broker.take(queue)).body.decode()
        assert secret not in await finished(database, "assignments")
    assert "listening to events" in (said := logged())
    assert secret not in said
    assert example.REPLY_FORM["text"] not in said


async def finished(database: Database, collection: str) -> str:
    """The raw documents, once their outboxes are empty."""

    async def found() -> list[Any]:
        documents: list[Any] = await database[collection].find({"outbox": []}).to_list(None)
        return documents

    return str(await eventually(found))
