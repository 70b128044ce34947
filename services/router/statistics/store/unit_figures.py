"""The collection ``unit_figures``: what the portal was told of the units last, and owes of it."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from services.router.cases.domain.states import ClosureReason
from services.router.directory.store.telling import tell
from services.router.statistics.domain.unit_figures import (
    UNIT_FIGURES,
    Own,
    UnitFigures,
    add_own,
    days_until,
    figures_of_units,
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
        await self.renew()
        return False

    async def renew(self, known: int | None = None) -> int:
        """Tell them, unless they were told; ``known`` is the version of the portal. Returns the version."""
        return await on_conflict(lambda: self._renew(known))

    async def _renew(self, known: int | None) -> int:
        before = await self.get_or_add(UnitFigures(id=UNIT_FIGURES))
        yesterday = day_of(self.database.clock(), self._zone) - timedelta(days=1)
        fresh = before if before.until == yesterday.isoformat() else await self._fresh(yesterday)
        return await tell(self, before, fresh, known)

    async def _fresh(self, yesterday: date) -> UnitFigures:
        earlier, since, until = days_until(yesterday)
        return UnitFigures(
            id=UNIT_FIGURES,
            since=since.isoformat(),
            until=until.isoformat(),
            units=figures_of_units(await self._own(since, until), await self._own(earlier, since - timedelta(days=1))),
            changed_at=self.database.clock(),
        )

    async def _own(self, since: date, until: date) -> Own:
        query = {"opened": {"$gte": since.isoformat(), "$lte": until.isoformat()}}
        found: Own = {}
        async for row in self._rows.find({**query, "asked.0": {"$exists": True}}):
            if row.get("closure_reason") != ClosureReason.SPAM:
                add_own(found, row_in(row))
        return found
