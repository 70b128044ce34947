"""Audit records that change no other document: owed once, counted for strangers, and swept."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.audit import KEPT, SAME_READING, AuditRecords, audited_act
from shared.documents import Database, left_to_the_sweep
from shared.events import Event, IntakeAudited, MessageRated, RouterAudited, done_by
from shared.state import Actor
from tests import examples as example

ME = Actor(kind="officer", id="o1")
CASE: dict[str, Any] = {"object_kind": "case", "object_id": "m1", "message_id": "m1"}


class Clock:
    """A time that a test moves."""

    def __init__(self) -> None:
        self.now = example.NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The time of a service."""
    return Clock()


@pytest.fixture
def databases(database: Database, clock: Clock) -> list[Database]:
    """What two processes of a service have."""
    return [Database(database.mongodb, source="intake", clock=clock, on_outbox=left_to_the_sweep) for _ in range(2)]


async def announced(records: AuditRecords) -> list[dict[str, Any]]:
    """The data of the events that are owed, the oldest first."""
    found = [one async for one in records.collection.find({"outbox.0": {"$exists": True}}).sort("at", 1)]
    return [example.unpublished_data(entry) for one in found for entry in one["outbox"]]


async def test_a_record_owes_an_event_of_its_service(databases: list[Database]) -> None:
    records = AuditRecords(databases[0], IntakeAudited)
    await records.write("signed_in", actor=ME, client="c1")
    await records.write("right_refused", actor=ME, object_kind="page", object_id="/cases/{case_id}")
    signed_in, refused = await announced(records)
    assert (signed_in["action"], signed_in["actor"]["id"], signed_in["client"]) == ("signed_in", "o1", "c1")
    assert (refused["object_id"], "count" in refused) == ("/cases/{case_id}", False)


async def test_opening_again_is_recorded_after_some_minutes_whichever_process_shows_it(
    databases: list[Database], clock: Clock
) -> None:
    replicas = [AuditRecords(one, RouterAudited) for one in databases]
    await asyncio.gather(*(one.read("case_read", actor=ME, **CASE) for one in replicas * 3))
    await replicas[0].read("case_read", actor=Actor(kind="officer", id="o2"), **CASE)
    assert [one["actor"]["id"] for one in await announced(replicas[0])] == ["o1", "o2"]
    clock.now += SAME_READING
    await replicas[1].read("case_read", actor=ME, **CASE)
    assert [one["actor"]["id"] for one in await announced(replicas[0])] == ["o1", "o2", "o1"]


async def test_what_strangers_do_is_counted_and_owed_when_the_minute_is_over(
    databases: list[Database], clock: Clock
) -> None:
    replicas = [AuditRecords(one, IntakeAudited) for one in databases]
    await asyncio.gather(*(one.count("code_refused", "c1") for one in replicas * 5))
    await replicas[0].count("code_refused", "c2")
    await replicas[0].end_minutes()
    assert await announced(replicas[0]) == []
    clock.now += timedelta(seconds=71)
    await asyncio.gather(*(one.end_minutes() for one in replicas))
    told = await announced(replicas[0])
    assert sorted((one["client"], one["count"], one["at"]) for one in told) == [
        ("c1", 10, "2026-11-23T09:30:00Z"),
        ("c2", 1, "2026-11-23T09:30:00Z"),
    ]


async def test_who_is_late_for_a_minute_that_is_over_is_not_lost(databases: list[Database], clock: Clock) -> None:
    records = AuditRecords(databases[0], IntakeAudited)
    await records.count("code_refused", "c1")
    clock.now += timedelta(seconds=71)
    await records.end_minutes()
    clock.now -= timedelta(seconds=71)
    await records.count("code_refused", "c1")
    assert len(await announced(records)) == 2


async def test_what_was_published_is_swept_and_what_is_owed_or_counted_stays(
    databases: list[Database], clock: Clock
) -> None:
    records = AuditRecords(databases[0], IntakeAudited)
    await records.write("published")
    await records.collection.update_one({"action": "published"}, {"$set": {"outbox": []}})
    await records.write("unpublished")
    await records.count("counted", "c1")
    old = {"_id": "old", "at": example.NOW, "action": "of 0.7.0", "outbox": [], "revision": 0}
    await records.collection.insert_one(old)
    await records.sweep()
    clock.now += KEPT + timedelta(seconds=1)
    await records.sweep()
    assert {one["action"] async for one in records.collection.find()} == {"unpublished", "counted", "of 0.7.0"}


@pytest.mark.parametrize("kind", ["submitter", "unit", "officer", "system"])
def test_the_act_of_a_person_is_recorded_from_what_it_announces(kind: str) -> None:
    rated = MessageRated(message_id="m1", score=5, rated_at=example.NOW)
    events: list[Event] = done_by(Actor(kind=kind, id="x"), rated, rated)
    found = audited_act(IntakeAudited, events, object_kind="message", object_id="m1", at=example.NOW)
    assert [
        (one.action, one.actor and one.actor.kind, one.correlation_id)
        for one in found
        if isinstance(one, IntakeAudited)
    ] == ([] if kind == "system" else [("message.rated", kind, "m1")])
    assert audited_act(IntakeAudited, [*events, *found], object_kind="message", object_id="m1", at=example.NOW) == (
        [] if found else found
    )
