"""Asking the submitter."""

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action
from services.router.cases.domain.attention import unchanged_since
from services.router.cases.domain.case import Case
from services.router.cases.domain.from_units import ask_for_unit
from services.router.cases.domain.parts import Assignment
from services.router.cases.domain.questions import ask
from services.router.cases.domain.stopping import stop
from services.router.cases.domain.unit_parts import Proposal
from services.router.cases.domain.used import with_templates
from services.router.cases.forms import QuestionForm
from services.router.cases.labels import QUESTION, submitters_locale
from services.router.cases.pages import Dispatcher
from services.router.cases.pages.outcome import done, refusal
from services.router.cases.pages.templates import NONE, Offering, Texts, offered
from services.router.cases.store.cases import Cases
from services.router.deadlines.pages import Days
from services.router.texts.domain.templates import Use
from services.router.texts.store import Templates
from shared.refused import Refused
from shared.web.forms import Form, read
from shared.web.pages import Page, render, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
UNASKED = "Please write the question."


@page.get("/cases/{case_id}/questions")
async def show_question(
    request: Request,
    case_id: str,
    officer: Dispatcher,
    cases: Annotated[Cases, provided(Cases)],
    templates: Annotated[Templates, provided(Templates)],
    deadlines: Days,
    proposal: str = "",
) -> Response:
    """Show the form for a question, which begins with the usual sentence; ``proposal``: and goes on as a unit asks."""
    case = await cases.get_for(officer, case_id, Action.ROUTE)
    texts = await offered(request, templates, case, Use.QUESTION, days=deadlines.unit_days)
    wanted = _proposals(case).get(proposal)
    beginning = _beginning(request, case) + "\n\n" + (wanted[1].text if wanted else "")
    fresh = {"text": texts.after(beginning), "proposal": proposal if wanted else ""}
    return _question(request, case, Form(values=fresh), texts)


@page.post("/cases/{case_id}/questions")
async def post_question(
    request: Request,
    case_id: str,
    officer: Dispatcher,
    cases: Annotated[Cases, provided(Cases)],
    deadlines: Days,
    offers: Offering,
    templates: Annotated[Templates, provided(Templates)],
    now: Now,
) -> Response:
    """Ask the submitter. The units' clocks stand until the answer."""
    form, case = await read(QuestionForm, request), await cases.get_for(officer, case_id, Action.ROUTE)
    if texts := await offers.filled(form, "text", case, Use.QUESTION):
        return _question(request, case, form, texts)
    if not form.errors and form.value.text == _beginning(request, case):
        form.errors = {"text": web(request).locale(request).gettext(UNASKED)}
    if form.errors:
        return _question(request, case, form, status=422)
    try:
        question: dict[str, Any] = {"question_id": str(uuid4()), "text": form.value.text, "by": officer, "now": now}
        of_unit = form.value.proposal
        asked, announcing = ask_for_unit(case, of_unit, **question) if of_unit else ask(case, **question)
        stopped, told = stop(asked, deadlines, by=officer.actor, now=now)
        unchanged_since(case, form.value.revision)
    except Refused as refused:
        return _question(request, case, refusal(request, case, form, refused), status=409)
    used = await templates.used(form.value.templates)
    await cases.save(with_templates(stopped, used), announcing=[*announcing, *told])
    return done(request, case, "asked")


def _beginning(request: Request, case: Case) -> str:
    return submitters_locale(request, case).gettext(QUESTION)


def _question(request: Request, case: Case, form: Form[Any], texts: Texts = NONE, *, status: int = 200) -> Response:
    wanted = _proposals(case).get(str(form.values.get("proposal", "")))
    return render(request, "question.html", case=case, form=form, texts=texts, wanted=wanted, status=status)


def _proposals(case: Case) -> dict[str, tuple[Assignment, Proposal]]:
    """What units want to know, each with the assignment, by its id."""
    return {} if case.finished else {one.id: (a, one) for a in case.assignments for one in a.asks}
