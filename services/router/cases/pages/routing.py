"""Routing a case to units, and taking it back."""

from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.accounts.pages import Authenticator
from services.router.cases.domain.case import Assignment, Case
from services.router.cases.domain.routing import recall, route, working_days_after
from services.router.cases.forms import RecallForm, RoutingForm
from services.router.cases.pages.case import found, show
from services.router.cases.store import Cases
from services.router.config import Settings
from services.router.directory.store import Units
from shared.clock import clock
from shared.refused import Refused
from shared.web.forms import Form, read, with_error
from shared.web.pages import not_found, render, see_other

UNKNOWN_UNIT = "This unit is not in the directory any more."


def add(page: APIRouter, authenticator: Authenticator, cases: Cases, directory: Units, settings: Settings) -> None:
    """What an officer does with a case that others are to answer."""

    @page.get("/cases/{case_id}/routing")
    async def show_routing(request: Request, case_id: str) -> Response:
        """The routing form stands on the case page."""
        await authenticator.officer(request)
        return see_other(f"/cases/{case_id}?{request.url.query}#routing")

    @page.post("/cases/{case_id}/routing")
    async def post_routing(request: Request, case_id: str) -> Response:
        """Route the case to the chosen units (5.3)."""
        officer = await authenticator.officer(request)
        form, case, units = await read(RoutingForm, request), await found(cases, case_id), await directory.all()
        if form.errors:
            return show(request, case, units, form=form, status=422)
        chosen, now = [unit.address for unit in units if unit.active and unit.id in form.value.units], clock()
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
                due_at=working_days_after(now, settings.unit_reply_days),
                by=officer.name,
                now=now,
            )
        except Refused as refused:
            return show(request, case, units, form=with_error(form, refused, request), status=409)
        await cases.save(routed, announcing=announcing)
        return see_other(f"/cases/{case_id}")

    @page.get("/cases/{case_id}/assignments/{assignment_id}/recall")
    async def show_recall(request: Request, case_id: str, assignment_id: str) -> Response:
        """Ask why the assignment is taken back."""
        await authenticator.officer(request)
        case = await found(cases, case_id)
        return _recall(request, case, assignment_of(case, assignment_id), Form())

    @page.post("/cases/{case_id}/assignments/{assignment_id}/recall")
    async def post_recall(request: Request, case_id: str, assignment_id: str) -> Response:
        """Take the assignment back."""
        officer = await authenticator.officer(request)
        form, case = await read(RecallForm, request), await found(cases, case_id)
        assignment = assignment_of(case, assignment_id)
        if form.errors:
            return _recall(request, case, assignment, form, status=422)
        try:
            recalled, announcing = recall(case, assignment_id, reason=form.value.reason, by=officer.name, now=clock())
        except Refused as refused:
            return _recall(request, case, assignment, with_error(form, refused, request), status=409)
        await cases.save(recalled, announcing=announcing)
        return see_other(f"/cases/{case_id}")


def assignment_of(case: Case, assignment_id: str) -> Assignment:
    """The case's assignment, or a page that says that there is none."""
    try:
        return case.assignment(assignment_id)
    except Refused:
        raise not_found() from None


def _recall(request: Request, case: Case, assignment: Assignment, form: Form[Any], *, status: int = 200) -> Response:
    return render(request, "recall.html", case=case, assignment=assignment, form=form, status=status)
