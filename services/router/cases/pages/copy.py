"""The copy for units, beside the original."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action
from services.router.cases.domain.case import Case
from services.router.cases.domain.copies import copy_of, set_copy
from services.router.cases.domain.sensitive import BLACKED_OUT, black_out, find
from services.router.cases.forms import CopyForm
from services.router.cases.labels import labels
from services.router.cases.pages import Worker
from services.router.cases.pages.outcome import done, fingerprint, unchanged
from services.router.cases.store.cases import Cases
from shared.differences import differences
from shared.refused import Refused
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, render
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/cases/{case_id}/copy")
async def show_copy(
    request: Request, case_id: str, officer: Worker, cases: Annotated[Cases, provided(Cases)]
) -> Response:
    """Show the original, the copy, and what may have to be blacked out."""
    case = await cases.get_for(officer, case_id, Action.WORK)
    return _copy(request, case, Form(values={"text": copy_of(case)}))


@page.post("/cases/{case_id}/copy")
async def post_copy(
    request: Request, case_id: str, officer: Worker, cases: Annotated[Cases, provided(Cases)], now: Now
) -> Response:
    """Keep the copy, without what was ticked."""
    form, case = await read(CopyForm, request), await cases.get_for(officer, case_id, Action.WORK)
    if form.errors:
        return _copy(request, case, form, status=422)
    text, name = form.value.text, case.submitter.name
    hidden = [hint.found for hint in find(text, name)] if form.value.everything else form.value.hidden
    text = black_out(text, hidden, name)
    try:
        unchanged(form.value.before, fingerprint(copy_of(case)), fingerprint(text))
    except Refused as refused:
        form.values |= {"text": text, "other": copy_of(case)}
        return _copy(request, case, with_error(form, refused, request), status=409)
    copied = set_copy(case, text, by=officer, now=now)
    if copied is not case:
        await cases.save(copied)
    return done(request, case, "copied")


def _copy(request: Request, case: Case, form: Form[Any], *, status: int = 200) -> Response:
    text, name = str(form.values.get("text") or ""), case.submitter.name
    hints = {hint.found: hint.kind for hint in find(text, name)}
    return render(
        request,
        "copy.html",
        case=case,
        form=form,
        hints=list(hints.items()),
        replacements=BLACKED_OUT,
        seen_copy=fingerprint(copy_of(case)),
        changes=differences(case.text, text) if text != case.text else (),
        others=differences(text, form.values["other"]) if "other" in form.values else (),
        labels=labels(request),
        status=status,
    )
