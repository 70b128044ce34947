"""Linking a case with others, merging it into another, and taking both back."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.cases.domain.attention import unchanged_since
from services.router.cases.domain.case import Case
from services.router.cases.domain.links import link, unlink
from services.router.cases.domain.merging import merge, separate
from services.router.cases.forms import RelatedForm
from services.router.cases.labels import labels
from services.router.cases.pages import Worker
from services.router.cases.pages.outcome import done, refusal
from services.router.cases.pages.related import relations_of
from services.router.cases.store.cases import Cases
from services.router.cases.store.related import Related
from services.router.cases.store.similar import Similar
from shared.refused import Refused
from shared.web.forms import Form, read
from shared.web.i18n import DEFAULT
from shared.web.pages import Page, render, web
from shared.web.provided import Now, provided

TOLD_UNITS = "This message is dealt with together with another one. You need not reply to it any more."
NOT_THERE = "There is no case with this number."
page = APIRouter(route_class=Page, tags=["pages"])
Relating = Annotated[Related, provided(Related)]
Finding = Annotated[Similar, provided(Similar)]


class NoSuchCase(Refused):
    """Nobody knows this reference, or its case is for others to read."""

    field = "reference"


@page.get("/cases/{case_id}/related")
async def show_related(
    request: Request,
    case_id: str,
    officer: Worker,
    cases: Annotated[Cases, provided(Cases)],
    related: Relating,
    similar: Finding,
) -> Response:
    """Show what the case has to do with others, and what can be done about it."""
    case = await cases.get_for(officer, case_id, Action.WORK)
    return await _related(request, officer, case, related, similar, Form())


@page.post("/cases/{case_id}/related")
async def post_related(
    request: Request,
    case_id: str,
    officer: Worker,
    cases: Annotated[Cases, provided(Cases)],
    related: Relating,
    similar: Finding,
    now: Now,
) -> Response:
    """Link, unlink, merge into the case with a reference, or separate."""
    form, case = await read(RelatedForm, request), await cases.get_for(officer, case_id, Action.WORK)
    if form.errors:
        return await _related(request, officer, case, related, similar, form, status=422)
    act, told_units = form.value.chosen[0], web(request).locales[DEFAULT].gettext(TOLD_UNITS)
    try:
        if act == "separate":
            await cases.save(separate(case, by=officer, now=now))
            return done(request, case, "separated")
        other = await related.by_reference(officer, form.value.chosen[1], Action.WORK)
        if other is None:
            raise NoSuchCase(NOT_THERE)
        if act == "merge":
            merged, announcing = merge(case, other, told_units=told_units, by=officer, now=now)
            unchanged_since(case, form.value.revision)
            await cases.save(merged, announcing=announcing)
        elif act == "link":
            keeper, named = (other, case) if other.restriction and not case.restriction else (case, other)
            await cases.save(link(keeper, named, by=officer, now=now))
        else:
            keeper, named = (case, other) if other.id in case.linked else (other, case)
            await cases.save(unlink(keeper, named, by=officer, now=now))
    except Refused as refused:
        form = refusal(request, case, form, refused)
        return await _related(request, officer, case, related, similar, form, status=409)
    return done(request, case, {"merge": "merged", "link": "linked", "unlink": "unlinked"}[act])


async def _related(
    request: Request,
    officer: Officer,
    case: Case,
    related: Related,
    similar: Similar,
    form: Form[Any],
    *,
    status: int = 200,
) -> Response:
    relations = await relations_of(officer, case, related, similar)
    shown = {"case": case, "relations": relations, "form": form, "labels": labels(request)}
    return render(request, "related.html", status=status, **shown)
