"""Closing a case."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action
from services.router.cases.domain.case import Case, CaseState, ClosureReason
from services.router.cases.domain.review import close
from services.router.cases.forms import ClosureForm
from services.router.cases.labels import labels
from services.router.cases.pages import Closer
from services.router.cases.store import Cases
from shared.refused import Refused
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, render, see_other
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/cases/{case_id}/closure")
async def show_closure(
    request: Request, case_id: str, officer: Closer, cases: Annotated[Cases, provided(Cases)]
) -> Response:
    """Show the form that closes a case."""
    return _closure(request, await cases.get_for(officer, case_id, Action.CLOSE), Form())


@page.post("/cases/{case_id}/closure")
async def post_closure(
    request: Request, case_id: str, officer: Closer, cases: Annotated[Cases, provided(Cases)], now: Now
) -> Response:
    """Close the case with a reason."""
    form, case = await read(ClosureForm, request), await cases.get_for(officer, case_id, Action.CLOSE)
    if form.errors:
        return _closure(request, case, form, status=422)
    try:
        closed, announcing = close(
            case, reason=form.value.reason, explanation=form.value.explanation, by=officer, now=now
        )
    except Refused as refused:
        return _closure(request, case, with_error(form, refused, request), status=409)
    await cases.save(closed, announcing=announcing)
    return see_other(f"/cases/{case_id}")


def _closure(request: Request, case: Case, form: Form[Any], *, status: int = 200) -> Response:
    possible = [ClosureReason.ANSWERED] if case.state is CaseState.RESOLVED else list(ClosureReason)[1:]
    return render(
        request, "closure.html", case=case, possible=possible, form=form, labels=labels(request), status=status
    )
