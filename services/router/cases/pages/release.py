"""Taking back an answer or a closing that has not gone out yet. The button stands on the page of the case."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.router.access import Action
from services.router.cases.domain.holds import CLOSURE
from services.router.cases.domain.release import take_back
from services.router.cases.forms import ActForm
from services.router.cases.pages import Reviewer
from services.router.cases.pages.case import CasePages, fresh_routing
from services.router.cases.pages.outcome import done, refusal
from shared.refused import Refused
from shared.web.arriving import query_of
from shared.web.forms import read
from shared.web.pages import Page, see_other

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/cases/{case_id}/release")
async def show_release(request: Request, case_id: str, officer: Reviewer) -> Response:
    """Redirect to the page of the case (such as after a log-in)."""
    return see_other(f"/cases/{case_id}?{query_of(request)}")


@page.post("/cases/{case_id}/release")
async def post_release(
    request: Request, case_id: str, officer: Reviewer, pages: Annotated[CasePages, Depends()]
) -> Response:
    """Take it back, and open its form again, with its text."""
    form, case = await read(ActForm, request), await pages.cases.get_for(officer, case_id, Action.REVIEW)
    status = 422
    try:
        if not form.errors:
            taken_back = await pages.cases.save(take_back(case, officer, pages.now))
            closure = taken_back.release is not None and taken_back.release.kind == CLOSURE
            return done(request, case, "taken_back", form="closure" if closure else "review")
    except Refused as refused:
        form, status = refusal(request, case, form, refused), 409
    form.values = fresh_routing(case) | form.values
    return await pages.again(request, case, form=form, status=status)
