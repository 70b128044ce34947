"""The collection ``unit_figures``: what the portal was told of the units last, and owes of it."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.router.cases.domain.states import ClosureReason
from services.router.statistics.domain.unit_figures import (
    UNIT_FIGURES,
    Own,
    UnitFigures,
    add_own,
    days_until,
    figures_of_units,
    told,
)
from services.router.statistics.store.months import Months, row_in
from shared.days import day_of
from shared.documents import Database, Documents
from shared.retrying import on_conflict


class UnitFiguresStore(Documents[UnitFigures]):
    """One document; a new version replaces what it still owes."""

    def __init__(self, database: Database, months: Months, zone: ZoneInfo) -> None:
        super().__init__(database, "unit_figures", UnitFigures)
        self._rows, self._zone = months.rows, zone

    async def renew_if_due(self) -> bool:
        """Once a day: tell each unit's figures up to yesterday. Returns False: no more to do at once."""
        await on_conflict(self._renew)
        return False

    async def known(self, version: int) -> None:
        """The portal has this version: it is told a newer one, and one above its own after a restore of ours."""
        await on_conflict(lambda: self._tell_again(version))

    async def _renew(self) -> None:
        before = await self.get_or_add(UnitFigures(id=UNIT_FIGURES))
        yesterday = day_of(self.database.clock(), self._zone) - timedelta(days=1)
        if before.until != yesterday.isoformat():
            earlier, since, until = days_until(yesterday)
            units = figures_of_units(await self._own(since, until), await self._own(earlier, since - timedelta(days=1)))
            days = {"since": since.isoformat(), "until": until.isoformat()}
            await self._keep(before, {**days, "units": units, "version": before.version + 1})

    async def _tell_again(self, known: int) -> None:
        stored = await self.get_or_add(UnitFigures(id=UNIT_FIGURES))
        if known > stored.version:
            await self._keep(stored, {"version": known + 1})
        elif known < stored.version:
            await self.replace(stored, announcing=told(stored))

    async def _keep(self, stored: UnitFigures, changes: dict[str, Any]) -> None:
        changed = stored.model_copy(update={**changes, "changed_at": self.database.clock()})
        await self.replace(changed, announcing=told(changed))

    async def _own(self, since: date, until: date) -> Own:
        query = {"opened": {"$gte": since.isoformat(), "$lte": until.isoformat()}}
        found: Own = {}
        async for row in self._rows.find({**query, "asked.0": {"$exists": True}}):
            if row.get("closure_reason") != ClosureReason.SPAM:
                add_own(found, row_in(row))
        return found
