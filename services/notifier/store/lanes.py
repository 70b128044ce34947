"""How many letters go to one mail domain at once and in a minute, from all processes together.

So a slow domain does not hold up others, and more processes do not send it more.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from pymongo import ReturnDocument, WriteConcern
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern

from shared.documents import AWAY, Database

MINUTE = timedelta(minutes=1)
EVERYWHERE = "*"
"""In place of a domain: the pause of all."""
KEPT = timedelta(minutes=10)
"""How long a domain is kept after its last letter, or its pause."""
LOCAL = ReadConcern("local")
"""What was written with w=1 is read at once."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Lanes:
    """The collection ``lanes``: of each domain the places that are taken now, when letters of the last minute began,
    and a pause. ``per_minute`` 0: no limit. Knows no letters.

    A place has an end, which is that of the letter's lease: so what a process takes away with it is free then.
    """

    def __init__(self, database: Database, *, concurrent: int, per_minute: int) -> None:
        # w=1 suffices: after a failover a domain may get some letters more. Else each would wait for two majorities.
        self.collection = database["lanes"].with_options(write_concern=WriteConcern(w=1), read_concern=LOCAL)
        self._concurrent, self._per_minute = concurrent, per_minute

    async def prepare(self) -> None:
        """Create the TTL index."""
        await self.collection.create_index("expires_at", expireAfterSeconds=0)

    async def closed(self, now: datetime) -> list[str]:
        """The domains to which no further letter goes now; EVERYWHERE is one of them when none goes anywhere."""
        found = self.collection.find({"$expr": self._is_closed(now)}, {"_id": 1})
        return sorted([one["_id"] async for one in found])

    async def take(self, domain: str, now: datetime, until: datetime) -> tuple[str | None, bool]:
        """Take a place for a letter to this domain, at most ``until`` then.

        Returns its name, None where there is none; and whether it was the last one.
        """
        place = uuid4().hex
        one, full = {"place": place, "until": until}, self._is_closed(now)
        change: dict[str, Any] = {
            "places": {"$cond": [full, _places(now), {"$concatArrays": [_places(now), [one]]}]},
            "expires_at": {"$max": ["$expires_at", until + KEPT]},
        }
        if self._per_minute:  # else nothing limits how many there are
            change["begun"] = {"$cond": [full, _begun(now), {"$concatArrays": [_begun(now), [now]]}]}
        found = await self._changed(domain, change)
        if one["place"] not in [taken["place"] for taken in found["places"]]:
            return None, True
        last = len(found["places"]) >= self._concurrent
        return place, last or (bool(self._per_minute) and len(found["begun"]) >= self._per_minute)

    async def give_back(self, domain: str, place: str) -> None:
        """The letter has arrived, or was refused. While MongoDB is away the place stays taken to its end."""
        with suppress(*AWAY):
            await self.collection.update_one({"_id": domain}, {"$pull": {"places": {"place": place}}})

    async def pause(self, domain: str, until: datetime) -> None:
        """Nothing goes to this domain until then."""
        longest = {"$max": ["$paused_until", until]}
        await self._changed(domain, {"paused_until": longest, "expires_at": {"$max": ["$expires_at", until + KEPT]}})

    async def pause_all(self, until: datetime) -> None:
        """Nothing goes anywhere until then: the mail server refuses us."""
        await self.pause(EVERYWHERE, until)

    def _is_closed(self, now: datetime) -> dict[str, Any]:
        reasons: list[dict[str, Any]] = [
            {"$gt": [{"$ifNull": ["$paused_until", EPOCH]}, now]},
            {"$gte": [{"$size": _places(now)}, self._concurrent]},
        ]
        if self._per_minute:
            reasons.append({"$gte": [{"$size": _begun(now)}, self._per_minute]})
        return {"$or": reasons}

    async def _changed(self, domain: str, change: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return await self._change(domain, change)
        except DuplicateKeyError:  # two first ones at once
            return await self._change(domain, change)

    async def _change(self, domain: str, change: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = await self.collection.find_one_and_update(
            {"_id": domain}, [{"$set": change}], upsert=True, return_document=ReturnDocument.AFTER
        )
        return found


def _places(now: datetime) -> dict[str, Any]:
    """Those that have not ended."""
    return _those("$places", {"$gt": ["$$this.until", now]})


def _begun(now: datetime) -> dict[str, Any]:
    """Those of the last minute."""
    return _those("$begun", {"$gt": ["$$this", now - MINUTE]})


def _those(field: str, condition: dict[str, Any]) -> dict[str, Any]:
    return {"$filter": {"input": {"$ifNull": [field, []]}, "cond": condition}}
