"""How the last days of a case were counted, day by day."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action
from services.router.cases.domain.case import Case
from services.router.cases.domain.parts import Assignment
from services.router.cases.domain.statutory import answer_clock, answer_due, informed_in_time
from services.router.cases.domain.stopping import pauses
from services.router.cases.labels import WHY
from services.router.cases.pages import Reader
from services.router.cases.store.cases import Cases
from services.router.deadlines.domain.counting import DayClock, Deadlines, Row
from services.router.deadlines.pages import Days
from shared.web.due import due
from shared.web.pages import Page, render, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])


@dataclass(frozen=True)
class Counted:
    """A last day with its days; without an assignment it is that of the law. ``rows`` is empty for a named day."""

    assignment: Assignment | None
    clock: DayClock | None
    due_at: datetime | None
    rows: tuple[Row, ...] = ()


@page.get("/cases/{case_id}/deadlines")
async def show_counting(
    request: Request,
    case_id: str,
    officer: Reader,
    cases: Annotated[Cases, provided(Cases)],
    deadlines: Days,
    now: Now,
) -> Response:
    """Show each day of the clocks that run, and of the one of the law."""
    case = await cases.get_for(officer, case_id, Action.READ_CASES)
    locale = web(request).locale(request)
    return render(
        request,
        "counting.html",
        case=case,
        law=_law(case, deadlines),
        units=[_of_unit(case, assignment, deadlines) for assignment in case.awaited],
        why={why: locale.gettext(label) for why, label in WHY.items()},
        met=informed_in_time(case, answer_due(case, deadlines)),
        said=lambda at: due(locale, at, now),
    )


def _law(case: Case, deadlines: Deadlines) -> Counted:
    clock = answer_clock(case, deadlines)
    return Counted(None, clock, answer_due(case, deadlines), tuple(deadlines.explain(clock)))


def _of_unit(case: Case, assignment: Assignment, deadlines: Deadlines) -> Counted:
    if assignment.clock is None or assignment.due_at is None:
        return Counted(assignment, assignment.clock, assignment.due_at)
    rows = deadlines.explain(assignment.clock, pauses(case, assignment))
    return Counted(assignment, assignment.clock, assignment.due_at, tuple(rows))
