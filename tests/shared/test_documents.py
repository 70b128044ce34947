"""State, events owed and events obeyed are one write; changes are compare-and-set."""

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from shared.clock import utc_now
from shared.documents import (
    AlreadyExists,
    AlreadyProcessed,
    Conflict,
    Database,
    Documents,
    NotFound,
    NotRelayed,
)
from shared.events import AssignmentViewed
from shared.outbox import OutboxEntry
from tests import examples as example


class Counter(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: str = "c1"
    revision: int = 0
    value: int = 0
    name: str = "one"


def viewed(assignment_id: str = "a1") -> AssignmentViewed:
    return AssignmentViewed(message_id="m1", assignment_id=assignment_id, viewed_at=example.NOW)


@pytest.fixture
async def counters(database: Database) -> Documents[Counter]:
    made = Documents(database, "counters", Counter)
    await made.prepare()
    return made


async def test_what_was_added_is_read_again(counters: Documents[Counter]) -> None:
    await counters.add(Counter(value=7))
    assert await counters.get("c1") == Counter(value=7)


async def test_an_unknown_id_is_not_found(counters: Documents[Counter]) -> None:
    with pytest.raises(NotFound):
        await counters.get("nobody")


async def test_the_same_id_twice_is_already_there(counters: Documents[Counter]) -> None:
    await counters.add(Counter())
    with pytest.raises(AlreadyExists):
        await counters.add(Counter(value=9))
    assert (await counters.get("c1")).value == 0


async def test_another_unique_value_that_is_taken_asks_for_another_try(counters: Documents[Counter]) -> None:
    await counters.collection.create_index("name", unique=True)
    await counters.add(Counter())
    with pytest.raises(Conflict):
        await counters.add(Counter(id="c2"))


async def test_saving_raises_the_revision(counters: Documents[Counter]) -> None:
    await counters.add(Counter())
    saved = await counters.save((await counters.get("c1")).model_copy(update={"value": 1}))
    assert (saved.revision, saved.value) == (1, 1)
    assert await counters.get("c1") == saved


async def test_who_was_slower_is_told_and_changes_nothing(counters: Documents[Counter]) -> None:
    await counters.add(Counter())
    first, second = await counters.get("c1"), await counters.get("c1")
    await counters.save(first.model_copy(update={"value": 1}), announcing=viewed())
    with pytest.raises(Conflict):
        await counters.save(second.model_copy(update={"value": 2}), announcing=viewed("a2"))
    assert (await counters.get("c1")).value == 1
    assert len((await _raw(counters))["outbox"]) == 1


async def test_state_event_owed_and_event_obeyed_stand_in_one_document(counters: Documents[Counter]) -> None:
    cause = example.sealed(viewed())
    await counters.add(Counter(value=3), announcing=viewed("a2"), handling=cause)
    raw = await _raw(counters)
    assert (raw["value"], raw["seen"], [unpublished["type"] for unpublished in raw["outbox"]]) == (
        3,
        [cause.id],
        ["assignment.viewed"],
    )
    assert f'"causationid":"{cause.id}"' in raw["outbox"][0]["body"]
    assert '"correlationid":"m1"' in raw["outbox"][0]["body"]


async def test_an_event_obeyed_is_not_obeyed_again(counters: Documents[Counter]) -> None:
    first, second = example.sealed(viewed()), example.sealed(viewed())
    await counters.add(Counter(), handling=first)
    with pytest.raises(AlreadyProcessed):
        await counters.add(Counter(), handling=first)
    with pytest.raises(AlreadyProcessed):
        await counters.get("c1", handling=first)
    await counters.save(await counters.get("c1", handling=second), handling=second)
    with pytest.raises(AlreadyProcessed):
        await counters.get("c1", handling=second)


async def test_two_deliveries_of_one_event_at_once_have_one_effect(counters: Documents[Counter]) -> None:
    await counters.add(Counter())
    event = example.sealed(viewed())
    one, other = await counters.get("c1", handling=event), await counters.get("c1", handling=event)
    await counters.save(one.model_copy(update={"value": 1}), handling=event)
    with pytest.raises(Conflict):
        await counters.save(other.model_copy(update={"value": 2, "revision": 1}), handling=event)
    assert (await counters.get("c1")).value == 1


async def test_a_clear_takes_out_only_what_was_confirmed(counters: Documents[Counter]) -> None:
    await counters.add(Counter(), announcing=viewed("first"))
    confirmed = await counters.unpublished(before=utc_now(), limit=10)
    await counters.save(await counters.get("c1"), announcing=viewed("meanwhile"))
    await counters.mark_published(confirmed)
    left = await counters.unpublished(before=utc_now(), limit=10)
    assert [unpublished.id for unpublished in left] != [unpublished.id for unpublished in confirmed]
    assert len(left) == 1


async def test_what_is_owed_is_handed_over_at_once(counters: Documents[Counter]) -> None:
    handed: list[OutboxEntry] = []
    counters.database.on_outbox = lambda documents, unpublished: handed.extend(unpublished)
    await counters.add(Counter(), announcing=[viewed("one"), viewed("two")])
    assert [unpublished.document_id for unpublished in handed] == ["c1", "c1"]
    assert handed == await counters.unpublished(before=utc_now(), limit=10)


async def test_what_no_relay_would_publish_cannot_be_announced(database: Database) -> None:
    alone = Documents(Database(database.mongodb, source="test"), "counters", Counter)
    with pytest.raises(NotRelayed):
        await alone.add(Counter(), announcing=viewed())
    await alone.add(Counter())
    with pytest.raises(NotRelayed):
        await alone.save(Counter(value=1), announcing=viewed())
    assert await alone.get("c1") == Counter()


async def test_leftovers_are_found_by_the_index_alone(counters: Documents[Counter]) -> None:
    await counters.collection.insert_many([{"_id": f"done-{i}", "outbox": []} for i in range(200)])
    await counters.add(Counter(), announcing=viewed())
    explained: dict[str, Any] = await counters.collection.find({"outbox.at": {"$lte": utc_now()}}).explain()
    stats = explained["executionStats"]
    assert (stats["totalKeysExamined"], stats["totalDocsExamined"]) == (1, 1)


async def _raw(counters: Documents[Counter]) -> dict[str, Any]:
    found = await counters.collection.find_one({"_id": "c1"})
    assert found
    return found
