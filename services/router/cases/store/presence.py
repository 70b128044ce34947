"""Who is where, in the collection ``presence``; and which cases changed. Nothing here changes a case."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from services.router.access import Officer
from services.router.cases.domain.live import QUIET, Acts, Change, Presence, news_for
from services.router.cases.store.cases import Cases

BACK = timedelta(seconds=5)
"""How far back each look goes: clocks of replicas differ, and a write is seen later than its time."""
FRESH = timedelta(seconds=40)
"""How long somebody is there after the last sign of them; pages give one every fifteen seconds."""
MOST = 500
ACTED = ("timeline.what", "timeline.revision", "timeline.actor", "release.revision", "release.actor")
FIELDS = ("revision", "indexed.changed_at", "restriction.to", *ACTED)


class Whereabouts:
    """Who looks at or writes in which case: a document for each person and case, which goes by itself."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases
        self._people = cases.database["presence"]
        self._clock = cases.database.clock

    def now(self) -> datetime:
        """The time of the database's clock."""
        return self._clock()

    async def prepare(self) -> None:
        """Create the TTL index; the one by which changed cases are found is that of ``Cases``."""
        await self._people.create_index("at", expireAfterSeconds=FRESH.seconds)

    async def note(self, case_id: str, officer: Officer, *, writing: bool) -> None:
        """This person is there now."""
        known = {"case_id": case_id, "account_id": officer.id, "name": officer.name}
        told = {**known, "writing": writing, "at": self._clock()}
        await self._people.update_one({"_id": f"{case_id}:{officer.id}"}, {"$set": told}, upsert=True)

    async def leave(self, case_id: str, officer: Officer) -> None:
        """This person has closed the page."""
        await self._people.delete_one({"_id": f"{case_id}:{officer.id}"})

    async def here(self, case_id: str | None = None) -> list[Presence]:
        """Everybody who is somewhere, or at this case, sorted by name."""
        query = {"at": {"$gt": self._clock() - FRESH}} | ({"case_id": case_id} if case_id else {})
        found = [one async for one in self._people.find(query).sort([("name", 1), ("_id", 1)]).limit(MOST)]
        readers = await self._readers({one["case_id"] for one in found})
        return [
            Presence(one["case_id"], one["account_id"], one["name"], one["writing"], readers.get(one["case_id"]))
            for one in found
        ]

    async def changed(self, since: datetime) -> list[Change]:
        """The cases that changed since a little before, at most ``MOST``, the newest."""
        query = {"indexed.changed_at": {"$gte": since - BACK}}
        found = self._cases.collection.find(query, FIELDS).sort("indexed.changed_at", -1).limit(MOST)
        return [_change(case) async for case in found]

    async def news_of(self, case_id: str, reader: str) -> int:
        """The revision of the newest thing that anybody but this person (an account id) did with the case."""
        case = await self._cases.collection.find_one({"_id": case_id}, FIELDS)
        return news_for(reader, _acts(case)) if case else 0

    async def _readers(self, ids: Iterable[str]) -> dict[str, tuple[str, ...] | None]:
        query = {"_id": {"$in": list(ids)}, "restriction.to": {"$exists": True}}
        return {case["_id"]: _to(case) async for case in self._cases.collection.find(query, {"restriction.to": 1})}


def _change(case: Mapping[str, Any]) -> Change:
    return Change(case["_id"], case["revision"], case["indexed"]["changed_at"], _to(case), _acts(case))


def _acts(case: Mapping[str, Any]) -> Acts:
    """What was done with the case, also that an answer or a closing is held, which its timeline does not say."""
    told = [entry for entry in case.get("timeline", ()) if entry.get("what") not in QUIET]
    done = [one for one in (*told, case.get("release") or {}) if one.get("revision") is not None]
    return tuple((one["revision"], (one.get("actor") or {}).get("id")) for one in done)


def _to(case: Mapping[str, Any]) -> tuple[str, ...] | None:
    restriction = case.get("restriction")
    return tuple(restriction["to"]) if restriction else None
