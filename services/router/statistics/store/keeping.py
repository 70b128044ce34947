"""What keeps the figures: following the cases, adding up, and counting again in the night."""

from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from services.router.cases.store.cases import Cases
from services.router.cases.store.recount import Recount
from services.router.directory.store import Units
from services.router.statistics.store.months import Months, above_of
from services.router.statistics.store.rows import Counted, FigureRows

SECONDS = 2.0
"""Between two looks at what has changed."""
CHECK_SECONDS = 60.0
"""Between two looks whether all is to be counted again."""

log = structlog.get_logger()


class KeptFigures:
    """Keeps rows and cells. Any number of processes may run it."""

    def __init__(self, rows: FigureRows, months: Months, cases: Cases, units: Units, zone: ZoneInfo) -> None:
        self._rows, self._months, self._units = rows, months, units
        self._recount = Recount("figures", cases, zone)

    async def run(self) -> bool:
        """Follow the cases, and add up what has changed. Returns False: no more to do at once."""
        await self._rows.follow()
        return await self._months.add_up()

    async def recount_if_due(self) -> bool:
        """Count again what is missing or outdated: at night, the first time, after a change of calendar or units."""
        return await self._recount.run(self.recount, early=self._changed)

    async def recount(self, now: datetime) -> None:
        """Count again, and add all months up."""
        await self._rows.begin()
        basis = await self._basis()
        found = await self._rows.recount()
        await self._months.mark_all()
        await self._months.state.update_one({"_id": "basis"}, {"$set": {"of": basis}}, upsert=True)
        await self._recount.ended(now, found.cases)
        log.info("figures were counted", cases=found.cases, missing=found.missing, different=found.different)

    async def count_all(self) -> Counted:
        """Make every row from its case, and add all months up at once."""
        await self._rows.begin()
        found = await self._rows.recount(all_cases=True)
        await self._months.mark_all()
        await self._months.add_up(paced=False)
        return found

    async def _changed(self, counted: int) -> bool:
        known = await self._months.state.find_one({"_id": "basis"})
        return known is None or known["of"] != await self._basis()

    async def _basis(self) -> list[str]:
        """What all figures depend on: the version of the calendar, and which unit belongs to which."""
        above = above_of(await self._units.all())
        return [
            str(self._rows.calendar),
            *(f"{code}<{','.join(sorted(found))}" for code, found in sorted(above.items())),
        ]
