"""Saying why a unit's question is not asked. To ask it, the officer has the page of questions (``questions``)."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action
from services.router.cases.domain.attention import unchanged_since
from services.router.cases.domain.case import Case
from services.router.cases.domain.from_units import proposed, refuse_question
from services.router.cases.domain.parts import Assignment
from services.router.cases.domain.unit_parts import Proposal
from services.router.cases.forms import UnaskedForm
from services.router.cases.pages import Dispatcher
from services.router.cases.pages.outcome import done, refusal
from services.router.cases.store.cases import Cases
from shared.refused import Refused
from shared.web.forms import Form, read
from shared.web.pages import Page, render, see_other
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
ADDRESS = "/cases/{case_id}/unit-questions/{proposal_id}/refusal"


@page.get(ADDRESS)
async def show_unit_question(
    request: Request,
    case_id: str,
    proposal_id: str,
    officer: Dispatcher,
    cases: Annotated[Cases, provided(Cases)],
) -> Response:
    """Show what the unit asks, and the form for the reason; the case, where there is nothing to decide."""
    case = await cases.get_for(officer, case_id, Action.ROUTE)
    if (wanted := _wanted(case, proposal_id)) is None:
        return see_other(f"/cases/{case_id}")
    return _unasked(request, case, proposal_id, wanted, Form())


@page.post(ADDRESS)
async def post_unit_question(
    request: Request,
    case_id: str,
    proposal_id: str,
    officer: Dispatcher,
    cases: Annotated[Cases, provided(Cases)],
    now: Now,
) -> Response:
    """Tell the unit why its question is not asked."""
    form, case = await read(UnaskedForm, request), await cases.get_for(officer, case_id, Action.ROUTE)
    wanted = _wanted(case, proposal_id)
    if form.errors:
        return _unasked(request, case, proposal_id, wanted, form, status=422)
    try:
        decided, announcing = refuse_question(case, proposal_id, reason=form.value.reason, by=officer, now=now)
        unchanged_since(case, form.value.revision)
    except Refused as refused:
        return _unasked(request, case, proposal_id, wanted, refusal(request, case, form, refused), status=409)
    await cases.save(decided, announcing=announcing)
    return done(request, case, "question_refused")


def _wanted(case: Case, proposal_id: str) -> tuple[Assignment, Proposal] | None:
    try:
        return proposed(case, proposal_id)
    except Refused:
        return None


def _unasked(
    request: Request,
    case: Case,
    proposal_id: str,
    wanted: tuple[Assignment, Proposal] | None,
    form: Form[Any],
    *,
    status: int = 200,
) -> Response:
    shown = {"case": case, "proposal_id": proposal_id, "wanted": wanted, "form": form}
    return render(request, "unit_question.html", **shown, status=status)
