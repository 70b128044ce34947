"""The first administrator of a new installation, by a one-time link that the command line prints."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.router.access import Role
from services.router.accounts.domain import new_account
from services.router.accounts.domain.changes import hash_of
from services.router.accounts.forms import FirstForm
from services.router.accounts.pages.authenticator import Authentication
from services.router.accounts.pages.passwords import CLOSED, weakness
from services.router.accounts.pages.sign_in import let_in
from services.router.accounts.pages.slowing import Attempt, later
from services.router.accounts.pages.steps import SecondStep
from services.router.accounts.store import Accounts, SignInTries
from services.router.accounts.store.first import FirstLinks
from services.router.config import Settings
from services.router.desk import anybody
from shared.audit import AuditRecords
from shared.events import done_by
from shared.web.csrf import bind
from shared.web.forms import Form, read
from shared.web.pages import Page, error_page, render, see_other
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
BEGINNING = "/administration"
ANYBODY = [Depends(anybody)]
People = Annotated[Accounts, provided(Accounts)]
Links = Annotated[FirstLinks, provided(FirstLinks)]
Tries = Annotated[SignInTries, provided(SignInTries)]
Setting = Annotated[Settings, provided(Settings)]


@page.get("/first/{secret}", dependencies=ANYBODY)
async def show_first(
    request: Request, secret: str, accounts: People, links: Links, tries: Tries, settings: Setting, now: Now
) -> Response:
    """Show the form for the first administrator."""
    refused = await _refusal(request, secret, accounts, links, tries, settings, now)
    return refused or render(request, "first.html", form=Form())


@page.post("/first/{secret}", dependencies=ANYBODY)
async def post_first(
    request: Request,
    secret: str,
    accounts: People,
    links: Links,
    tries: Tries,
    settings: Setting,
    authenticator: Authentication,
    second: Annotated[SecondStep, provided(SecondStep)],
    audit: Annotated[AuditRecords, provided(AuditRecords)],
    now: Now,
) -> Response:
    """Make the account, and sign its owner in. The link opens once, and while there is no account."""
    if refused := await _refusal(request, secret, accounts, links, tries, settings, now):
        return refused
    form = await read(FirstForm, request)
    if form.errors or weakness(form, request, settings, form.value.name, form.value.email).errors:
        return render(request, "first.html", form=form, status=422)
    hashed = await authenticator.hashed(form.value.password)
    if not await links.use(secret, now):
        return error_page(request, 404, said=CLOSED, back_url="/login")
    account, record = new_account(
        email=form.value.email.lower(), name=form.value.name, role=Role.ADMIN, password_hash=hashed, now=now
    )
    account = await accounts.put(account, announcing=done_by(account.officer.actor, record))
    if not authenticator.opens(account):
        return see_other("/login?chosen=yes")
    if page_of_step := second.wanted(account):
        response = see_other(page_of_step)
        second.begin(response, account, BEGINNING)
        return response
    return await let_in(request, account, see_other(BEGINNING), authenticator, audit, now)


async def _refusal(
    request: Request,
    secret: str,
    accounts: Accounts,
    links: FirstLinks,
    tries: SignInTries,
    settings: Settings,
    now: Now,
) -> Response | None:
    """Why the link does not open; None when it does."""
    bind(request, hash_of(secret))
    if await links.opens(secret, now) and not await accounts.exist():
        return None
    if seconds := await Attempt(request, tries, settings, "link").wait_here():
        return later(error_page(request, 429), seconds)
    return error_page(request, 404, said=CLOSED, back_url="/login")
