"""The check of the units' replies, the answer, and closing a case."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.accounts.pages import Authenticator
from services.router.cases.domain.case import Assignment, Case, CaseState, ClosureReason
from services.router.cases.domain.review import approve, close, composed, pending_versions, return_reply
from services.router.cases.domain.routing import working_days_after
from services.router.cases.forms import ClosureForm, ReturnForm, ReviewForm
from services.router.cases.labels import labels
from services.router.cases.pages.case import found
from services.router.cases.pages.routing import assignment_of
from services.router.cases.store import Cases
from services.router.config import Settings
from shared.clock import clock
from shared.refused import Refused
from shared.web.forms import Form, read, with_error
from shared.web.pages import render, see_other


def add(page: APIRouter, authenticator: Authenticator, cases: Cases, settings: Settings) -> None:
    """What an officer decides on (5.5)."""

    @page.get("/cases/{case_id}/review")
    async def show_review(request: Request, case_id: str) -> Response:
        """The replies beside the message, and the answer that is made of them."""
        await authenticator.officer(request)
        case = await found(cases, case_id)
        return _review(request, case, Form(values={"answer": composed(case)}))

    @page.post("/cases/{case_id}/review")
    async def post_review(request: Request, case_id: str) -> Response:
        """Approve the replies and release the answer."""
        officer = await authenticator.officer(request)
        form, case = await read(ReviewForm, request), await found(cases, case_id)
        if form.errors:
            return _review(request, case, form, status=422)
        try:
            answered, announcing = approve(
                case,
                answer=form.value.answer,
                versions=set(form.value.versions),
                waived_because=form.value.waived_because,
                by=officer.name,
                now=clock(),
            )
        except Refused as refused:
            return _review(request, case, with_error(form, refused, request), status=409)
        await cases.save(answered, announcing=announcing)
        return see_other(f"/cases/{case_id}")

    @page.get("/cases/{case_id}/assignments/{assignment_id}/return")
    async def show_return(request: Request, case_id: str, assignment_id: str) -> Response:
        """Ask what the unit is to revise."""
        await authenticator.officer(request)
        case = await found(cases, case_id)
        assignment = assignment_of(case, assignment_id)
        return _return(request, case, assignment, Form(values={"version": len(assignment.replies)}))

    @page.post("/cases/{case_id}/assignments/{assignment_id}/return")
    async def post_return(request: Request, case_id: str, assignment_id: str) -> Response:
        """Send one reply back to its unit, with a reason."""
        officer = await authenticator.officer(request)
        form, case = await read(ReturnForm, request), await found(cases, case_id)
        assignment, now = assignment_of(case, assignment_id), clock()
        if form.errors:
            return _return(request, case, assignment, form, status=422)
        try:
            returned, announcing = return_reply(
                case,
                assignment_id,
                version=form.value.version,
                reason=form.value.reason,
                due_at=working_days_after(now, settings.unit_reply_days),
                by=officer.name,
                now=now,
            )
        except Refused as refused:
            return _return(request, case, assignment, with_error(form, refused, request), status=409)
        await cases.save(returned, announcing=announcing)
        return see_other(f"/cases/{case_id}")

    @page.get("/cases/{case_id}/closure")
    async def show_closure(request: Request, case_id: str) -> Response:
        """Ask why the case is closed."""
        await authenticator.officer(request)
        return _closure(request, await found(cases, case_id), Form())

    @page.post("/cases/{case_id}/closure")
    async def post_closure(request: Request, case_id: str) -> Response:
        """Close the case with a reason."""
        officer = await authenticator.officer(request)
        form, case = await read(ClosureForm, request), await found(cases, case_id)
        if form.errors:
            return _closure(request, case, form, status=422)
        try:
            closed, announcing = close(
                case, reason=form.value.reason, explanation=form.value.explanation, by=officer.name, now=clock()
            )
        except Refused as refused:
            return _closure(request, case, with_error(form, refused, request), status=409)
        await cases.save(closed, announcing=announcing)
        return see_other(f"/cases/{case_id}")


def _review(request: Request, case: Case, form: Form[Any], *, status: int = 200) -> Response:
    return render(
        request,
        "review.html",
        case=case,
        versions=sorted(pending_versions(case)),
        form=form,
        labels=labels(request),
        status=status,
    )


def _return(request: Request, case: Case, assignment: Assignment, form: Form[Any], *, status: int = 200) -> Response:
    return render(request, "return.html", case=case, assignment=assignment, form=form, status=status)


def _closure(request: Request, case: Case, form: Form[Any], *, status: int = 200) -> Response:
    possible = [ClosureReason.ANSWERED] if case.state is CaseState.RESOLVED else list(ClosureReason)[1:]
    return render(
        request, "closure.html", case=case, possible=possible, form=form, labels=labels(request), status=status
    )
