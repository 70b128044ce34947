"""The collection ``reminders``: what each recipient was told; and the cases that wait for somebody."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from services.router.cases.domain.reminding import TO_TAKE, WaitingCase
from services.router.cases.domain.states import CaseState
from services.router.cases.store.cases import Cases
from services.router.deadlines.domain.counting import Deadlines
from services.router.deadlines.domain.reminders import Told
from shared.days import day_of, first_moment
from shared.documents import Database, Documents

READ_AT_ONCE = 5_000
"""Cases that one look reads, those that are due first. With more than these in delay a letter helps nobody."""
BATCH = 100
"""Cases of one round trip; between two of them requests come first."""
PROJECTION = {name: 1 for name in WaitingCase.model_fields if name not in ("id", "timeline")}
PROJECTION |= {"timeline.at": 1, "timeline.what": 1, "erased_at": 1}


class Reminders(Documents[Told]):
    """What each unit and each person of the desk was told, in one document for each, saved with the letter."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "reminders", Told)

    async def begin(self, recipients: Iterable[str]) -> None:
        """Add a document for each of these that has none."""
        wanted = list(recipients)
        known = {found async for found in self.ids({"_id": {"$in": wanted}})}
        for recipient in wanted:
            if recipient not in known:
                await self.get_or_add(Told(id=recipient))

    @staticmethod
    def not_told_today(recipients: Iterable[str], now: datetime, deadlines: Deadlines) -> dict[str, Any]:
        """Query for those of these who have had no letter today."""
        today = day_of(now, deadlines.zone)
        day = {"$gte": first_moment(today, deadlines.zone), "$lt": first_moment(today + timedelta(1), deadlines.zone)}
        return {"_id": {"$in": list(recipients)}, "last_at": {"$not": day}}


class WaitingCases:
    """The cases that wait for units and for people of the desk, as reminders read them."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    async def due(self, until: datetime) -> list[WaitingCase]:
        """Those in which a reply is due until then, the earliest first."""
        return await self._read({"indexed.due_at": {"$lte": until}}, "indexed.due_at")

    async def at_desk(self) -> list[WaitingCase]:
        """Those that wait for somebody of the desk: to be taken, or with a reply to be checked."""
        states = [*(state.value for state in TO_TAKE), CaseState.REPLY_PENDING_REVIEW.value]
        return await self._read({"state": {"$in": states}}, "submitted_at")

    async def _read(self, query: dict[str, Any], first: str) -> list[WaitingCase]:
        found = self._cases.collection.find({"erased_at": None} | query, PROJECTION).sort(first, 1).limit(READ_AT_ONCE)
        return [self._cases.read_as(WaitingCase, row) async for row in found.batch_size(BATCH)]
