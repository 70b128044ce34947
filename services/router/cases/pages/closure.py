"""Closing a case."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action
from services.router.cases.domain.attention import unchanged_since
from services.router.cases.domain.case import Case
from services.router.cases.domain.holds import CLOSURE
from services.router.cases.domain.release import draft, sent
from services.router.cases.domain.states import CaseState, ClosureReason
from services.router.cases.forms import ClosureForm
from services.router.cases.labels import REASONS, explanations, labels
from services.router.cases.pages import Closer
from services.router.cases.pages.outcome import confirmation, done, forget, refusal, remember
from services.router.cases.pages.templates import NONE, Offering, Texts, offered
from services.router.cases.store.cases import Cases
from services.router.config import Settings
from services.router.deadlines.domain.counting import Deadlines
from services.router.texts.domain.templates import Use
from services.router.texts.store import Templates
from shared.refused import Refused
from shared.web.forms import Form, read
from shared.web.i18n import DEFAULT
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/cases/{case_id}/closure")
async def show_closure(
    request: Request,
    case_id: str,
    officer: Closer,
    cases: Annotated[Cases, provided(Cases)],
    templates: Annotated[Templates, provided(Templates)],
    deadlines: Annotated[Deadlines, provided(Deadlines)],
    reason: str = "",
) -> Response:
    """Show the form that closes a case; ``reason`` is chosen already. What was taken back is filled in."""
    case = await cases.get_for(officer, case_id, Action.CLOSE)
    texts = await offered(request, templates, case, Use.CLOSING, days=deadlines.unit_days)
    values = {"reason": reason or draft(case, CLOSURE, "reason") or ""}
    if explanation := texts.chosen or draft(case, CLOSURE, "explanation"):
        values["explanation"] = explanation
    return _closure(request, case, Form(values=values), texts)


@page.post("/cases/{case_id}/closure")
async def post_closure(
    request: Request,
    case_id: str,
    officer: Closer,
    cases: Annotated[Cases, provided(Cases)],
    settings: Annotated[Settings, provided(Settings)],
    offers: Offering,
    now: Now,
) -> Response:
    """Close the case with a reason."""
    form, case = await read(ClosureForm, request), await cases.get_for(officer, case_id, Action.CLOSE)
    if texts := await offers.filled(form, "explanation", case, Use.CLOSING):
        return _closure(request, case, form, texts)
    if form.errors:
        return _closure(request, case, form, status=422)
    reason = form.value.reason
    explanation = form.value.explanation or explanations(request, case)[reason]
    told_units = web(request).locales[DEFAULT].gettext(REASONS[reason])
    payload = {"reason": str(reason), "explanation": explanation, "told_units": told_units}
    try:
        until = settings.undo_until(now)
        closed, announcing = sent(case, CLOSURE, payload, at=until, by=officer, now=now)
        unchanged_since(case, form.value.revision)
    except Refused as refused:
        return _closure(request, case, refusal(request, case, form, refused), status=409)
    await cases.save(closed, announcing=announcing)
    return see_other(f"/cases/{case.id}") if closed.held else done(request, case, "closed")


def _closure(request: Request, case: Case, form: Form[Any], texts: Texts = NONE, *, status: int = 200) -> Response:
    possible = [ClosureReason.ANSWERED] if case.state is CaseState.RESOLVED else list(ClosureReason)[1:]
    if len(possible) == 1:
        form.values.setdefault("explanation", explanations(request, case)[possible[0]])
    confirmed = confirmation(request)
    response = render(
        request,
        "closure.html",
        case=case,
        confirmed=confirmed,
        possible=possible,
        explanations=explanations(request, case),
        form=form,
        texts=texts,
        labels=labels(request),
        status=status,
    )
    remember(request, response, case)
    return forget(response, case) if confirmed else response
