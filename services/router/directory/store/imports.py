"""The collection ``unit_imports``: tables that wait for somebody to apply them."""

import asyncio

from pymongo import IndexModel

from services.router.access import AuditAction
from services.router.directory.domain.importing import Plan, UnitImport, Verdict, plan
from services.router.directory.domain.units import audit
from services.router.directory.store.units import MOST, Units
from shared.documents import Database, Documents
from shared.events import Event, UnitChanged, done_by
from shared.refused import Refused

DAY = 24 * 3600
TOO_MANY = "The table has too many rows."
CHANGED_MEANWHILE = "The directory has changed since this page was shown. Please look at the rows again."
APPLIED = "This table has been applied already."
WRONG = "Some rows are wrong. Please correct the table and import it again."


class UnitImports(Documents[UnitImport]):
    """Tables of units, each for a day: they have names and addresses."""

    indexes = (IndexModel("at", expireAfterSeconds=DAY),)

    def __init__(self, database: Database, units: Units) -> None:
        super().__init__(database, "unit_imports", UnitImport)
        self._units = units

    async def plan(self, table: UnitImport) -> Plan:
        """What the table would do now."""
        units = await self._units.all()
        return await asyncio.to_thread(plan, table.rows, units, erase=table.erase)  # thousands of addresses are checked

    async def apply(self, table: UnitImport, digest: str) -> UnitImport:
        """Do what a plan with this digest says, or nothing. Raises Refused when the table would do something else now.

        A unit that somebody changes in the very moment is not written: then Refused says so, and the table can be
        applied again to what is left.
        """
        if table.applied_at:
            raise Refused(APPLIED)
        planned = await self.plan(table)
        if planned.wrong:
            raise Refused(WRONG)
        if planned.digest != digest:
            raise Refused(CHANGED_MEANWHILE)
        if (
            await self._units.collection.count_documents({}) + planned.counts[Verdict.NEW] > MOST
        ):  # no event could tell all their addresses
            raise Refused(TOO_MANY)
        now = self.database.clock()
        changes = planned.changes(by=table.by, now=now)
        written = await self._units.put([(before, after, _recorded(events)) for before, after, events in changes])
        news = [UnitChanged(code=code) for code in written[-1:]]  # one suffices: it has everything read anew
        if len(written) < len(changes):
            await self.save(table, announcing=done_by(table.by, *news))
            raise Refused(CHANGED_MEANWHILE)
        counts = {verdict: planned.counts[verdict] for verdict in (Verdict.NEW, Verdict.CHANGED)}
        columns = sorted({name for row in planned.rows for name in row.fields})
        record = audit(AuditAction.UNITS_IMPORTED, table.id, now, columns).model_copy(update={"object_kind": "table"})
        done = table.model_copy(update={"applied_at": now, "counts": counts, "rows": ()})
        return await self.save(done, announcing=done_by(table.by, *news, record))


def _recorded(events: list[Event]) -> list[Event]:
    """The audit records alone."""
    return [event for event in events if not isinstance(event, UnitChanged)]
