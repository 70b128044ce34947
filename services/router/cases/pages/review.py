"""Review of the units' replies, and the answer (procedure 5.5)."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action
from services.router.cases.domain.attention import unchanged_since
from services.router.cases.domain.case import Case
from services.router.cases.domain.parts import Assignment
from services.router.cases.domain.review import approve, composed, pending_versions, return_reply
from services.router.cases.forms import ReturnForm, ReviewForm
from services.router.cases.labels import labels
from services.router.cases.pages import Reviewer
from services.router.cases.pages.case import assignment_of
from services.router.cases.pages.outcome import done, refusal
from services.router.cases.pages.templates import NONE, Texts, offered
from services.router.cases.store.cases import Cases
from services.router.deadlines.domain.counting import Deadlines
from services.router.texts.domain import Use
from services.router.texts.store import Templates
from shared.refused import Refused
from shared.web.forms import Form, read
from shared.web.pages import Page, render
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/cases/{case_id}/review")
async def show_review(
    request: Request,
    case_id: str,
    officer: Reviewer,
    cases: Annotated[Cases, provided(Cases)],
    templates: Annotated[Templates, provided(Templates)],
    deadlines: Annotated[Deadlines, provided(Deadlines)],
) -> Response:
    """Show the message, the replies, and a draft of the answer."""
    case = await cases.get_for(officer, case_id, Action.REVIEW)
    texts = await offered(request, templates, case, Use.ANSWER, days=deadlines.unit_days)
    return _review(request, case, Form(values={"answer": texts.after(composed(case))}), texts)


@page.post("/cases/{case_id}/review")
async def post_review(
    request: Request, case_id: str, officer: Reviewer, cases: Annotated[Cases, provided(Cases)], now: Now
) -> Response:
    """Approve the replies and release the answer."""
    form, case = await read(ReviewForm, request), await cases.get_for(officer, case_id, Action.REVIEW)
    if form.errors:
        return _review(request, case, form, status=422)
    try:
        answered, announcing = approve(
            case,
            answer=form.value.answer,
            versions=set(form.value.versions),
            waived_because=form.value.waived_because,
            by=officer,
            now=now,
        )
        unchanged_since(case, form.value.revision)
    except Refused as refused:
        return _review(request, case, refusal(request, case, form, refused), status=409)
    await cases.save(answered, announcing=announcing)
    return done(request, case, "answered")


@page.get("/cases/{case_id}/assignments/{assignment_id}/return")
async def show_return(
    request: Request,
    case_id: str,
    assignment_id: str,
    officer: Reviewer,
    cases: Annotated[Cases, provided(Cases)],
    deadlines: Annotated[Deadlines, provided(Deadlines)],
    templates: Annotated[Templates, provided(Templates)],
) -> Response:
    """Show the form that returns a reply."""
    case = await cases.get_for(officer, case_id, Action.REVIEW)
    assignment = assignment_of(case, assignment_id)
    days = deadlines.revision_days
    texts = await offered(request, templates, case, Use.RETURN, days=days, assignment=assignment)
    fresh = {"version": len(assignment.replies), "days": days, "reason": texts.chosen}
    return _return(request, case, assignment, Form(values=fresh), texts)


@page.post("/cases/{case_id}/assignments/{assignment_id}/return")
async def post_return(
    request: Request,
    case_id: str,
    assignment_id: str,
    officer: Reviewer,
    cases: Annotated[Cases, provided(Cases)],
    deadlines: Annotated[Deadlines, provided(Deadlines)],
    now: Now,
) -> Response:
    """Return one reply to its unit, with a reason."""
    form, case = await read(ReturnForm, request), await cases.get_for(officer, case_id, Action.REVIEW)
    assignment = assignment_of(case, assignment_id)
    if form.errors:
        return _return(request, case, assignment, form, status=422)
    clock = deadlines.for_unit(now, form.value.days or deadlines.revision_days)
    try:
        returned, announcing = return_reply(
            case,
            assignment_id,
            version=form.value.version,
            reason=form.value.reason,
            due_at=deadlines.due(clock),
            clock=clock,
            by=officer,
            now=now,
        )
        unchanged_since(case, form.value.revision)
    except Refused as refused:
        return _return(request, case, assignment, refusal(request, case, form, refused), status=409)
    await cases.save(returned, announcing=announcing)
    return done(request, case, "returned")


def _review(request: Request, case: Case, form: Form[Any], texts: Texts = NONE, *, status: int = 200) -> Response:
    versions = sorted(pending_versions(case))
    return render(
        request,
        "review.html",
        case=case,
        versions=versions,
        form=form,
        texts=texts,
        labels=labels(request),
        status=status,
    )


def _return(
    request: Request, case: Case, assignment: Assignment, form: Form[Any], texts: Texts = NONE, *, status: int = 200
) -> Response:
    return render(request, "return.html", case=case, assignment=assignment, form=form, texts=texts, status=status)
