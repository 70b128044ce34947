"""State, outbox and ids of processed events are one write; changes are compare-and-set."""

from typing import Any

import pytest

from shared.clock import utc_now
from shared.documents import (
    AlreadyExists,
    AlreadyProcessed,
    Conflict,
    Database,
    Documents,
    Erased,
    NotFound,
    NotRelayed,
    NotYet,
    UnreadableDocument,
)
from shared.events import AssignmentViewed, IntakeAudited
from shared.outbox import OutboxEntry
from shared.state import Aggregate
from tests import examples as example


class Counter(Aggregate):
    id: str = "c1"
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


async def test_another_unique_value_that_is_taken_is_a_conflict(counters: Documents[Counter]) -> None:
    await counters.collection.create_index("name", unique=True)
    await counters.add(Counter())
    with pytest.raises(Conflict):
        await counters.add(Counter(id="c2"))


async def test_saving_raises_the_revision(counters: Documents[Counter]) -> None:
    await counters.add(Counter())
    saved = await counters.save((await counters.get("c1")).model_copy(update={"value": 1}))
    assert (saved.revision, saved.value) == (1, 1)
    assert await counters.get("c1") == saved


async def test_a_save_after_another_is_a_conflict_and_changes_nothing(counters: Documents[Counter]) -> None:
    await counters.add(Counter())
    first, second = await counters.get("c1"), await counters.get("c1")
    await counters.save(first.model_copy(update={"value": 1}), announcing=viewed())
    with pytest.raises(Conflict):
        await counters.save(second.model_copy(update={"value": 2}), announcing=viewed("a2"))
    assert (await counters.get("c1")).value == 1
    assert len((await _raw(counters))["outbox"]) == 1


async def test_state_outbox_and_processed_event_are_in_one_document(counters: Documents[Counter]) -> None:
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


async def test_a_processed_event_is_not_processed_again(counters: Documents[Counter]) -> None:
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


async def test_only_confirmed_entries_are_removed_from_the_outbox(counters: Documents[Counter]) -> None:
    await counters.add(Counter(), announcing=viewed("first"))
    confirmed = await counters.unpublished(before=utc_now(), limit=10)
    await counters.save(await counters.get("c1"), announcing=viewed("meanwhile"))
    await counters.mark_published(confirmed)
    left = await counters.unpublished(before=utc_now(), limit=10)
    assert [unpublished.id for unpublished in left] != [unpublished.id for unpublished in confirmed]
    assert len(left) == 1


async def test_new_outbox_entries_are_passed_on_at_once(counters: Documents[Counter]) -> None:
    handed: list[OutboxEntry] = []
    counters.database.on_outbox = lambda documents, unpublished: handed.extend(unpublished)
    await counters.add(Counter(), announcing=[viewed("one"), viewed("two")])
    assert [unpublished.document_id for unpublished in handed] == ["c1", "c1"]
    assert handed == await counters.unpublished(before=utc_now(), limit=10)


async def test_without_a_relay_no_event_can_be_announced(database: Database) -> None:
    alone = Documents(Database(database.mongodb, source="test"), "counters", Counter)
    with pytest.raises(NotRelayed):
        await alone.add(Counter(), announcing=viewed())
    await alone.add(Counter())
    with pytest.raises(NotRelayed):
        await alone.save(Counter(value=1), announcing=viewed())
    assert await alone.get("c1") == Counter()


async def test_what_was_erased_is_not_found_and_nothing_is_made_in_its_place(counters: Documents[Counter]) -> None:
    await counters.add(Counter(id="other", name="other"))
    await counters.collection.insert_one(
        {"_id": "c1", "revision": 5, "seen": [], "outbox": [], "erased_at": example.NOW}
    )
    event = example.sealed(viewed())
    with pytest.raises(Erased):
        await counters.get("c1")
    with pytest.raises(Erased):
        await counters.get("c1", handling=event)
    assert [one.id for one in await counters.find({}, sort=[("_id", 1)], limit=9)] == ["other"]
    with pytest.raises(AlreadyExists):
        await counters.add(Counter())
    with pytest.raises(AlreadyProcessed):
        await counters.add(Counter(), handling=event)
    with pytest.raises(Conflict):
        await counters.save(Counter(revision=4))


async def test_a_document_that_cannot_be_read_says_where_without_its_values(counters: Documents[Counter]) -> None:
    await counters.collection.insert_one({"_id": "c1", "revision": 0, "value": "Deniz Kaya"})
    with pytest.raises(UnreadableDocument, match=r"^counters c1 does not fit the schema: value: int_parsing$"):
        await counters.get("c1")


async def test_bookkeeping_fields_of_a_document_are_not_part_of_the_state(counters: Documents[Counter]) -> None:
    await counters.add(Counter())
    await counters.collection.update_one({"_id": "c1"}, {"$set": {"traceparent": "00-1-1-01"}})
    assert (await counters.get("c1")).model_extra == {}
    assert (await counters.find({}, sort=[("_id", 1)], limit=1))[0].model_extra == {}
    assert (await _raw(counters))["schema_version"] == 1


class Found(Documents[Counter]):
    index_version = 2

    @staticmethod
    def index_fields(aggregate: Counter) -> dict[str, Any]:
        return {"large": aggregate.value > 9}


@pytest.fixture
async def found(database: Database) -> Found:
    return Found(Database(database.mongodb, source="test", clock=lambda: example.NOW), "counters", Counter)


async def test_index_fields_are_written_with_the_state_and_are_not_part_of_it(found: Found) -> None:
    await found.add(Counter(value=7))
    of_this = {"version": 2, "changed_at": example.NOW}
    assert (await _raw(found))["indexed"] == {"revision": 0, "large": False, **of_this}
    await found.save((await found.get("c1")).model_copy(update={"value": 10}))
    assert (await _raw(found))["indexed"] == {"revision": 1, "large": True, **of_this}
    assert (await found.get("c1")).model_extra == {}
    assert [one async for one in found.ids(found.unindexed)] == []


