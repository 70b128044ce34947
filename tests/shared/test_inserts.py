"""What comes at the same time goes together, and each hears of its own."""

import asyncio
from typing import Any

import bson
import pytest
from pymongo.errors import AutoReconnect, BulkWriteError, DuplicateKeyError, WTimeoutError

from shared.documents import Database
from shared.inserts import BATCH_SIZE, Inserts


class Slow:
    """A collection that notes what goes together; one that is told to fails."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.trips: list[int] = []
        self._fails = fails

    async def insert_many(self, documents: list[Any], *, ordered: bool) -> None:
        self.trips.append(len(documents))
        await asyncio.sleep(0)
        if self._fails:
            raise self._fails


async def outcomes(inserts: Inserts, ids: list[int]) -> list[type[BaseException] | None]:
    told = await asyncio.gather(*(inserts.insert({"_id": i}) for i in ids), return_exceptions=True)
    return [type(one) if one else None for one in told]


async def test_what_comes_alone_goes_at_once(database: Database) -> None:
    await asyncio.wait_for(Inserts(database["kept"]).insert({"_id": 1, "text": "ığüş"}), 10)
    assert await database["kept"].find_one({}) == {"_id": 1, "text": "ığüş"}


async def test_what_comes_meanwhile_goes_together() -> None:
    slow: Any = Slow()
    assert await outcomes(Inserts(slow), list(range(2 * BATCH_SIZE))) == [None] * 2 * BATCH_SIZE
    assert (sum(slow.trips), max(slow.trips)) == (2 * BATCH_SIZE, BATCH_SIZE)
    assert len(slow.trips) < 10


async def test_whose_document_is_there_already_hears_it_and_nobody_else(database: Database) -> None:
    await database["kept"].insert_one({"_id": 3})
    told = await outcomes(Inserts(database["kept"]), list(range(6)))
    assert told == [None, None, None, DuplicateKeyError, None, None]
    assert await database["kept"].count_documents({}) == 6


async def test_the_error_names_the_value_that_is_taken(database: Database) -> None:
    await database["kept"].create_index("reference", unique=True)
    inserts = Inserts(database["kept"])
    await inserts.insert({"_id": 1, "reference": "a"})
    with pytest.raises(DuplicateKeyError) as refused:
        await inserts.insert({"_id": 2, "reference": "a"})
    assert (refused.value.details or {})["keyPattern"] == {"reference": 1}


async def test_what_cannot_be_kept_is_refused_before_it_goes_with_others(database: Database) -> None:
    inserts = Inserts(database["kept"])
    good, bad = await asyncio.gather(
        inserts.insert({"_id": 1}), inserts.insert({"_id": 2, "x": object()}), return_exceptions=True
    )
    assert (good, isinstance(bad, bson.errors.InvalidDocument)) == (None, True)


async def test_nobody_is_told_that_it_is_kept_when_the_database_is_away() -> None:
    slow: Any = Slow(AutoReconnect("gone"))
    assert await outcomes(Inserts(slow), [1, 2, 3]) == [AutoReconnect] * 3


async def test_nobody_is_told_that_it_is_kept_when_the_majority_was_not_heard() -> None:
    concern = {"code": 64, "errmsg": "waiting for replication timed out"}
    taken = {"index": 1, "code": 11000, "errmsg": "E11000", "keyPattern": {"_id": 1}}
    slow: Any = Slow(BulkWriteError({"writeErrors": [taken], "writeConcernErrors": [concern]}))
    inserts = Inserts(slow)
    first = asyncio.create_task(outcomes(inserts, [0, 1]))
    assert set(await first) <= {WTimeoutError, DuplicateKeyError}
    assert None not in await outcomes(inserts, [2, 3])


async def test_who_goes_away_takes_nothing_from_the_others(database: Database) -> None:
    inserts = Inserts(database["kept"])
    gone, *stay = [asyncio.create_task(inserts.insert({"_id": i})) for i in range(5)]
    await asyncio.sleep(0)
    gone.cancel()
    assert await asyncio.gather(*stay) == [None] * 4
    assert await database["kept"].count_documents({"_id": {"$gt": 0}}) == 4
