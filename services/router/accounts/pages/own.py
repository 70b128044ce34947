"""One's own account: name, language, password, second factor, sessions."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.router.access import Action, AuditAction, Officer
from services.router.accounts.domain import Account
from services.router.accounts.domain.changes import (
    add_second_factor,
    change,
    choose_password,
    remove_second_factor,
)
from services.router.accounts.forms import (
    ConfirmForm,
    OwnForm,
    OwnPasswordForm,
    OwnSetUpForm,
    SessionForm,
)
from services.router.accounts.pages.authenticator import Authentication, Busy
from services.router.accounts.pages.passwords import weakness
from services.router.accounts.pages.second_factor import WRONG as WRONG_CODE
from services.router.accounts.pages.setting_up import offer, read_setup
from services.router.accounts.pages.sign_in import BUSY
from services.router.accounts.pages.slowing import HELD, Attempt
from services.router.accounts.pages.steps import SecondStep
from services.router.accounts.store import Accounts, Sessions, SignInTries
from services.router.config import Settings
from services.router.desk import ROLES, require
from shared.audit import AuditRecords
from shared.web.client import client_of
from shared.web.forms import Form, read
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
Me = Annotated[Officer, require(Action.OWN_ACCOUNT)]
People = Annotated[Accounts, provided(Accounts)]
Own = Annotated[Sessions, provided(Sessions)]
Step = Annotated[SecondStep, provided(SecondStep)]
Setting = Annotated[Settings, provided(Settings)]
NOT_YOURS = "This is not your password."


@dataclass
class PasswordCheck:
    """Asks who is signed in for the password again. Wrong ones make the client wait."""

    authenticator: Authentication
    tries: Annotated[SignInTries, provided(SignInTries)]
    settings: Setting

    async def why_wrong(self, request: Request, account: Account, password: str) -> str:
        """Why this password is not accepted; empty when it is right."""
        _ = web(request).locale(request).gettext
        attempt = Attempt(request, self.tries, self.settings, "own", account.id)
        if seconds := await attempt.wait():
            return _(HELD) % {"seconds": seconds}
        try:
            matches = await self.authenticator.matches(account, password, attempt.client)
        except Busy:
            return _(BUSY)
        if matches:
            await attempt.right()
        return "" if matches else _(NOT_YOURS)


OwnPassword = Annotated[PasswordCheck, Depends()]


@dataclass
class AccountPage:
    """The page of one's own account."""

    sessions: Own
    authenticator: Authentication
    now: Now

    async def show(
        self, request: Request, account: Account, form: Form[Any], *, status: int = 200, done: str = ""
    ) -> Response:
        """Show it with one of its forms as submitted."""
        _ = web(request).locale(request).gettext
        return render(
            request,
            "account.html",
            status=status,
            account=account,
            form=form,
            role=_(ROLES.get(account.role, account.role)),
            sessions=await self.sessions.of(account.id, self.now),
            this=self.authenticator.session_id(request),
            client=client_of(request),
            done=done,
        )


Mine = Annotated[AccountPage, Depends()]


@page.get("/account")
async def show_account(request: Request, officer: Me, accounts: People, mine: Mine, done: str = "") -> Response:
    """Show the account of whoever is signed in."""
    account = await accounts.get(officer.id)
    values = account.model_dump(include={"name", "language"}) | {"digest": "yes" if account.digest else ""}
    return await mine.show(request, account, Form(values=values), done=done)


@page.post("/account")
async def post_account(request: Request, officer: Me, accounts: People, mine: Mine, now: Now) -> Response:
    """Change name, language or the daily e-mail."""
    form, account = await read(OwnForm, request), await accounts.get(officer.id)
    if form.errors:
        return await mine.show(request, account, form, status=422)
    given = form.value.model_dump() | {"digest": form.value.digest == "yes"}
    after, announcing = change(account, by=officer.actor, now=now, **given)
    await accounts.put(after, announcing=announcing)
    return see_other("/account?done=changed")


@page.get("/account/password")
async def show_password(request: Request, officer: Me, accounts: People) -> Response:
    """Show the form for another password."""
    return render(request, "own_password.html", form=Form(), account=await accounts.get(officer.id))


