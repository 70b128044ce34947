"""The collections ``units`` and ``snapshots``."""

from collections.abc import Sequence
from typing import Any

from pymongo import UpdateOne
from pymongo.collation import Collation

from services.router.directory.domain import Contacts, Unit, address_changed, renewed
from shared.documents import AGGREGATE, Database, Documents
from shared.events import done_by
from shared.retrying import on_conflict
from shared.state import Actor

TURKISH = Collation("tr")
CONTACTS = "contacts"


class Units(Documents[Unit]):
    """The directory of units."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "units", Unit)

    async def all(self) -> list[Unit]:
        """All units, sorted by the Turkish alphabet; at most 2000."""
        found = self.collection.find({"erased_at": None}, AGGREGATE).collation(TURKISH).sort("name_tr", 1).limit(2_000)
        return [self._read(unit) async for unit in found]

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
            told = address_changed(before, unit, self.database.clock()) if before else []
            if before and told:
                kept = {"revision": before.revision, "active": before.active}
                await self.save(unit.model_copy(update=kept), announcing=done_by(by, *told))
            elif unit is not last:
                plain.append(_upsert(unit, self.schema_version))
        if last:
            told = address_changed(None, last, self.database.clock())
            entries = self._outbox_entries(last.id, done_by(by, *told), None)
            plain.append(_upsert(last, self.schema_version, [self.published_log.closed(entry) for entry in entries]))
        if plain:
            await self.collection.bulk_write(plain)
        if last:
            self._written(entries)
        return len(units)


class Snapshots(Documents[Contacts]):
    """What other services were told of the directory, whole: one document for each audience."""

    def __init__(self, database: Database, units: Units) -> None:
        super().__init__(database, "snapshots", Contacts)
        self._units = units

    async def renew(self, *, known: int | None = None) -> int:
        """Tell the notifier all addresses, unless it was told. Returns their version.

        It replaces what is still owed. The document is read before the directory: whoever saves without a conflict has
        read what is newer than the last snapshot.
        """
        return await on_conflict(lambda: self._renew(known))

    async def run(self) -> bool:
        """Renew what a crash between two writes of a table left untold. Returns False: no more to do at once."""
        await self.renew()
        return False

    async def _renew(self, known: int | None) -> int:
        before = await self.get_or_add(Contacts(id=CONTACTS))
        made = renewed(before, await self._units.addresses(), known=known)
        if made is None:
            return before.version
        contacts, announcing = made
        await self.replace(contacts, announcing=announcing)
        return contacts.version


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
