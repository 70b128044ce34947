"""On the day that was promised the submitter is asked whether it was done.

It leaves when letters of the desk do: by day, and on a day on which the institution works. Of several processes one
saves that the question was asked, with its event; the others find nothing to ask any more.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from services.router.cases.domain.case import Case
from services.router.cases.domain.promises import ask_whether_kept
from services.router.cases.store.cases import Cases
from services.router.deadlines.domain.counting import Deadlines
from services.router.deadlines.domain.reminders import ReminderRules, may_leave
from shared.days import day_of, last_moment
from shared.events import Event
from shared.scheduled import act_on_due, deciding

PROMISE_SECONDS = 60.0
"""Between two looks."""


class PromiseJob:
    """Looks at what was promised for today or earlier. ``deadlines`` and ``rules`` are asked at each look."""

    def __init__(self, cases: Cases, deadlines: Callable[[], Deadlines], rules: Callable[[], ReminderRules]) -> None:
        self._cases, self._deadlines, self._rules = cases, deadlines, rules

    async def run(self) -> bool:
        """Ask what is to be asked now. Returns False: no more to do at once."""
        if not may_leave(self._cases.database.clock(), self._deadlines(), self._rules()):
            return False
        return await act_on_due(self._cases, self._promised, deciding(self._cases, self._asked))

    def _promised(self, now: datetime) -> dict[str, Any]:
        zone = self._deadlines().zone
        return Cases.promised_until(last_moment(day_of(now, zone), zone))

    def _asked(self, case: Case, now: datetime) -> tuple[Case, list[Event]] | None:
        return ask_whether_kept(case, now, self._deadlines().zone)
