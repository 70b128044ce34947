"""The legal hold of a case: set with a reason, lifted with a reason."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.cases.domain.attention import unchanged_since
from services.router.cases.domain.case import Case
from services.router.cases.domain.legal_hold import hold, lift
from services.router.cases.forms import HoldForm
from services.router.cases.pages.outcome import done, refusal
from services.router.cases.store.cases import Cases
from services.router.desk import require
from shared.refused import Refused
from shared.web.forms import Form, read
from shared.web.pages import Page, render
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
Holder = Annotated[Officer, require(Action.HOLD)]
TheCases = Annotated[Cases, provided(Cases)]


@page.get("/cases/{case_id}/hold")
async def show_hold(request: Request, case_id: str, officer: Holder, cases: TheCases) -> Response:
    """Show the hold that stands, those that were lifted, and the form that sets or lifts it."""
    return _hold(request, await cases.get_for(officer, case_id, Action.HOLD), Form())


@page.post("/cases/{case_id}/hold")
async def post_hold(request: Request, case_id: str, officer: Holder, cases: TheCases, now: Now) -> Response:
    """Keep the case from being destroyed."""
    form, case = await read(HoldForm, request), await cases.get_for(officer, case_id, Action.HOLD)
    if form.errors:
        return _hold(request, case, form, status=422)
    try:
        held, announcing = hold(case, form.value.why, by=officer, now=now)
        unchanged_since(case, form.value.revision)
        await _require_there(cases, case_id)
        await cases.save(held, announcing=announcing)
        await _require_there(cases, case_id)  # again: it may have been ordered meanwhile
    except Refused as refused:
        return _hold(request, case, refusal(request, case, form, refused), status=409)
    return done(request, case, "hold_set")


@page.post("/cases/{case_id}/hold/end")
async def post_hold_end(request: Request, case_id: str, officer: Holder, cases: TheCases, now: Now) -> Response:
    """Lift the hold."""
    form, case = await read(HoldForm, request), await cases.get_for(officer, case_id, Action.HOLD)
    if form.errors:
        return _hold(request, case, form, status=422)
    try:
        lifted, announcing = lift(case, form.value.why, by=officer, now=now)
        unchanged_since(case, form.value.revision)
    except Refused as refused:
        return _hold(request, case, refusal(request, case, form, refused), status=409)
    await cases.save(lifted, announcing=announcing)
    return done(request, case, "hold_lifted")


async def _require_there(cases: Cases, case_id: str) -> None:
    if await cases.is_going(case_id):
        raise Refused("The destruction of this case has been ordered. It can no longer be kept.")


def _hold(request: Request, case: Case, form: Form[Any], *, status: int = 200) -> Response:
    return render(request, "legal_hold.html", case=case, form=form, status=status)
