"""Routing a case to units, and recalling an assignment."""

from datetime import datetime
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action
from services.router.accounts.store import Accounts
from services.router.cases.domain.attention import unchanged_since
from services.router.cases.domain.case import Case
from services.router.cases.domain.parts import Assignment
from services.router.cases.domain.routing import OwnTerms, recall, route
from services.router.cases.forms import RecallForm, RoutingForm
from services.router.cases.pages import Dispatcher
from services.router.cases.pages.case import assignment_of, show
from services.router.cases.pages.outcome import done, refusal
from services.router.cases.pages.templates import Offering
from services.router.cases.store.cases import Cases
from services.router.cases.store.learned import Learned
from services.router.deadlines.domain.counting import Deadlines
from services.router.directory.store import Units
from services.router.texts.domain.templates import Use
from shared.refused import Refused
from shared.web.arriving import query_of
from shared.web.forms import Form, read
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
UNKNOWN_UNIT = "This unit is not in the directory any more."


@page.get("/cases/{case_id}/routing")
async def show_routing(request: Request, case_id: str, officer: Dispatcher) -> Response:
    """Redirect to the routing form, which is on the case page (such as after a log-in)."""
    return see_other(f"/cases/{case_id}?{query_of(request)}#routing")


@page.post("/cases/{case_id}/routing")
async def post_routing(
    request: Request,
    case_id: str,
    officer: Dispatcher,
    cases: Annotated[Cases, provided(Cases)],
    directory: Annotated[Units, provided(Units)],
    accounts: Annotated[Accounts, provided(Accounts)],
    learned: Annotated[Learned, provided(Learned)],
    deadlines: Annotated[Deadlines, provided(Deadlines)],
    offers: Offering,
    now: Now,
) -> Response:
    """Route the case to the chosen units (procedure 5.3)."""
    form, case = await read(RoutingForm, request), await cases.get_for(officer, case_id, Action.ROUTE)
    units, names = await directory.all(), await accounts.names(case.officers)
    if texts := await offers.filled(form, "note", case, Use.NOTE):
        return show(request, case, units, names, now=now, form=form, texts=texts)
    if form.errors or form.value.look:
        return show(request, case, units, names, now=now, form=form, status=422 if form.errors else 200)
    chosen = [unit.address for unit in units if unit.active and unit.id in form.value.units]
    try:
        if len(chosen) != len(set(form.value.units)):
            raise Refused(UNKNOWN_UNIT)
        routed, announcing = route(
            case,
            chosen,
            ids=[str(uuid4()) for _ in chosen],
            text=form.value.text,
            note=form.value.note,
            share_identity=form.value.share_identity == "yes",
            due_at=deadlines.due(clock := deadlines.for_unit(now)),
            clock=clock,
            by=officer,
            now=now,
            files=form.value.files,
            reply_expected=web(request).institution().expects_reply(case.kind),
            own={code: _own(deadlines, note, days, now) for code, (note, days) in form.value.own.items()},
        )
        unchanged_since(case, form.value.revision)
    except Refused as refused:
        form = refusal(request, case, form, refused)
        return show(request, case, units, names, now=now, form=form, status=409)
    await cases.save(routed, announcing=announcing)
    await learned.learn(case, [unit.code for unit in chosen])
    return done(request, case, "routed")


@page.get("/cases/{case_id}/assignments/{assignment_id}/recall")
async def show_recall(
    request: Request, case_id: str, assignment_id: str, officer: Dispatcher, cases: Annotated[Cases, provided(Cases)]
) -> Response:
    """Show the form that recalls an assignment."""
    case = await cases.get_for(officer, case_id, Action.ROUTE)
    return _recall(request, case, assignment_of(case, assignment_id), Form())


@page.post("/cases/{case_id}/assignments/{assignment_id}/recall")
async def post_recall(
    request: Request,
    case_id: str,
    assignment_id: str,
    officer: Dispatcher,
    cases: Annotated[Cases, provided(Cases)],
    now: Now,
) -> Response:
    """Recall the assignment."""
    form, case = await read(RecallForm, request), await cases.get_for(officer, case_id, Action.ROUTE)
    assignment = assignment_of(case, assignment_id)
    if form.errors:
        return _recall(request, case, assignment, form, status=422)
    try:
        recalled, announcing = recall(case, assignment_id, reason=form.value.reason, by=officer, now=now)
        unchanged_since(case, form.value.revision)
    except Refused as refused:
        return _recall(request, case, assignment, refusal(request, case, form, refused), status=409)
    await cases.save(recalled, announcing=announcing)
    return done(request, case, "recalled")


def _own(deadlines: Deadlines, note: str, days: int | None, now: datetime) -> OwnTerms:
    clock = deadlines.for_unit(now, days) if days else None
    return OwnTerms(note, deadlines.due(clock) if clock else None, clock)


def _recall(request: Request, case: Case, assignment: Assignment, form: Form[Any], *, status: int = 200) -> Response:
    return render(request, "recall.html", case=case, assignment=assignment, form=form, status=status)
