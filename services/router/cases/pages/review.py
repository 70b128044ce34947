"""Review of the units' replies, and the answer (procedure 5.5)."""

from datetime import timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action
from services.router.cases.domain.attention import unchanged_since
from services.router.cases.domain.case import Case
from services.router.cases.domain.holds import ANSWER
from services.router.cases.domain.parts import Assignment
from services.router.cases.domain.release import draft, sent
from services.router.cases.domain.review import composed, pending_versions, return_reply
from services.router.cases.forms import ReturnForm, ReviewForm
from services.router.cases.labels import labels
from services.router.cases.pages import Reviewer
from services.router.cases.pages.case import assignment_of
from services.router.cases.pages.outcome import confirmation, done, forget, refusal
from services.router.cases.store.cases import Cases
from services.router.config import Settings
from shared.days import after_working_days
from shared.refused import Refused
from shared.web.forms import Form, read
from shared.web.pages import Page, render, see_other
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/cases/{case_id}/review")
async def show_review(
    request: Request, case_id: str, officer: Reviewer, cases: Annotated[Cases, provided(Cases)]
) -> Response:
    """Show the message, the replies, and a draft of the answer."""
    case = await cases.get_for(officer, case_id, Action.REVIEW)
    return _review(request, case, Form(values={"answer": draft(case, ANSWER, "answer") or composed(case)}))


@page.post("/cases/{case_id}/review")
async def post_review(
    request: Request,
    case_id: str,
    officer: Reviewer,
    cases: Annotated[Cases, provided(Cases)],
    settings: Annotated[Settings, provided(Settings)],
    now: Now,
) -> Response:
    """Approve the replies and release the answer."""
    form, case = await read(ReviewForm, request), await cases.get_for(officer, case_id, Action.REVIEW)
    if form.errors:
        return _review(request, case, form, status=422)
    try:
        until = now + timedelta(seconds=settings.undo_seconds)
        answered, announcing = sent(case, ANSWER, payload_of(form.value), at=until, by=officer, now=now)
        unchanged_since(case, form.value.revision)
    except Refused as refused:
        return _review(request, case, refusal(request, case, form, refused), status=409)
    await cases.save(answered, announcing=announcing)
    return see_other(f"/cases/{case.id}") if answered.held else done(request, case, "answered")


@page.get("/cases/{case_id}/assignments/{assignment_id}/return")
async def show_return(
    request: Request,
    case_id: str,
    assignment_id: str,
    officer: Reviewer,
    cases: Annotated[Cases, provided(Cases)],
    settings: Annotated[Settings, provided(Settings)],
) -> Response:
    """Show the form that returns a reply."""
    case = await cases.get_for(officer, case_id, Action.REVIEW)
    assignment = assignment_of(case, assignment_id)
    fresh = {"version": len(assignment.replies), "days": settings.unit_revision_days}
    return _return(request, case, assignment, Form(values=fresh))


@page.post("/cases/{case_id}/assignments/{assignment_id}/return")
async def post_return(
    request: Request,
    case_id: str,
    assignment_id: str,
    officer: Reviewer,
    cases: Annotated[Cases, provided(Cases)],
    settings: Annotated[Settings, provided(Settings)],
    now: Now,
) -> Response:
    """Return one reply to its unit, with a reason."""
    form, case = await read(ReturnForm, request), await cases.get_for(officer, case_id, Action.REVIEW)
    assignment = assignment_of(case, assignment_id)
    if form.errors:
        return _return(request, case, assignment, form, status=422)
    days = form.value.days or settings.unit_revision_days
    try:
        returned, announcing = return_reply(
            case,
            assignment_id,
            version=form.value.version,
            reason=form.value.reason,
            due_at=after_working_days(now, days, ZoneInfo(settings.timezone)),
            by=officer,
            now=now,
        )
        unchanged_since(case, form.value.revision)
    except Refused as refused:
        return _return(request, case, assignment, refusal(request, case, form, refused), status=409)
    await cases.save(returned, announcing=announcing)
    return done(request, case, "returned")


def payload_of(form: ReviewForm) -> dict[str, Any]:
    """What is held of the form."""
    return {"answer": form.answer, "versions": sorted(set(form.versions)), "waived_because": form.waived_because}


def _review(request: Request, case: Case, form: Form[Any], *, status: int = 200) -> Response:
    confirmed = confirmation(request)
    response = render(
        request,
        "review.html",
        case=case,
        versions=sorted(pending_versions(case)),
        confirmed=confirmed,
        form=form,
        labels=labels(request),
        status=status,
    )
    return forget(response, case) if confirmed else response


def _return(request: Request, case: Case, assignment: Assignment, form: Form[Any], *, status: int = 200) -> Response:
    return render(request, "return.html", case=case, assignment=assignment, form=form, status=status)
