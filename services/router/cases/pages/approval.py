"""Four eyes: a colleague approves an answer, or gives it back."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action
from services.router.cases.domain.attention import unchanged_since
from services.router.cases.domain.case import Case
from services.router.cases.domain.holds import APPROVAL
from services.router.cases.domain.release import approve_release, give_back, promise_in
from services.router.cases.domain.review import sendable_files
from services.router.cases.forms import ApprovalForm
from services.router.cases.labels import files_listed
from services.router.cases.pages import Reviewer
from services.router.cases.pages.letter import hints_about, letter_of
from services.router.cases.pages.outcome import done, refusal
from services.router.cases.store.cases import Cases
from services.router.config import Settings
from shared.refused import Refused
from shared.web.forms import Form, read
from shared.web.pages import Page, render, see_other
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/cases/{case_id}/approval")
async def show_approval(
    request: Request, case_id: str, officer: Reviewer, cases: Annotated[Cases, provided(Cases)]
) -> Response:
    """Show the message, the replies, and the answer that waits."""
    return _approval(request, await cases.get_for(officer, case_id, Action.REVIEW), Form())


@page.post("/cases/{case_id}/approval")
async def post_approval(
    request: Request,
    case_id: str,
    officer: Reviewer,
    cases: Annotated[Cases, provided(Cases)],
    settings: Annotated[Settings, provided(Settings)],
    now: Now,
) -> Response:
    """Let the answer go, or give it back to who wrote it."""
    form, case = await read(ApprovalForm, request), await cases.get_for(officer, case_id, Action.REVIEW)
    if form.errors:
        return _approval(request, case, form, status=422)
    try:
        if form.value.decision == "approve":
            until = settings.undo_until(now)
            decided, announcing = approve_release(case, at=until, by=officer, now=now)
        else:
            decided, announcing = give_back(case, reason=form.value.reason, by=officer, now=now), []
        unchanged_since(case, form.value.revision)
    except Refused as refused:
        return _approval(request, case, refusal(request, case, form, refused), status=409)
    await cases.save(decided, announcing=announcing)
    said = "answered" if form.value.decision == "approve" else "given_back"
    return see_other(f"/cases/{case.id}") if decided.held else done(request, case, said)


def _approval(request: Request, case: Case, form: Form[Any], *, status: int = 200) -> Response:
    waiting = case.held if case.held and case.held.kind == APPROVAL else None
    answer = str(waiting.payload["answer"]) if waiting else ""
    promise = promise_in(waiting.payload) if waiting else None
    return render(
        request,
        "approval.html",
        case=case,
        waiting=waiting,
        letter=letter_of(request, case, answer, promise=promise),
        hints=hints_about(request, case, answer, promise) if waiting else [],
        unit_files={file["id"]: file for file in files_listed(request, case, case.files_of_units)},
        with_it=[file for file in sendable_files(case) if waiting and file.id in waiting.payload.get("files", ())],
        promise=promise,
        form=form,
        status=status,
    )
