"""Deciding about a unit's request for more time."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action
from services.router.cases.domain.attention import unchanged_since
from services.router.cases.domain.case import Case
from services.router.cases.domain.extensions import grant, refuse_more_time
from services.router.cases.domain.parts import Assignment
from services.router.cases.domain.statutory import answer_due
from services.router.cases.forms import ExtensionForm
from services.router.cases.labels import due
from services.router.cases.pages import Decider
from services.router.cases.pages.case import assignment_of
from services.router.cases.pages.outcome import done, refusal
from services.router.cases.store.cases import Cases
from services.router.deadlines.domain.counting import Deadlines
from services.router.deadlines.pages import Days
from shared.refused import Refused
from shared.web.forms import Form, read
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
ADDRESS = "/cases/{case_id}/assignments/{assignment_id}/extension"


@page.get(ADDRESS)
async def show_extension(
    request: Request,
    case_id: str,
    assignment_id: str,
    officer: Decider,
    cases: Annotated[Cases, provided(Cases)],
    deadlines: Days,
    now: Now,
) -> Response:
    """Show what the unit asks for, and the form that grants or refuses it."""
    case = await cases.get_for(officer, case_id, Action.DECIDE_EXTENSION)
    assignment = assignment_of(case, assignment_id)
    if (asked := assignment.asks_for_time) is None or case.finished:
        return see_other(f"/cases/{case_id}")
    fresh = {"decision": "grant", "days": asked.days, "request_id": asked.id, "revision": case.revision}
    return _extension(request, case, assignment, deadlines, Form(values=fresh), now=now)


@page.post(ADDRESS)
async def post_extension(
    request: Request,
    case_id: str,
    assignment_id: str,
    officer: Decider,
    cases: Annotated[Cases, provided(Cases)],
    deadlines: Days,
    now: Now,
) -> Response:
    """Grant days, or refuse with a reason. The unit gets an e-mail."""
    form, case = await read(ExtensionForm, request), await cases.get_for(officer, case_id, Action.DECIDE_EXTENSION)
    assignment = assignment_of(case, assignment_id)
    if not form.errors:
        _ = web(request).locale(request).gettext
        form.errors = {name: _(msgid) for name, msgid in form.value.missing.items()}
    if form.errors:
        return _extension(request, case, assignment, deadlines, form, now=now, status=422)
    of_request: dict[str, Any] = {
        "request_id": form.value.request_id,
        "by": officer,
        "now": now,
        "deadlines": deadlines,
    }
    try:
        if form.value.decision == "grant":
            decided, announcing = grant(case, assignment_id, days=form.value.days or 0, **of_request)
        else:
            decided, announcing = refuse_more_time(case, assignment_id, reason=form.value.reason, **of_request)
        unchanged_since(case, form.value.revision)
    except Refused as refused:
        form = refusal(request, case, form, refused)
        return _extension(request, case, assignment, deadlines, form, now=now, status=409)
    await cases.save(decided, announcing=announcing)
    return done(request, case, "extension_granted" if form.value.decision == "grant" else "extension_refused")


def _extension(
    request: Request,
    case: Case,
    assignment: Assignment,
    deadlines: Deadlines,
    form: Form[Any],
    *,
    now: datetime,
    status: int = 200,
) -> Response:
    return render(
        request,
        "extension.html",
        case=case,
        assignment=assignment,
        asked=assignment.asks_for_time,
        law=answer_due(case, deadlines),
        due=due(request, assignment.due_at, now),
        form=form,
        status=status,
    )
