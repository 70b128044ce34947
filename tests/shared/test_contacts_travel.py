"""From the directory to the letter: three services with a database each, over the real broker."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from scripts.eventually import eventually
from services.router.cases.domain.case import Case
from services.router.cases.domain.routing import recall, route
from services.router.cases.store.cases import Cases
from services.router.directory.domain.units import changed
from services.router.directory.store import Units
from shared.documents import Database, NotFound
from shared.events import Event
from shared.retrying import on_conflict
from shared.service import Service
from shared.state import Actor
from tests import examples as example
from tests.conftest import Broker, Make, listening
from tests.notifier.mail import MailServer

NEWEST = "new.kddb@klu.example"


@pytest.fixture
async def services(make: Make, broker: Broker, database: Database) -> AsyncIterator[tuple[MailServer, Service]]:
    """The mail server, and the router."""
    async with MailServer() as server, AsyncExitStack() as stack:
        running: dict[str, Service] = {}
        for name in ("notifier", "replies", "router"):
            app = make(name, mongodb_database=f"{database.mongodb.name}_{name}", smtp_url=server.url)
            running[name] = await stack.enter_async_context(listening(app))
        yield server, running["router"]
    for name in running:
        await database.mongodb.client.drop_database(f"{database.mongodb.name}_{name}")


async def test_a_corrected_address_is_used_for_the_next_letter(
    services: tuple[MailServer, Service], broker: Broker
) -> None:
    server, router = services
    cases = next(store for store in router.database.stores if isinstance(store, Cases))
    units = next(store for store in router.database.stores if isinstance(store, Units))
    unit = example.unit()
    by_nobody: dict[str, Any] = {"by": Actor(kind="system", id="test"), "now": example.NOW}
    await units.add(unit, announcing=changed(None, unit, **by_nobody)[1])
    submitted = example.message_submitted()
    await broker.publish(example.sealed(submitted))
    await eventually(lambda: _there(cases, submitted.message_id))
    by: dict[str, Any] = {"by": example.officer(), "now": example.NOW}
    asked: dict[str, Any] = {"ids": ["a1"], "text": "x", "note": "", "share_identity": False, "due_at": example.NOW}
    await _decide(cases, submitted.message_id, lambda case: route(case, [unit.address], **asked, **by))
    await eventually(lambda: _got(server, unit.email))

    corrected, announcing = changed(unit, unit.model_copy(update={"email": NEWEST}), **by_nobody)
    await units.save(corrected, announcing=announcing)
    await _decide(cases, submitted.message_id, lambda case: recall(case, "a1", reason="Yanlış birim.", **by))
    letter = await eventually(lambda: _got(server, NEWEST))
    assert "Cevabınıza gerek kalmamıştır" in letter.mail["Subject"]


async def _there(cases: Cases, case_id: str) -> Case | None:
    try:
        return await cases.get(case_id)
    except NotFound:
        return None


async def _decide(cases: Cases, case_id: str, decide: Callable[[Case], tuple[Case, list[Event]]]) -> None:
    """Decide, and again when a letter was noted in the case meanwhile."""

    async def save() -> None:
        case, announcing = decide(await cases.get(case_id))
        await cases.save(case, announcing=announcing)

    await on_conflict(save)


async def _got(server: MailServer, address: str) -> Any:
    return next((letter for letter in server.accepted if letter.recipients == (address,)), None)
