"""Opening an answered or closed case again."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action
from services.router.cases.domain.attention import unchanged_since
from services.router.cases.domain.case import Case
from services.router.cases.domain.reopening import reopen
from services.router.cases.forms import ReopeningForm
from services.router.cases.pages import Closer
from services.router.cases.pages.outcome import done, refusal
from services.router.cases.store.cases import Cases
from shared.refused import Refused
from shared.web.forms import Form, read
from shared.web.pages import Page, render
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/cases/{case_id}/reopening")
async def show_reopening(
    request: Request, case_id: str, officer: Closer, cases: Annotated[Cases, provided(Cases)]
) -> Response:
    """Show the form that asks for the reason."""
    return _reopening(request, await cases.get_for(officer, case_id, Action.CLOSE), Form())


@page.post("/cases/{case_id}/reopening")
async def post_reopening(
    request: Request, case_id: str, officer: Closer, cases: Annotated[Cases, provided(Cases)], now: Now
) -> Response:
    """Open the case again."""
    form, case = await read(ReopeningForm, request), await cases.get_for(officer, case_id, Action.CLOSE)
    if form.errors:
        return _reopening(request, case, form, status=422)
    try:
        opened, announcing = reopen(case, reason=form.value.reason, by=officer, now=now)
        unchanged_since(case, form.value.revision)
    except Refused as refused:
        return _reopening(request, case, refusal(request, case, form, refused), status=409)
    await cases.save(opened, announcing=announcing)
    return done(request, case, "reopened_by_desk")


def _reopening(request: Request, case: Case, form: Form[Any], *, status: int = 200) -> Response:
    return render(request, "reopening.html", case=case, form=form, status=status)
