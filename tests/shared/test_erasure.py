"""Every collection of every service is known to hold what people wrote, or not; what holds it, an order reaches.

Events about what was erased are not handled, and no service begins before it has obeyed the destruction log.
"""

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest

from scripts.eventually import eventually
from scripts.local.config import ROOT, SERVICES
from services.intake.store import Messages
from shared.destruction import DestructionLog, LoggedOrder
from shared.documents import Database, Erased
from shared.events import AddressCorrected, CodesRequested, IntakeAudited, MailReplyDecided
from tests import examples as example
from tests.conftest import Broker, Make, listening, outcomes
from tests.erasing import EMAIL, eraser_of, hits, order, store_of
from tests.notifier.letters import codes_requested, officer_reminded, unit_reminded

SHARED = {"files", "fs.files", "fs.chunks", "announced"}
REACHED = {
    "intake": SHARED | {"messages", "lost_codes"},
    "replies": SHARED | {"assignments", "link_requests"},
    "notifier": SHARED | {"letters", "mails", "mail_parts", "reply_addresses", "returns", "receipt_counts"},
    "router": SHARED
    | {"cases", "letters", "held_letters", "mails", "parked", "presence", "kept_forms", "bulks", "mail_queue"}
    | {"words", "unit_words", "unit_words_new", "webhook_deliveries", "bundles", "bundle_contents"},
}
"""Collections with something of a message, of a mail or of an address: parts of an order take it out."""
REFERENCES = {"erased", "erasures", "audit", "audit_counts", "chain", "records", "erasure_orders", "destructions"}
REFERENCES |= {
    "erasure_intents",
    "retention_runs",
    "retention_batches",
    "retention",
    "reminders",
    "person_answers",
    "person_requests",
}
"""Ids, counts and codes; requests of people are sealed, and are the subject of rules of their own."""
OTHERS = {
    "intake": {"snapshots", "institution", "directory", "public_page"},
    "replies": {"directory", "institution", "overviews", "unit_figures"},
    "notifier": {"snapshots", "institution", "letter_reports", "lanes"},
    "router": {"accounts", "users", "account_turns", "sessions", "sign_in_tries", "first_links", "saved_lists"}
    | {"units", "unit_health", "unit_imports", "snapshots", "calendar", "institution", "templates", "wordings"}
    | {"words_state", "webhooks", "figure_rows", "figure_state", "unit_figures"}
    | {"public_page", "public_page_told", "public_answers"},
}
"""What people of the institution and of its units set, and figures without persons."""
LIKE: dict[str, dict[str, Any]] = {
    "lost_codes": {"email": EMAIL},
    "link_requests": {"wanted": EMAIL},
    "bulks": {"text": "", "items": [{"id": "m1", "before": EMAIL}]},
    "mail_queue": {
        "text": "",
        "letters": [{"message_id": "m1", "reason": EMAIL}],
        "mails": [{"message_id": "m1", "domain": EMAIL}],
    },
    "mails": {"content": "b1"},
    "mail_parts": {"content": "b1"},
}
"""By what a row is found, where it is not the id of the message."""
NAMED = re.compile(r'(?:super\(\).__init__\(\s*database,|database)\[?\s*"([a-z_.]+)"')


def named(folder: Path) -> set[str]:
    """The collections that the code names."""
    texts = (file.read_text(encoding="utf-8") for file in folder.rglob("*.py"))
    return {name for text in texts for name in NAMED.findall(text)}


@pytest.mark.parametrize("service", SERVICES)
def test_every_collection_is_known_to_hold_data_of_messages_or_not(service: str) -> None:
    """A new collection is to be put into REACHED, with a part of an order that takes it out, or among the others."""
    unknown = named(ROOT / "services" / service) - REACHED[service] - REFERENCES - OTHERS[service]
    assert unknown == set()


def test_so_is_every_collection_that_services_share() -> None:
    assert named(ROOT / "shared") - set().union(*REACHED.values(), *OTHERS.values(), REFERENCES) == set()


@pytest.mark.parametrize("service", SERVICES)
async def test_what_is_reached_is_empty_of_a_person_in_every_field(
    make: Make, database: Database, service: str
) -> None:
    """A row of each collection as whichever way the parts find it, with an address that stands nowhere else."""
    app = make(service)
    ids: dict[str, Any] = {"message_id": "m1", "case_id": "m1", "correlation_id": "m1", "path": "/cases/m1/answer"}
    for name in REACHED[service] - SHARED - {"words", "unit_words", "unit_words_new", "returns", "receipt_counts"}:
        about: dict[str, Any] = {"_id": "m1" if name in ("messages", "cases") else f"{name}1", "text": EMAIL}
        row = {"revision": 0, "outbox": [], "queue": f"{service}.x", **ids, **about, **LIKE.get(name, {})}
        if name in ("messages", "cases", "assignments"):
            row |= {"reference": "r", "code_hash": "c"}
        await database[name].insert_one(row)
    assert await hits(database, EMAIL)
    await eraser_of(app).carry_out(order())
    assert await hits(database, EMAIL) == []


