"""A supervisor's decision about an objection."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action
from services.router.cases.domain.attention import unchanged_since
from services.router.cases.domain.case import Case
from services.router.cases.domain.objections import decide
from services.router.cases.domain.states import ClosureReason
from services.router.cases.forms import ObjectionForm
from services.router.cases.labels import REASONS, UPHELD, files_of, labels, submitters_locale
from services.router.cases.pages import Supervisor
from services.router.cases.pages.outcome import done, refusal
from services.router.cases.store.cases import Cases
from shared.refused import Refused
from shared.web.forms import Form, read
from shared.web.i18n import DEFAULT
from shared.web.pages import Page, render, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/cases/{case_id}/objection")
async def show_objection(
    request: Request, case_id: str, officer: Supervisor, cases: Annotated[Cases, provided(Cases)]
) -> Response:
    """Show the objection, the answer, and the form for the decision."""
    case = await cases.get_for(officer, case_id, Action.DECIDE_OBJECTION)
    return _objection(request, case, Form(values={"explanation": submitters_locale(request, case).gettext(UPHELD)}))


@page.post("/cases/{case_id}/objection")
async def post_objection(
    request: Request, case_id: str, officer: Supervisor, cases: Annotated[Cases, provided(Cases)], now: Now
) -> Response:
    """Have the case worked on again, or uphold the answer."""
    form, case = await read(ObjectionForm, request), await cases.get_for(officer, case_id, Action.DECIDE_OBJECTION)
    if form.errors:
        return _objection(request, case, form, status=422)
    try:
        decided, announcing = decide(
            case,
            form.value.decision,
            explanation=form.value.explanation or submitters_locale(request, case).gettext(UPHELD),
            told_units=web(request).locales[DEFAULT].gettext(REASONS[ClosureReason.ANSWERED]),
            by=officer,
            now=now,
        )
        unchanged_since(case, form.value.revision)
    except Refused as refused:
        return _objection(request, case, refusal(request, case, form, refused), status=409)
    await cases.save(decided, announcing=announcing)
    return done(request, case, form.value.decision)


def _objection(request: Request, case: Case, form: Form[Any], *, status: int = 200) -> Response:
    files, named = files_of(request, case), case.objection.files if case.objection else ()
    return render(
        request,
        "objection.html",
        case=case,
        files=[file for file in files if file["id"] in named],
        form=form,
        labels=labels(request),
        status=status,
    )
