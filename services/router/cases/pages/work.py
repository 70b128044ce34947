"""Whose a case is, how urgent, of which kind, under which tags. The forms stand on the page of the case.

A form says what its page showed (``before``). When a colleague has changed just that, both are shown, and nothing is
kept; other changes do not matter.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.router.access import Action
from services.router.accounts.store import Accounts
from services.router.cases.domain.case import Case
from services.router.cases.domain.work import assign, correct_kind, set_priority, set_tags
from services.router.cases.forms import ClaimForm, KindForm, PriorityForm, TagsForm
from services.router.cases.pages import Worker
from services.router.cases.pages.case import CasePages
from services.router.cases.pages.outcome import done, unchanged
from services.router.cases.pages.people import by_name
from services.router.cases.store.cases import Cases
from shared.refused import Refused
from shared.web.arriving import query_of
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import provided

page = APIRouter(route_class=Page, tags=["pages"])
Pages = Annotated[CasePages, Depends()]
UNKNOWN_KIND = "There is no such kind of message any more."
UNKNOWN = "This colleague does not work on cases any more."


@page.get("/cases/{case_id}/claim")
async def show_claim(
    request: Request,
    case_id: str,
    officer: Worker,
    cases: Annotated[Cases, provided(Cases)],
    accounts: Annotated[Accounts, provided(Accounts)],
) -> Response:
    """Show the colleagues to whom the case can be given."""
    case = await cases.get_for(officer, case_id, Action.WORK)
    return await _colleagues(request, case, accounts, Form(values={"officer": case.officer or ""}))


@page.post("/cases/{case_id}/claim")
async def post_claim(
    request: Request, case_id: str, officer: Worker, pages: Pages, accounts: Annotated[Accounts, provided(Accounts)]
) -> Response:
    """Claim the case, give it to a colleague, or to nobody."""
    form, case = await read(ClaimForm, request), await pages.cases.get_for(officer, case_id, Action.WORK)
    if form.errors:
        return await _colleagues(request, case, accounts, form, status=422)
    wanted, names = form.value.officer or None, await accounts.able(Action.WORK)
    try:
        if wanted and wanted not in names:
            raise Refused(UNKNOWN)
        unchanged(form.value.before, case.officer or "", form.value.officer)
        changed = assign(case, wanted, names.get(wanted or "", ""), officer, pages.now)
    except Refused as refused:
        return await _colleagues(request, case, accounts, with_error(form, refused, request), status=409)
    said = "unclaimed" if wanted is None else "claimed" if wanted == officer.id else "assigned"
    return await _saved(request, pages, case, changed, said)


@page.get("/cases/{case_id}/priority")
@page.get("/cases/{case_id}/kind")
@page.get("/cases/{case_id}/tags")
async def show_work(request: Request, case_id: str, officer: Worker) -> Response:
    """Redirect to the forms on the page of the case (such as after a log-in)."""
    return see_other(f"/cases/{case_id}?{query_of(request)}#work")


@page.post("/cases/{case_id}/priority")
async def post_priority(request: Request, case_id: str, officer: Worker, pages: Pages) -> Response:
    """Say how urgent the case is."""
    form, case = await read(PriorityForm, request), await pages.cases.get_for(officer, case_id, Action.WORK)
    if form.errors:
        return await pages.again(request, case, form, status=422)
    try:
        unchanged(form.value.before, case.urgency, form.value.priority)
    except Refused as refused:
        return await pages.again(request, case, with_error(form, refused, request), status=409)
    changed = set_priority(case, form.value.priority, officer, pages.now)
    return await _saved(request, pages, case, changed, "priority")


@page.post("/cases/{case_id}/kind")
async def post_kind(request: Request, case_id: str, officer: Worker, pages: Pages) -> Response:
    """Correct the kind."""
    form, case = await read(KindForm, request), await pages.cases.get_for(officer, case_id, Action.WORK)
    if form.errors:
        return await pages.again(request, case, form, status=422)
    try:
        unchanged(form.value.before, case.kind, form.value.kind)
        if not web(request).institution().offers(form.value.kind):
            raise Refused(UNKNOWN_KIND)
    except Refused as refused:
        return await pages.again(request, case, with_error(form, refused, request), status=409)
    return await _saved(request, pages, case, correct_kind(case, form.value.kind, officer, pages.now), "kind")


@page.post("/cases/{case_id}/tags")
async def post_tags(request: Request, case_id: str, officer: Worker, pages: Pages) -> Response:
    """Keep the case under these tags."""
    form, case = await read(TagsForm, request), await pages.cases.get_for(officer, case_id, Action.WORK)
    if form.errors:
        return await pages.again(request, case, form, status=422)
    try:
        unchanged(form.value.before, ", ".join(case.tags), form.value.tags)
        changed = set_tags(case, form.value.tags.replace("\n", ",").split(","), officer, pages.now)
    except Refused as refused:
        return await pages.again(request, case, with_error(form, refused, request), status=409)
    return await _saved(request, pages, case, changed, "tags")


async def _saved(request: Request, pages: CasePages, case: Case, changed: Case, what: str) -> Response:
    """Keep the case, unless it says all of this already."""
    if changed is not case:
        await pages.cases.save(changed)
    return done(request, case, what)


async def _colleagues(
    request: Request, case: Case, accounts: Accounts, form: Form[Any], *, status: int = 200
) -> Response:
    """The page with those who may work on the case, in the order of the alphabet."""
    able = await accounts.able(Action.WORK)
    readers = {key: name for key, name in able.items() if not case.restriction or key in case.restriction.to}
    return render(request, "claim.html", case=case, colleagues=by_name(request, readers), form=form, status=status)
