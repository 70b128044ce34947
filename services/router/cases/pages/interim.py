"""Interim answers, beside the letter that the submitter will get."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action
from services.router.cases.domain.attention import unchanged_since
from services.router.cases.domain.case import Case
from services.router.cases.domain.interim import inform, interim_of
from services.router.cases.forms import InterimForm
from services.router.cases.labels import INTERIM, submitters_locale
from services.router.cases.pages import Reviewer
from services.router.cases.pages.letter import hints_about, letter_of
from services.router.cases.pages.outcome import done, refusal
from services.router.cases.pages.templates import NONE, Offering, Texts, offered
from services.router.cases.store.cases import Cases
from services.router.deadlines.pages import Days
from services.router.texts.domain.templates import Use
from services.router.texts.store import Templates
from shared.refused import Refused
from shared.web.forms import Form, read
from shared.web.pages import Page, render
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/cases/{case_id}/interim")
async def show_interim(
    request: Request,
    case_id: str,
    officer: Reviewer,
    cases: Annotated[Cases, provided(Cases)],
    templates: Annotated[Templates, provided(Templates)],
    deadlines: Days,
    interim: str = "",
) -> Response:
    """Show the form, which begins with the usual sentence; ``interim``: with that interim reply of a unit."""
    case = await cases.get_for(officer, case_id, Action.REVIEW)
    texts = await offered(request, templates, case, Use.ANSWER, days=deadlines.unit_days)
    said = interim_of(case, interim)
    beginning = said.text if said else submitters_locale(request, case).gettext(INTERIM)
    fresh = {"answer": texts.after(beginning), "interim": interim if said else ""}
    return _interim(request, case, Form(values=fresh), texts)


@page.post("/cases/{case_id}/interim")
async def post_interim(
    request: Request,
    case_id: str,
    officer: Reviewer,
    cases: Annotated[Cases, provided(Cases)],
    offers: Offering,
    now: Now,
) -> Response:
    """Send the interim answer; the case stays open."""
    form, case = await read(InterimForm, request), await cases.get_for(officer, case_id, Action.REVIEW)
    if texts := await offers.filled(form, "answer", case, Use.ANSWER):
        return _interim(request, case, form, texts)
    if form.errors or form.value.look:
        return _interim(request, case, form, status=422 if form.errors else 200)
    try:
        informed, announcing = inform(case, form.value.answer, officer, now, interim_id=form.value.interim or None)
        unchanged_since(case, form.value.revision)
    except Refused as refused:
        return _interim(request, case, refusal(request, case, form, refused), status=409)
    await cases.save(informed, announcing=announcing)
    return done(request, case, "informed")


def _interim(request: Request, case: Case, form: Form[Any], texts: Texts = NONE, *, status: int = 200) -> Response:
    answer = str(form.values.get("answer", ""))
    return render(
        request,
        "interim.html",
        case=case,
        letter=letter_of(request, case, answer, "interim"),
        hints=hints_about(request, case.model_copy(update={"text": ""}), answer),
        form=form,
        texts=texts,
        status=status,
    )
