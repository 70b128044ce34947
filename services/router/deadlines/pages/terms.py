"""The usual terms of the institution: in how many days units reply, and messages are answered."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import AuditAction
from services.router.deadlines.domain.counting import Deadlines
from services.router.deadlines.forms import TermsForm
from services.router.deadlines.pages import CalendarEditor, Days
from services.router.desk import names_of
from services.router.history import changed_fields, with_change
from services.router.texts.domain.institution import INSTITUTION, InstitutionSettings
from services.router.texts.labels import changes_of
from services.router.texts.store import InstitutionStore
from shared.events import RouterAudited, done_by
from shared.web.forms import Form, read
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
ADDRESS = "/administration/terms"
CHANGED = "Somebody else has changed the settings since you opened the page. What you typed is still here."
TERMS = ("unit_days", "revision_days", "answer_days")
SHOWN = 20
Institutions = Annotated[InstitutionStore, provided(InstitutionStore)]


@page.get(ADDRESS)
async def show_terms(
    request: Request, officer: CalendarEditor, institutions: Institutions, deadlines: Days
) -> Response:
    """Show the terms that new cases and assignments get."""
    stored = await institutions.stored()
    days = {name: getattr(deadlines, name) for name in TERMS}
    return await _terms(request, deadlines, Form(values={**days, "revision": stored.revision}), stored)


@page.post(ADDRESS)
async def post_terms(
    request: Request, officer: CalendarEditor, institutions: Institutions, deadlines: Days, now: Now
) -> Response:
    """Store other terms. What was asked before keeps its own."""
    form, stored = await read(TermsForm, request), await institutions.stored()
    if form.errors:
        return await _terms(request, deadlines, form, stored, status=422)
    if form.value.revision not in (None, stored.revision):
        form.errors = {"": web(request).locale(request).gettext(CHANGED)}
        form.values["revision"] = stored.revision
        return await _terms(request, deadlines, form, stored, status=409)
    submitted = form.value.model_dump(exclude={"revision"})
    other = {name: days for name, days in submitted.items() if days != getattr(deadlines, name)}
    wanted = stored.model_copy(update=other)  # what stays as the environment says is not stored
    if fields := changed_fields(stored, wanted):
        record = RouterAudited(
            action=AuditAction.TERMS_CHANGED, object_kind="institution", object_id=INSTITUTION, fields=fields, at=now
        )
        changed = with_change(stored, wanted, by=officer.actor, at=now)
        await institutions.save(changed, announcing=done_by(officer.actor, record))
    return see_other(f"{ADDRESS}?said=changed")


async def _terms(
    request: Request, deadlines: Deadlines, form: Form[Any], stored: InstitutionSettings, *, status: int = 200
) -> Response:
    own = [kind for kind in stored.all_kinds if kind.unit_days or kind.answer_days]
    locale = web(request).locale(request)
    people = await names_of(request, (change.by.id for change in stored.history))
    return render(
        request,
        "terms.html",
        form=form,
        kinds=[(locale.of(kind.label)[0], kind) for kind in own],
        usual=deadlines,
        history=changes_of(request, stored, people, TERMS)[:SHOWN],
        said=request.query_params.get("said") == "changed",
        status=status,
    )
