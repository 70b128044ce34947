"""The collections ``units`` and ``snapshots``."""

from collections.abc import Callable, Sequence
from typing import Any

from pymongo import UpdateOne
from pymongo.collation import Collation

from services.router.directory.domain import (
    CONTACTS,
    DIRECTORY,
    SNAPSHOTS,
    Snapshot,
    Unit,
    contacts_of,
    directory_of,
    institution_told,
    renewed,
    unit_changed,
)
from shared.documents import AGGREGATE, Database, Documents
from shared.events import done_by
from shared.institution import Institution
from shared.retrying import on_conflict
from shared.state import Actor

TURKISH = Collation("tr")


class Units(Documents[Unit]):
    """The directory of units."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "units", Unit)

    async def all(self) -> list[Unit]:
        """All units, sorted by the Turkish alphabet; at most 2000."""
        found = self.collection.find({"erased_at": None}, AGGREGATE).collation(TURKISH).sort("name_tr", 1).limit(2_000)
        return [self._read(unit) async for unit in found]

    async def any_active(self) -> bool:
        """Whether there is a unit to which something can be routed."""
        return await self.collection.find_one({"active": {"$ne": False}, "erased_at": None}, {"_id": 1}) is not None

    async def addresses(self) -> dict[str, str]:
        """The e-mail address of each unit, by its code."""
        found = self.collection.find({"erased_at": None, "email": {"$type": "string"}}, {"email": 1})
        return {unit["_id"]: unit["email"] async for unit in found}

    async def put(self, units: Sequence[Unit], *, by: Actor) -> int:
        """Add new units and update known ones; others stay. Returns the number of units. A new address is audited.

        All new units together owe one event, with the last of them: it makes the router read the whole directory.
        """
        known = {unit.id: unit for unit in await self.all()}
        plain, last = [], next((unit for unit in reversed(units) if unit.id not in known), None)
        for unit in units:
            before = known.get(unit.id)
            kept = unit.model_copy(update={"revision": before.revision, "active": before.active}) if before else unit
            told = unit_changed(before, kept, self.database.clock()) if before else []
            if told:
                await self.save(kept, announcing=done_by(by, *told))
            elif unit is not last:
                plain.append(_upsert(unit, self.schema_version))
        if last:
            told = unit_changed(None, last, self.database.clock())
            entries = self._outbox_entries(last.id, done_by(by, *told), None)
            plain.append(_upsert(last, self.schema_version, [self.published_log.closed(entry) for entry in entries]))
        if plain:
            await self.collection.bulk_write(plain)
        if last:
            self._written(entries)
        return len(units)


class Snapshots(Documents[Snapshot]):
    """What other services were told, whole: one document for each audience. ``institution`` returns what it is now."""

    def __init__(self, database: Database, units: Units, institution: Callable[[], Institution] | None = None) -> None:
        super().__init__(database, "snapshots", Snapshot)
        self._units = units
        self._institution = institution

    async def renew(self, audience: str = CONTACTS, *, known: int | None = None) -> int:
        """Tell an audience what is now, unless it was told. Returns the version.

        It replaces what is still owed. The document is read before the directory: whoever saves without a conflict has
        read what is newer than the last snapshot.
        """
        return await on_conflict(lambda: self._renew(audience, known))

    async def run(self) -> bool:
        """Renew what a crash between two writes of a table left untold, and the settings of this start.

        Returns False: no more to do at once.
        """
        for audience in SNAPSHOTS:
            await self.renew(audience)
        return False

    async def _renew(self, audience: str, known: int | None) -> int:
        before = await self.get_or_add(SNAPSHOTS[audience](id=audience))
        made = renewed(before, await self._fresh(audience, before), known=known)
        if made is None:
            return before.version
        snapshot, announcing = made
        await self.replace(snapshot, announcing=announcing)
        return snapshot.version

    async def _fresh(self, audience: str, before: Snapshot) -> Snapshot:
        """What is now. Without an institution, as in a command, nothing new is known of it."""
        if audience == CONTACTS:
            return contacts_of(await self._units.addresses())
        if audience == DIRECTORY:
            return directory_of(await self._units.all())
        return institution_told(self._institution()) if self._institution else before

    def _read(self, found: dict[str, Any]) -> Snapshot:
        return self.read_as(SNAPSHOTS[found["_id"]], found)


def _upsert(unit: Unit, schema_version: int, outbox: Sequence[dict[str, Any]] = ()) -> UpdateOne:
    return UpdateOne(
        {"_id": unit.id},
        {
            "$set": unit.model_dump(exclude={"id", "revision", "active"}),
            "$inc": {"revision": 1},
            "$setOnInsert": {"active": True, "schema_version": schema_version},
            "$push": {"outbox": {"$each": list(outbox)}},
        },
        upsert=True,
    )