@page.post("/account/password")
async def post_password(
    request: Request,
    officer: Me,
    accounts: People,
    sessions: Own,
    authenticator: Authentication,
    password: OwnPassword,
    settings: Setting,
    now: Now,
) -> Response:
    """Choose another password. All other sessions end; this one goes on under a new secret."""
    form, account = await read(OwnPasswordForm, request), await accounts.get(officer.id)
    if form.errors or weakness(form, request, settings, account.name, account.email).errors:
        return render(request, "own_password.html", form=form, account=account, status=422)
    if said := await password.why_wrong(request, account, form.value.old_password):
        form.errors = {"old_password": said}
        return render(request, "own_password.html", form=form, account=account, status=422)
    changed, announcing = choose_password(account, await authenticator.hashed(form.value.password), now=now)
    await accounts.put(changed, announcing=announcing)
    response = see_other("/account?done=password")
    await authenticator.begin(request, changed, response, now)
    await sessions.end_before(account.id, now)
    return response


@page.get("/account/second-factor")
async def show_second_factor(request: Request, officer: Me, accounts: People, step: Step) -> Response:
    """Show how to set up the second factor; of one that is there, how to take it away."""
    account = await accounts.get(officer.id)
    return _second_factor(request, accounts, account, step, Form())


@page.post("/account/second-factor")
async def post_second_factor(
    request: Request,
    officer: Me,
    accounts: People,
    password: OwnPassword,
    step: Step,
    now: Now,
) -> Response:
    """Set the second factor up, or another one in its place, and show the recovery codes once."""
    form, account = await read(OwnSetUpForm, request), await accounts.get(officer.id)
    if not form.errors and (said := await password.why_wrong(request, account, form.value.password)):
        form.errors = {"password": said}
    if form.errors:
        return _second_factor(request, accounts, account, step, form, status=422)
    made = read_setup(accounts, account, form.value, now)
    if made is None:
        form.errors = {"one_time_code": web(request).locale(request).gettext(WRONG_CODE)}
        return _second_factor(request, accounts, account, step, form, status=422)
    factor, codes = made
    after, announcing = add_second_factor(account, factor, now=now)
    await accounts.put(after, announcing=announcing)
    return render(request, "recovery_codes.html", codes=codes, next="/account", account=account)


@page.post("/account/second-factor/removal")
async def post_removal(
    request: Request,
    officer: Me,
    accounts: People,
    password: OwnPassword,
    step: Step,
    now: Now,
) -> Response:
    """Do without the second factor, where the role leaves that open."""
    form, account = await read(ConfirmForm, request), await accounts.get(officer.id)
    if form.errors:
        return _removal(request, account, form, status=422)
    if account.second_factor is None or step.is_duty(account):
        return see_other("/account/second-factor")
    if said := await password.why_wrong(request, account, form.value.password):
        form.errors = {"password": said}
        return _removal(request, account, form, status=422)
    after, announcing = remove_second_factor(account, by=officer.actor, now=now)
    await accounts.put(after, announcing=announcing)
    return see_other("/account?done=removed")


@page.post("/account/sessions")
async def post_sessions(
    request: Request,
    officer: Me,
    accounts: People,
    sessions: Own,
    authenticator: Authentication,
    audit: Annotated[AuditRecords, provided(AuditRecords)],
    mine: Mine,
) -> Response:
    """End one of one's sessions, or all others."""
    form = await read(SessionForm, request)
    if form.errors:
        account = await accounts.get(officer.id)
        form.values = account.model_dump(include={"name", "language"})
        return await mine.show(request, account, form, status=422)
    others, client = form.value.session == "others", client_of(request)
    which = {"but": authenticator.session_id(request)} if others else {"only": form.value.session}
    if await sessions.end_of(officer.id, **which):
        what, ids = AuditAction.SESSIONS_ENDED, {"object_kind": "account", "object_id": officer.id}
        await audit.write(what, actor=officer.actor, **ids, client=client)
    return see_other("/account?done=ended")


def _second_factor(
    request: Request, accounts: Accounts, account: Account, step: SecondStep, form: Form[Any], status: int = 200
) -> Response:
    shown = offer(request, accounts, account, form)
    return render(request, "own_factor.html", form=form, status=status, duty=step.is_duty(account), **shown)


def _removal(request: Request, account: Account, form: Form[Any], status: int) -> Response:
    return render(request, "own_removal.html", form=form, account=account, status=status)
