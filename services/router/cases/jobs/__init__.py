"""What happens to cases by itself."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from services.router.accounts.store import Accounts
from services.router.cases.domain.case import Case
from services.router.cases.domain.moving import counted_by, move
from services.router.cases.domain.release import released
from services.router.cases.domain.work import free
from services.router.cases.store.cases import Cases
from services.router.deadlines.store import CalendarStore, CurrentDeadlines
from shared.events import Event
from shared.scheduled import act_on_due, deciding, run_due

RELEASE_SECONDS = 2.0
"""Between two looks at what is held. An answer goes out that much later at the most."""
CALENDAR_SECONDS = 5.0
"""Between two looks for cases that were counted by an earlier calendar."""
EVERY = 10.0
"""Seconds between two looks at the disabled accounts."""


class Claims:
    """The claims of officers whose accounts were disabled end, wherever and whenever it was done."""

    def __init__(self, cases: Cases, accounts: Accounts) -> None:
        self._cases, self._accounts = cases, accounts

    async def run(self) -> bool:
        """Free their cases. Returns False: no more to do at once."""
        disabled = await self._accounts.disabled()
        if not disabled:
            return False
        claimed = {"indexed.officer": {"$in": disabled}}
        return await act_on_due(self._cases, lambda now: claimed, deciding(self._cases, partial(_freed, disabled)))


def _freed(disabled: list[str], case: Case, now: datetime) -> tuple[Case, list[Event]] | None:
    return (free(case, now), []) if case.officer in disabled and not case.finished else None


class Releases:
    """Answers and closings that nobody has taken back in time."""

    def __init__(self, cases: Cases, *, every: float = RELEASE_SECONDS) -> None:
        self._cases, self._every = cases, every

    async def run(self) -> None:
        """Release what is due, for as long as the service runs."""
        await run_due(self._cases, Cases.to_release, deciding(self._cases, released), every=self._every)


class CalendarMoves:
    """Open cases follow the calendar: those that were counted by an earlier one are counted again."""

    def __init__(self, cases: Cases, calendars: CalendarStore, deadlines: CurrentDeadlines) -> None:
        self._cases, self._calendars, self._deadlines = cases, calendars, deadlines

    async def run(self) -> bool:
        """Move what is to be moved now. Returns False: no more to do at once."""
        return await act_on_due(self._cases, self._counted_before, deciding(self._cases, self._moved))

    def _counted_before(self, now: datetime) -> dict[str, Any]:
        return Cases.counted_before(self._calendars.current.version)

    def _moved(self, case: Case, now: datetime) -> tuple[Case, Sequence[Event]] | None:
        deadlines, version = self._deadlines(), counted_by(case)
        changed = self._calendars.current.changed_since(version) if version else {}
        return move(case, deadlines, changed, now)
