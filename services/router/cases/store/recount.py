"""When what is derived from all cases is counted again, and which process does it: the collection ``words_state``."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from services.router.cases.store.cases import Cases

NIGHT: Final = range(1, 5)
"""Hours, where the institution is."""
LONGEST: Final = timedelta(hours=1)
"""A count that has not ended by then has died with its process."""
A_DAY: Final = timedelta(hours=20)
"""Between two counts, a little less: the next night may begin earlier."""
Early = Callable[[int], Awaitable[bool]]
"""Whether to count before the night, given how many cases were counted last."""


class Recount:
    """One count of all cases; ``name`` is the id of its state."""

    def __init__(self, name: str, cases: Cases, zone: ZoneInfo) -> None:
        self._key, self._state = {"_id": name}, cases.database["words_state"]
        self._now, self._zone = cases.database.clock, zone

    async def run(self, count: Callable[[datetime], Awaitable[None]], *, early: Early) -> bool:
        """Count if it is due: at night, the first time, and when ``early``. One process does it. Returns False."""
        await self._state.update_one(self._key, {"$setOnInsert": {"cases": 0}}, upsert=True)
        state, now = await self._state.find_one(self._key) or {}, self._now()
        started = state.get("started_at")
        if not await self._due(state, now, early):
            return False
        claim = await self._state.update_one({**self._key, "started_at": started}, {"$set": {"started_at": now}})
        if claim.matched_count:
            try:
                await count(now)
            except Exception:  # such as a server that is away; the next call begins again
                await self._state.update_one({**self._key, "started_at": now}, {"$set": {"started_at": started}})
                raise
        return False

    async def ended(self, started: datetime, cases: int) -> None:
        """The count that began then is complete."""
        done = {"finished_at": self._now(), "started_at": started, "cases": cases}
        await self._state.update_one(self._key, {"$set": done}, upsert=True)

    async def _due(self, state: Mapping[str, Any], now: datetime, early: Early) -> bool:
        started, finished = state.get("started_at"), state.get("finished_at")
        if started is None:
            return True
        if finished is None or finished < started:  # a process works at it, or has ended
            return bool(now - started > LONGEST)
        if now - started > A_DAY and now.astimezone(self._zone).hour in NIGHT:
            return True
        return await early(state.get("cases", 0))
