"""Pages of the clocks, and the terms as a dependency of every page that counts days."""

from typing import Annotated

from fastapi import Depends

from services.router.access import Action, Officer
from services.router.deadlines.domain.counting import Deadlines
from services.router.deadlines.store import CurrentDeadlines
from services.router.desk import require
from shared.web.provided import provided


async def _days(current: Annotated[CurrentDeadlines, provided(CurrentDeadlines)]) -> Deadlines:
    return current()


Days = Annotated[Deadlines, Depends(_days)]
"""A dependency: the institution's terms and calendar at the time of the request."""
CalendarEditor = Annotated[Officer, require(Action.EDIT_CALENDAR)]
