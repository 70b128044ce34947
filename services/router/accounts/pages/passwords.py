"""Pages behind the links that were mailed: choose a password after an invitation, or when it was forgotten."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.background import BackgroundTask
from starlette.responses import Response

from services.router.accounts.domain import Account
from services.router.accounts.domain.changes import ask_for_reset, choose_password, drawn, hash_of
from services.router.accounts.domain.passwords import DIFFERENT, WeakPassword, check_password
from services.router.accounts.forms import NewPasswordForm, ResetForm
from services.router.accounts.pages.authenticator import Authentication, Authenticator
from services.router.accounts.pages.slowing import HELD, Attempt, later
from services.router.accounts.store import Accounts, Sessions, SignInTries
from services.router.config import Settings
from services.router.desk import anybody
from shared.retrying import on_conflict
from shared.web.csrf import bind
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, error_page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
ANYBODY = [Depends(anybody)]
People = Annotated[Accounts, provided(Accounts)]
Ended = Annotated[Sessions, provided(Sessions)]
Tries = Annotated[SignInTries, provided(SignInTries)]
Setting = Annotated[Settings, provided(Settings)]
CLOSED = ("This link does not open any more", "Links open once and for a limited time. Please ask for a new one.")
LETTERS = 3
"""So many letters go to an address without a wait; then one after 1, 2, 4, … seconds, up to an hour."""
LONGEST_WAIT = 3600.0


@dataclass
class MailedLinks:
    """The pages behind a mailed link to choose a password: of an invitation, or of a forgotten one (``kind``)."""

    accounts: People
    sessions: Ended
    authenticator: Authentication
    tries: Tries
    settings: Setting
    now: Now

    async def show(self, request: Request, kind: str, secret: str) -> Response:
        """The form for a password."""
        found = await self._opened(request, kind, secret)
        if isinstance(found, Response):
            return found
        return render(request, "password.html", form=Form(), account=found, kind=kind)

    async def choose(self, request: Request, kind: str, secret: str) -> Response:
        """Store the password of the form. All sessions of the account end; its second factor stays."""
        account = await self._opened(request, kind, secret)
        if isinstance(account, Response):
            return account
        form = await read(NewPasswordForm, request)
        if form.errors or weakness(form, request, self.settings, account.name, account.email).errors:
            return render(request, "password.html", form=form, account=account, kind=kind, status=422)
        hashed = await self.authenticator.hashed(form.value.password)
        changed, announcing = choose_password(account, hashed, now=self.now)
        await self.accounts.put(changed, announcing=announcing)
        await self.sessions.end_of(account.id)
        return see_other("/login?chosen=yes")

    async def _opened(self, request: Request, kind: str, secret: str) -> Account | Response:
        """The account that the link opens; else the page that says why not. Wrong links make a client wait.

        Where no password opens the account, its person goes on to the sign-in of the institution.
        """
        bind(request, hash_of(secret))
        if account := await self.accounts.by_link(kind, hash_of(secret), self.now):
            return account if self.authenticator.opens(account) else see_other("/login")
        attempt = Attempt(request, self.tries, self.settings, "link")
        if seconds := await attempt.wait_here():
            return later(error_page(request, 429), seconds)
        return error_page(request, 404, said=CLOSED, back_url="/login")


Links = Annotated[MailedLinks, Depends()]


@page.get("/invitation/{secret}", dependencies=ANYBODY)
async def show_invitation(request: Request, secret: str, links: Links) -> Response:
    """Show the form for the first password. A mail scanner that opens the link uses nothing up."""
    return await links.show(request, "invitation", secret)


@page.post("/invitation/{secret}", dependencies=ANYBODY)
async def post_invitation(request: Request, secret: str, links: Links) -> Response:
    """Choose the first password."""
    return await links.choose(request, "invitation", secret)


@page.get("/reset", dependencies=ANYBODY)
async def show_reset(request: Request) -> Response:
    """Show the form of who has forgotten the password."""
    return render(request, "reset.html", form=Form(), asked=False)


@page.post("/reset", dependencies=ANYBODY)
async def post_reset(
    request: Request, accounts: People, authenticator: Authentication, tries: Tries, settings: Setting
) -> Response:
    """Send a link to this address. The answer is the same for anybody, and comes before it is looked up."""
    form = await read(ResetForm, request)
    if form.errors:
        return render(request, "reset.html", form=form, asked=False, status=422)
    attempt = Attempt(request, tries, settings, "reset")
    if seconds := await attempt.wait_here():
        form.errors = {"": web(request).locale(request).gettext(HELD) % {"seconds": seconds}}
        return later(render(request, "reset.html", form=form, asked=False, status=429), seconds)
    response = render(request, "reset.html", form=Form(), asked=True)
    email = form.value.email.strip().lower()
    response.background = BackgroundTask(_send_reset, email, accounts, authenticator, tries, settings)
    return response


@page.get("/reset/{secret}", dependencies=ANYBODY)
async def show_new_password(request: Request, secret: str, links: Links) -> Response:
    """Show the form for a new password."""
    return await links.show(request, "reset", secret)


@page.post("/reset/{secret}", dependencies=ANYBODY)
async def post_new_password(request: Request, secret: str, links: Links) -> Response:
    """Choose a new password. All sessions of the account end; the second factor stays."""
    return await links.choose(request, "reset", secret)


def weakness(form: Form[Any], request: Request, settings: Settings, *own: str) -> Form[Any]:
    """The form, with an error if its new password is weak or was not typed twice the same."""
    names = (settings.institution_name, settings.institution_name_en, settings.institution_short_name)
    if form.value.password != form.value.password_again:
        form.errors = {"password_again": web(request).locale(request).gettext(DIFFERENT)}
        return form
    try:
        check_password(form.value.password, own=(*own, *names, settings.hotline_name))
    except WeakPassword as weak:
        return with_error(form, weak, request)
    return form


async def _send_reset(
    email: str, accounts: Accounts, authenticator: Authenticator, tries: SignInTries, settings: Settings
) -> None:
    """A letter with a link, if the address is that of somebody who may sign in with a password, and has one."""
    if await tries.wait(f"reset::{hash_of(email)}", tries=LETTERS, longest=LONGEST_WAIT):
        return

    async def send() -> None:
        account = await authenticator.account(email)
        if account is None or account.disabled or not account.password_hash:
            return
        link = drawn(f"{settings.router_url.rstrip('/')}/reset/")
        asked, announcing = ask_for_reset(account, link=link, now=accounts.database.clock())
        await accounts.put(asked, announcing=announcing)

    await on_conflict(send)
