"""The audit chain in MongoDB: several who append at once make one chain."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest

from services.router.records.domain.chain import Anchor, Broken, Walk
from services.router.records.store.chain import Chain
from shared.documents import AlreadyProcessed, Conflict, Database
from tests import examples as example
from tests.router.test_chain import KEY, told


@pytest.fixture
async def chain(database: Database) -> Chain:
    """An empty chain with its indexes."""
    made = Chain(database, KEY)
    await made.prepare()
    return made


async def test_four_who_append_the_same_events_in_another_order_make_one_chain(
    chain: Chain, database: Database
) -> None:
    said = [told(number) for number in range(60)]
    replicas = [Chain(database, KEY) for _ in range(4)]
    work = [
        replica.append(one)
        for turn, replica in enumerate(replicas)
        for one in (*said[turn * 15 :], *reversed(said[: turn * 15]))
    ]
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    assert (outcomes.count(None), {type(one) for one in outcomes}) == (60, {type(None), AlreadyProcessed})
    walked = await chain.verify()
    entries = [one async for one in chain.stored()]
    assert walked.number == len(entries) == len({one["event_id"] for one in entries}) == 60
    for case in {one.message_id for one in said if one.message_id}:
        of_case = await chain.of_case(case)
        assert [one.case_number for one in of_case] == list(range(1, len(of_case) + 1))


async def test_a_second_delivery_changes_nothing(chain: Chain) -> None:
    await chain.append(told(1))
    with pytest.raises(AlreadyProcessed):
        await chain.append(told(1))
    together = await asyncio.gather(*(chain.append(told(2)) for _ in range(3)), return_exceptions=True)
    assert (together.count(None), await chain.add([told(1), told(2)])) == (1, set())
    assert (await chain.verify()).number == 2


async def _edits(chain: Chain) -> None:
    await chain.collection.update_one({"_id": 4}, {"$set": {"actor.id": "somebody"}})


async def _deletes(chain: Chain) -> None:
    await chain.collection.delete_one({"_id": 4})


async def _swaps(chain: Chain) -> None:
    four, six = await chain.collection.find_one({"_id": 4}), await chain.collection.find_one({"_id": 6})
    assert four and six
    await chain.collection.delete_many({"_id": {"$in": [4, 6]}})
    await chain.collection.insert_many([{**four, "_id": 6}, {**six, "_id": 4}])


async def _truncates(chain: Chain) -> None:
    await chain.collection.delete_many({"_id": {"$gte": 4}})


async def _inserts(chain: Chain) -> None:
    await chain.collection.insert_one({"_id": 0, **told(90).model_dump(exclude_none=True), "link": "0" * 64})


@pytest.mark.parametrize(
    ("change", "number"), [(_edits, 4), (_deletes, 4), (_swaps, 4), (_truncates, 4), (_inserts, 1)]
)
async def test_a_change_in_the_collection_is_found(
    chain: Chain, change: Callable[[Chain], Awaitable[None]], number: int
) -> None:
    await chain.add([told(n) for n in range(8)])
    head = await chain.head()
    assert head
    anchor = Anchor(head.number, head.link, example.NOW)
    assert (await chain.verify([anchor])).number == 8
    await change(chain)
    with pytest.raises(Broken) as found:
        await chain.verify([anchor])
    assert found.value.number == number


async def test_who_has_walked_before_misses_what_is_cut_off_since(chain: Chain) -> None:
    await chain.add([told(n) for n in range(8)])
    walked = await chain.verify()
    await chain.add([told(n) for n in range(8, 10)])
    walked = await chain.verify(walk=Walk(KEY, number=walked.number, link=walked.link))
    assert walked.number == 10
    await chain.collection.delete_one({"_id": 10})
    with pytest.raises(Broken, match="entry 10"):
        await chain.verify(walk=walked)


async def test_times_and_letters_come_back_as_they_were_linked(chain: Chain) -> None:
    at = example.NOW.replace(microsecond=987_654)
    different: dict[str, Any] = {"at": at, "object_id": "İıŞğ", "fields": ("ş",)}
    await chain.append(told(1, **different))
    assert (await chain.verify()).number == 1


async def test_an_entry_that_may_still_be_lost_is_no_reason_to_acknowledge(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is on the primary alone: a failover would take it away, and nobody would send its event again."""
    await chain.add([told(1)])

    async def there(collection: object, event_ids: Iterable[str]) -> set[str]:
        return set(event_ids) & {"e1"} if collection is chain._newest else set()

    monkeypatch.setattr(chain, "_there", there)
    monkeypatch.setattr("services.router.records.store.chain.TRIES", 3)
    with pytest.raises(Conflict):
        await chain.add([told(1), told(2)])
    assert [entry["event_id"] async for entry in chain.stored()] == ["e1", "e2"]
