"""Who is where, in the collection ``presence``; and which cases changed. Nothing here changes a case."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from services.router.access import Officer
from services.router.cases.domain.live import Change, Presence
from services.router.cases.store.cases import Cases

BACK = timedelta(seconds=5)
"""How far back each look goes: clocks of replicas differ, and a write is seen later than its time."""
FRESH = timedelta(seconds=40)
"""How long somebody is there after the last sign of them; pages give one every fifteen seconds."""
MOST = 500


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
        fields = {"revision": 1, "indexed.changed_at": 1, "restriction.to": 1}
        query = {"indexed.changed_at": {"$gte": since - BACK}}
        found = self._cases.collection.find(query, fields).sort("indexed.changed_at", -1).limit(MOST)
        return [Change(case["_id"], case["revision"], case["indexed"]["changed_at"], _to(case)) async for case in found]

    async def _readers(self, ids: Iterable[str]) -> dict[str, tuple[str, ...] | None]:
        query = {"_id": {"$in": list(ids)}, "restriction.to": {"$exists": True}}
        return {case["_id"]: _to(case) async for case in self._cases.collection.find(query, {"restriction.to": 1})}


def _to(case: dict[str, dict[str, list[str]]]) -> tuple[str, ...] | None:
    restriction = case.get("restriction")
    return tuple(restriction["to"]) if restriction else None