async def test_an_event_about_what_was_erased_is_not_handled(make: Make, broker: Broker, database: Database) -> None:
    app = make("intake")
    await database["erased"].insert_one({"_id": "m1"})
    late = AddressCorrected(message_id="m1", email=EMAIL, corrected_at=example.NOW, revision=3)
    async with listening(app) as service:
        await broker.publish(example.sealed(late), times=2)
        assert await outcomes(service, "intake.address.corrected", of=2) == {"erased": 2}
    assert await broker.count("intake.parked") == 0


async def test_entries_of_the_record_are_about_what_was_erased_too(make: Make, database: Database) -> None:
    await database["erased"].insert_one({"_id": "m1"})
    audited = IntakeAudited(action="read", object_kind="message", object_id="m1", message_id="m1", at=example.NOW)
    await eraser_of(make("router")).admit(example.sealed(audited))


async def test_what_is_decided_about_an_erased_mail_of_a_unit_reaches_its_assignment(
    make: Make, database: Database
) -> None:
    ids = {"message_id": "m1", "assignment_id": "a1", "mail_id": "mail1"}
    decided = MailReplyDecided(**ids, adopted=True, decided_at=example.NOW)
    eraser = eraser_of(make("replies"))
    await database["erased"].insert_one({"_id": "mail1"})
    assert (await eraser.admit(example.sealed(decided))).data == decided
    await database["erased"].insert_one({"_id": "m1"})
    with pytest.raises(Erased):
        await eraser.admit(example.sealed(decided))


def logged(path: Path) -> DestructionLog:
    """A log with one order, which this database has not carried out."""
    log = DestructionLog(path)
    ids = {"order_id": "o1", "message_ids": ("m1",), "kind": "destroy", "rule": "x", "ordered_at": example.NOW}
    log.append(lambda number: LoggedOrder.model_validate({"number": number, **ids}))
    return log


def lost_codes() -> CodesRequested:
    """The code of a message, which somebody has asked for."""
    first = codes_requested().codes[0]
    return codes_requested(codes=(first.model_copy(update={"message_id": "m1"}),))


@pytest.mark.parametrize("late", [unit_reminded, officer_reminded, lost_codes])
async def test_a_late_letter_about_several_messages_names_the_others_alone(
    make: Make, database: Database, late: Any
) -> None:
    eraser, event = eraser_of(make("notifier")), example.sealed(late())
    (name,) = {"assignments", "cases", "codes"} & set(type(event.data).model_fields)
    first = getattr(event.data, name)[0]
    both = event.data.model_copy(update={name: (first, first.model_copy(update={"message_id": "m2"}))})
    alone = event.data.model_copy(update={name: (first,)})
    await eraser.carry_out(order(message_ids=(first.message_id,)))
    left = await eraser.admit(example.sealed(both))
    assert [one.message_id for one in getattr(left.data, name)] == ["m2"]
    with pytest.raises(Erased):
        await eraser.admit(example.sealed(alone))


async def test_after_a_restore_nothing_begins_before_the_log_is_obeyed(
    make: Make, broker: Broker, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = await asyncio.to_thread(logged, tmp_path / "log")
    app = make("intake", destruction_log=log.path)
    messages, eraser = store_of(app, Messages), eraser_of(app)
    await messages.add(example.message(id="m1"), announcing=example.message_submitted(message_id="m1"))
    may_obey, obey = asyncio.Event(), eraser.obey

    async def later() -> None:
        await may_obey.wait()
        await obey()

    monkeypatch.setattr(eraser, "obey", later)
    service = app.state.service
    await service.start()
    transport = httpx2.ASGITransport(app=app)
    try:
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8001") as visitor:
            assert (await visitor.get("/")).status_code == 503
        management = httpx2.ASGITransport(app=app.state.management)
        async with httpx2.AsyncClient(transport=management, base_url="http://127.0.0.1") as probe:
            ready = await probe.get("/readyz")
            assert (ready.status_code, ready.json()["dependencies"]["destruction_log"]) == (503, "NotYet")
        assert (await messages.collection.find_one({"_id": "m1"}) or {})["outbox"]
        may_obey.set()
        await eventually(lambda: database["erasures"].find_one({"done_at": {"$ne": None}, "outbox": []}))
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8001") as visitor:
            assert (await visitor.get("/")).status_code == 200
    finally:
        await service.stop()
    stored = await database["messages"].find_one({"_id": "m1"})
    assert stored and stored["erased_at"] and stored["outbox"] == []
    assert await broker.count("router.message.submitted") == 0
