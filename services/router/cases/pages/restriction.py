"""Who alone may read a case, and cases that nobody who works here may read."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.accounts.store import Accounts
from services.router.cases.domain.attention import unchanged_since
from services.router.cases.domain.case import Case
from services.router.cases.domain.restriction import Why, name_reader, reads, restrict, unrestrict
from services.router.cases.forms import ReaderForm, RestrictionForm
from services.router.cases.pages.outcome import done, refusal
from services.router.cases.pages.people import by_name
from services.router.cases.store.cases import Cases
from services.router.desk import require
from shared.documents import NotFound
from shared.refused import Refused
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, render, see_other
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
Restricter = Annotated[Officer, require(Action.RESTRICT)]
TheCases = Annotated[Cases, provided(Cases)]
People = Annotated[Accounts, provided(Accounts)]


@page.get("/cases/{case_id}/restriction")
async def show_restriction(
    request: Request, case_id: str, officer: Restricter, cases: TheCases, accounts: People
) -> Response:
    """Show who may read the case."""
    case = await cases.get_for(officer, case_id, Action.RESTRICT)
    now = {"why": case.restriction.why, "to": list(case.restriction.to)} if case.restriction else {"to": [officer.id]}
    return await _restriction(request, case, Form(values=now), accounts)


@page.post("/cases/{case_id}/restriction")
async def post_restriction(
    request: Request, case_id: str, officer: Restricter, cases: TheCases, accounts: People, now: Now
) -> Response:
    """Have only some people read the case, or everybody again."""
    form, case = await read(RestrictionForm, request), await cases.get_for(officer, case_id, Action.RESTRICT)
    if form.errors:
        return await _restriction(request, case, form, accounts, status=422)
    try:
        unchanged_since(case, form.value.revision)
        if form.value.why == "none":
            changed, announcing = unrestrict(case, by=officer, now=now)
        else:
            able = await accounts.able(Action.READ_CASES)
            to = [account for account in form.value.to if account in able]
            if not to:
                raise Refused("Please choose who may read the case.")
            changed, announcing = restrict(case, Why(form.value.why), to=to, by=officer, now=now)
    except Refused as refused:
        return await _restriction(request, case, refusal(request, case, form, refused), accounts, status=409)
    saved = await cases.save(changed, announcing=announcing)
    if not reads(officer, saved):
        return see_other("/")
    return done(request, case, "restricted" if saved.restriction else "unrestricted")


@page.get("/restricted")
async def show_restricted(request: Request, officer: Restricter, cases: TheCases, accounts: People) -> Response:
    """Restricted cases that nobody who works here may read: number and last day, and who shall read them."""
    return await _orphans(request, cases, accounts, Form())


@page.post("/restricted/{case_id}")
async def post_reader(
    request: Request, case_id: str, officer: Restricter, cases: TheCases, accounts: People, now: Now
) -> Response:
    """Name somebody who may read the case."""
    form, able = await read(ReaderForm, request), await accounts.able(Action.READ_CASES)
    case = await cases.get(case_id)
    if form.errors:
        return await _orphans(request, cases, accounts, form, status=422)
    if case.restriction is None or set(case.restriction.to) & set(able):
        raise NotFound(case_id)
    if form.value.reader not in able:
        refused = Refused("Please choose who may read the case.")
        return await _orphans(request, cases, accounts, with_error(form, refused, request), status=409)
    named, announcing = name_reader(case, form.value.reader, by=officer, now=now)
    await cases.save(named, announcing=announcing)
    return see_other("/restricted")


async def _restriction(
    request: Request, case: Case, form: Form[Any], accounts: Accounts, *, status: int = 200
) -> Response:
    able = await accounts.able(Action.READ_CASES)
    people = by_name(request, able)
    return render(request, "restriction.html", case=case, form=form, people=people, status=status)


async def _orphans(
    request: Request, cases: Cases, accounts: Accounts, form: Form[Any], *, status: int = 200
) -> Response:
    able = await accounts.able(Action.READ_CASES)
    people = by_name(request, able)
    orphans = await cases.readable_by_none_of(list(able))
    return render(request, "restricted.html", orphans=orphans, form=form, people=people, status=status)
