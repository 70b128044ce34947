"""The end of the chain outside, the commands of operators, what watches over it, and records older than the chain."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest

from services.router.access import Action, Role, may
from services.router.records.domain import AuditAction, AuditEntry
from services.router.records.domain.chain import Broken
from services.router.records.jobs.chain import ChainWatch
from services.router.records.store import AuditLog
from services.router.records.store.anchors import Anchors, WrongAnchor, signed_anchor
from services.router.records.store.chain import Chain
from services.router.records.store.earlier import EarlierRecords
from shared.audit import AuditRecords
from shared.documents import Database
from shared.events import RouterAudited
from shared.signing import Signer
from shared.telemetry import Telemetry
from tests import examples as example
from tests.router.test_chain import told

KEYS = example.keys("router")
SIGNER = Signer(KEYS["signing_key"])
VERIFY: Mapping[str, tuple[str, ...]] = {"router": (SIGNER.public_key,)}


@pytest.fixture
async def chain(database: Database) -> Chain:
    """A chain of eight entries."""
    made = Chain(database, example.AUDIT_KEY)
    await made.prepare()
    await made.add([told(n) for n in range(8)])
    return made


@pytest.fixture
def anchors(tmp_path: Path) -> Anchors:
    """An empty folder."""
    return Anchors(tmp_path / "anchors", VERIFY)


async def test_an_anchor_misses_what_was_cut_off(chain: Chain, anchors: Anchors) -> None:
    for day in range(2):
        head = await chain.head()
        assert head
        now = example.NOW + timedelta(days=day)
        await anchors.add(signed_anchor(head, SIGNER, now), now)
        await chain.add([told(20 + day)])
    assert sorted(path.name for path in anchors.folder.iterdir()) == ["2026-11-23.jsonl", "2026-11-24.jsonl"]
    known = await anchors.all()
    assert ([one.number for one in known], (await chain.verify(known)).number) == ([8, 9], 10)
    await chain.collection.delete_many({"_id": {"$gte": 9}})
    with pytest.raises(Broken, match="entry 9: the chain was longer"):
        await chain.verify(known)


async def test_a_line_that_a_crash_has_cut_short_is_no_alarm(chain: Chain, anchors: Anchors) -> None:
    head = await chain.head()
    assert head
    line = signed_anchor(head, SIGNER, example.NOW)
    await anchors.add(line, example.NOW)
    (path,) = anchors.folder.iterdir()
    path.write_bytes(path.read_bytes() + line[:50].encode())
    assert len(await anchors.all()) == 1
    await anchors.add(line, example.NOW)
    assert path.read_text() == f"{line}\n{line}\n"


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace(b'"number":8', b'"number":7'),
        lambda line: Signer("1" * 64).sign('{"type":"audit.anchor","number":1}').encode() + b"\n",
        lambda line: SIGNER.sign('{"type":"case.closed","number":1}').encode() + b"\n",
        lambda line: line[:40] + b"\n",
    ],
)
async def test_a_line_that_the_router_has_not_signed_is_named(chain: Chain, anchors: Anchors, change: Any) -> None:
    head = await chain.head()
    assert head
    await anchors.add(signed_anchor(head, SIGNER, example.NOW), example.NOW)
    (path,) = anchors.folder.iterdir()
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(WrongAnchor, match=r"2026-11-23.jsonl, line 1"):
        await anchors.all()


async def test_the_watch_tells_of_a_change_and_of_the_newest_anchor(chain: Chain, anchors: Anchors) -> None:
    telemetry = Telemetry()
    watch = ChainWatch(chain, anchors, signer=SIGNER, telemetry=telemetry, clock=lambda: example.NOW)

    def metric(name: str) -> float:
        lines = generate_latest(telemetry.registry).decode().splitlines()
        return next(float(line.split()[-1]) for line in lines if line.startswith(f"klu_audit_{name} "))

    await watch.walk()
    assert (metric("chain_broken"), metric("chain_walked_entries"), metric("anchor_age_seconds")) == (0, 8, -1)
    await watch.anchor()
    await watch.anchor()
    await watch.walk()
    assert (metric("anchor_age_seconds"), [one.number for one in await anchors.all()]) == (0, [8])
    await chain.collection.delete_one({"_id": 8})
    await watch.walk()
    assert metric("chain_broken") == 1
    (path,) = anchors.folder.iterdir()
    path.unlink()
    await watch.walk()  # from the beginning, without the anchor
    assert metric("chain_broken") == 1


async def test_records_from_before_the_chain_are_taken_into_it_once_the_oldest_first(database: Database) -> None:
    records, log = AuditRecords(database, RouterAudited), AuditLog(database)
    chain = Chain(database, example.AUDIT_KEY)
    await chain.prepare()
    about: dict[str, Any] = {
        "object_kind": "account",
        "object_id": "a1",
        "fields": [],
        "client": "",
        "actor": None,
        "outbox": [],
    }
    for n in range(3):
        old = {"_id": f"r{n}", "at": example.NOW + timedelta(minutes=2 * n), "action": "signed_in", "count": n + 1}
        await records.collection.insert_one({**about, **old, "revision": 0})
    entry = AuditEntry(
        id="p1",
        at=example.NOW + timedelta(minutes=3),
        by="kok",
        deed=AuditAction.DISCARDED,
        message_id="m1",
        event_id="e9",
        queue="q",
        trouble="why",
    )
    await log.collection.insert_one({"_id": "p1", **entry.model_dump(exclude={"id", "announced"}), "outbox": []})
    await chain.add([told(1, event_id="r1")])  # an event that both versions have handled
    earlier = EarlierRecords(records, log, chain)
    for _ in range(2):
        assert await earlier.run() is False
    found = [(one["event_id"], one["action"], one.get("count")) async for one in chain.stored()]
    assert found == [
        ("r1", "case_read", None),
        ("r0", "signed_in", None),
        ("p1", "event_discarded", None),
        ("r2", "signed_in", 3),
    ]
    assert (await chain.verify()).number == 4
    assert await records.collection.count_documents({}) == 3


def test_auditors_read_and_export_the_record_and_officers_do_not() -> None:
    readers = {role for role in Role if may(example.officer(role=role), Action.READ_AUDIT)}
    assert readers == {Role.AUDITOR, Role.ADMIN, Role.PRIVACY_OFFICER}