@pytest.mark.parametrize(
    "change", [{"$inc": {"revision": 1}}, {"$set": {"indexed.version": 1}}, {"$unset": {"indexed": 1}}]
)
async def test_documents_of_another_version_are_indexed_again_and_stay_as_they_were(found: Found, change: Any) -> None:
    await found.add(Counter(value=7))
    await found.collection.insert_one({"_id": "gone", "revision": 1, "erased_at": example.NOW})
    await found.collection.update_one({"_id": "c1"}, change)
    before = await found.get("c1")
    assert [one async for one in found.ids(found.unindexed)] == ["c1"]
    await found.index("c1", example.NOW)
    assert [one async for one in found.ids(found.unindexed)] == []
    assert await found.get("c1") == before


async def test_indexing_a_document_that_changes_is_a_conflict(found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    await found.add(Counter())
    await found.save(await found.get("c1"))
    read = found.get

    async def slowly(document_id: str) -> Counter:
        before = await read(document_id)
        await found.save(before.model_copy(update={"value": 10}))
        return before

    monkeypatch.setattr(found, "get", slowly)
    with pytest.raises(Conflict):
        await found.index("c1", example.NOW)
    assert (await _raw(found))["indexed"]["large"] is True


class Renamed(Documents[Counter]):
    migrations = ([{"$set": {"name": "$title"}}], [{"$set": {"value": {"$multiply": ["$value", 10]}}}])


async def test_documents_of_older_schemas_are_brought_up_to_date_once(database: Database) -> None:
    renamed = Renamed(database, "counters", Counter)
    await renamed.collection.insert_many(
        [
            {"_id": "one", "revision": 3, "title": "One", "value": 1},
            {"_id": "two", "revision": 0, "name": "Two", "value": 2, "schema_version": 2},
            {"_id": "gone", "revision": 2, "erased_at": example.NOW},
        ]
    )
    await renamed.add(Counter(id="new", name="new", value=7))
    for _ in range(2):
        await renamed.prepare()
    found = {one.id: one for one in await renamed.find({}, sort=[("_id", 1)], limit=9)}
    assert {name: (one.name, one.value, one.revision) for name, one in found.items()} == {
        "one": ("One", 10, 5),
        "two": ("Two", 20, 1),
        "new": ("new", 7, 0),
    }
    with pytest.raises(Conflict):
        await renamed.save(found["one"].model_copy(update={"revision": 3}))


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


async def test_a_tombstone_takes_the_place_of_the_whole_document(counters: Documents[Counter]) -> None:
    await counters.add(Counter(value=7, name="Ayşe"), handling=(event := example.sealed(viewed())))
    await counters.collection.update_one({"_id": "c1"}, {"$set": {"of_a_newer_version": "Ayşe"}})
    assert await counters.erase("c1")
    stored = await counters.collection.find_one({"_id": "c1"})
    assert stored and set(stored) == {"_id", "revision", "seen", "outbox", "erased_at"}
    assert stored["seen"] == [event.id]
    with pytest.raises(Erased):
        await counters.get("c1")
    assert not await counters.erase("c1")


async def test_a_unique_value_goes_too(counters: Documents[Counter]) -> None:
    await counters.collection.create_index("name", unique=True)
    await counters.add(Counter())
    await counters.erase("c1")
    await counters.add(Counter(id="c2"))
    stored = await counters.collection.find_one({"_id": "c1"})
    assert stored and stored["name"] == "erased:c1"


async def test_nothing_is_erased_while_it_owes_an_event(counters: Documents[Counter]) -> None:
    await counters.add(Counter(), announcing=viewed())
    with pytest.raises(NotYet):
        await counters.erase("c1")
    assert await counters.get("c1") == Counter()


async def test_at_once_only_entries_of_the_audit_log_are_still_owed(counters: Documents[Counter]) -> None:
    audited = IntakeAudited(action="read", object_kind="message", object_id="m1", at=example.NOW)
    await counters.add(Counter(), announcing=[viewed(), audited])
    assert await counters.erase("c1", at_once=True)
    left = await counters.unpublished(before=utc_now(), limit=10)
    assert [entry.type for entry in left] == ["intake.audited"]


class Remark(Aggregate):
    message_id: str


class Remarks(Documents[Remark]):
    @staticmethod
    def belongs_to(aggregate: Remark) -> tuple[str, ...]:
        return (aggregate.message_id,)


async def test_nothing_is_added_to_what_was_erased(database: Database) -> None:
    remarks = Remarks(database, "remarks", Remark)
    await database["erased"].insert_one({"_id": "m1"})
    with pytest.raises(Erased):
        await remarks.add(Remark(id="r1", message_id="m1"))
    await remarks.add(Remark(id="r2", message_id="m2"))
    assert [found["_id"] async for found in remarks.collection.find({})] == ["r2"]


async def test_what_is_added_while_its_message_is_erased_is_erased_too(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    remarks = Remarks(database, "remarks", Remark)
    insert = remarks._inserts.insert

    async def later(document: dict[str, Any]) -> None:
        await database["erased"].insert_one({"_id": "m1"})  # the eraser has just looked here
        await insert(document)

    monkeypatch.setattr(remarks._inserts, "insert", later)
    with pytest.raises(Erased):
        await remarks.add(Remark(id="r1", message_id="m1"), announcing=viewed())
    stored = await remarks.collection.find_one({"_id": "r1"})
    assert stored and "message_id" not in stored and stored["outbox"] == []
