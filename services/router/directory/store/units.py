"""The collection ``units``."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pymongo import InsertOne, UpdateOne
from pymongo.collation import Collation
from pymongo.errors import BulkWriteError

from services.router.directory.domain.snapshots import TOLD_OF_CONTACTS
from services.router.directory.domain.units import Unit
from shared.documents import AGGREGATE, AlreadyExists, Conflict, Database, Documents
from shared.events import CloudEvent, Event
from shared.outbox import OutboxEntry

SORTED_BY: Mapping[str, tuple[str, Collation]] = {
    "tr": ("name_tr", Collation("tr")),
    "en": ("name_en", Collation("en", strength=2)),
}
"""The name by which units are sorted for a reader of this language, and the alphabet."""
MOST: Final = 5_000
"""Units of an institution, as many as a snapshot has."""
Change = tuple[Unit | None, Unit, Sequence[Event]]
"""A unit as it was read (None: it is new), as it is to be, and the events that are owed."""


class Units(Documents[Unit]):
    """The directory of units."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "units", Unit)

    async def all(self, language: str = "tr") -> list[Unit]:
        """All units, sorted by their names in this language and its alphabet; at most MOST."""
        name, alphabet = SORTED_BY.get(language, SORTED_BY["tr"])
        found = self.collection.find({"erased_at": None}, AGGREGATE).collation(alphabet).sort(name, 1).limit(MOST)
        return [self._read(unit) async for unit in found]

    async def any_active(self) -> bool:
        """Whether there is a unit to which something can be routed."""
        return await self.collection.find_one({"active": {"$ne": False}, "erased_at": None}, {"_id": 1}) is not None

    async def contacts(self) -> list[dict[str, Any]]:
        """What is stored of each unit's contacts, also of one that this version cannot read."""
        found = self.collection.find({"erased_at": None}, dict.fromkeys(TOLD_OF_CONTACTS, 1))
        return [unit async for unit in found]

    async def add(
        self, aggregate: Unit, *, announcing: Event | Sequence[Event] = (), handling: CloudEvent[Any] | None = None
    ) -> None:
        """Add a unit. Its code may be that of one that was deleted."""
        try:
            await super().add(aggregate, announcing=announcing, handling=handling)
        except AlreadyExists:
            gone = await self.collection.find_one({"_id": aggregate.id, "erased_at": {"$ne": None}}, {"revision": 1})
            if gone is None:
                raise
            again = {"_id": aggregate.id, "revision": gone["revision"], "erased_at": {"$ne": None}}
            await self._overwrite(again, aggregate, announcing, {"$unset": {"erased_at": 1}})

    async def delete(self, unit: Unit, *, announcing: Sequence[Event]) -> None:
        """Leave of a unit what it still owes, and nothing else. Raises Conflict when somebody has changed it."""
        emptied = {name: 1 for name in Unit.model_fields if name not in ("id", "revision")}
        changes: dict[str, dict[str, Any]] = {"$set": {"erased_at": self.database.clock()}, "$unset": emptied}
        await self._overwrite({"_id": unit.id, "revision": unit.revision}, None, announcing, changes)

    async def put(self, changes: Sequence[Change]) -> list[str]:
        """Add and change many units, each only as it was read. Returns the codes of those that were written.

        Each is one write with the events it owes; those of a unit that somebody else has changed are not.
        """
        entries: dict[str, list[OutboxEntry]] = {}
        writes: list[InsertOne[dict[str, Any]] | UpdateOne] = []
        for before, after, events in changes:
            entries[after.id] = self._outbox_entries(after.id, events, None)
            outbox = [self.published_log.closed(entry) for entry in entries[after.id]]
            writes.append(_write(before, after, outbox, self.schema_version))
        if not writes:
            return []
        try:
            await self.collection.bulk_write(writes, ordered=False)
        except BulkWriteError as error:
            if any(fault["code"] != 11_000 for fault in (error.details or {}).get("writeErrors", ())):
                raise
        owing = self.collection.find({"_id": {"$in": list(entries)}}, {"outbox.id": 1})
        owed_by = {unit["_id"]: {entry["id"] for entry in unit.get("outbox", ())} async for unit in owing}
        written = [code for code, mine in entries.items() if any(e.id in owed_by.get(code, ()) for e in mine)]
        self._written([entry for code in written for entry in entries[code]])
        return written

    async def _overwrite(
        self,
        query: dict[str, Any],
        aggregate: Unit | None,
        announcing: Event | Sequence[Event],
        changes: dict[str, dict[str, Any]],
    ) -> None:
        """Change the document that fits the query. Raises Conflict when there is none any more."""
        entries = self._outbox_entries(query["_id"], announcing, None)
        state = aggregate.model_dump(exclude={"id", "revision"}) if aggregate else {}
        outbox = [self.published_log.closed(entry) for entry in entries]
        written = await self.collection.update_one(
            query,
            {
                **changes,
                "$set": changes.get("$set", {}) | state | {"schema_version": self.schema_version},
                "$inc": {"revision": 1},
                "$push": {"outbox": {"$each": outbox}},
            },
        )
        if written.matched_count == 0:
            raise Conflict(query["_id"])
        self._written(entries)


def _write(
    before: Unit | None, after: Unit, outbox: list[dict[str, Any]], schema_version: int
) -> InsertOne[dict[str, Any]] | UpdateOne:
    state = after.model_dump(exclude={"id", "revision"})
    if before is None:
        new = {"_id": after.id, "revision": 0, "seen": [], "outbox": outbox, "schema_version": schema_version}
        return InsertOne(new | state)
    change = {"$set": state, "$inc": {"revision": 1}, "$push": {"outbox": {"$each": outbox}}}
    return UpdateOne({"_id": before.id, "revision": before.revision}, change)
