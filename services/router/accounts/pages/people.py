"""People of the desk: invite, change, disable. For administrators."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.accounts.domain import Account
from services.router.accounts.domain.changes import (
    Changed,
    LastAdministrator,
    change,
    disable,
    drawn,
    enable,
    end_sessions,
    invite,
    invite_again,
    remove_second_factor,
    withdraw_invitation,
)
from services.router.accounts.forms import NoFields, PersonForm
from services.router.accounts.labels import changes_of, states
from services.router.accounts.store import Accounts, Sessions
from services.router.config import Settings
from services.router.desk import ROLES, require
from shared.documents import Taken
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
Editor = Annotated[Officer, require(Action.EDIT_ACCOUNTS)]
People = Annotated[Accounts, provided(Accounts)]
Ended = Annotated[Sessions, provided(Sessions)]
Setting = Annotated[Settings, provided(Settings)]
HERE = "/administration/people"
TAKEN = "Somebody has this e-mail address already."
CHANGED = "Somebody else has changed this account since you opened the page. What you typed is still here."


@dataclass
class PersonPages:
    """The page of one account, and what its buttons change."""

    accounts: People
    sessions: Ended
    now: Now

    async def show(
        self, request: Request, account: Account, form: Form[Any], *, status: int = 200, done: str = ""
    ) -> Response:
        """The page, with the form as submitted."""
        by = {change.by.id for change in account.history if change.by.kind == "officer"}
        return render(
            request,
            "person.html",
            status=status,
            account=account,
            form=form,
            roles=roles(request),
            states=states(request),
            sessions=await self.sessions.of(account.id, self.now),
            link_open=bool(account.invitation and self.now < account.invitation.expires_at),
            history=changes_of(request, account, await self.accounts.names(by)),
            done=done,
        )

    async def act(
        self, request: Request, account: Account, made: Changed | None, *, done: str, ends_sessions: bool = False
    ) -> Response:
        """Store what a button has changed; ``made`` is None when there is nothing to change any more."""
        form: Form[Any] = await read(NoFields, request)
        if form.errors:
            form.values = _filled(account).values
            return await self.show(request, account, form, status=422)
        if made is None:
            return see_other(f"{HERE}/{account.id}")
        after, announcing = made
        try:
            await self.accounts.change(account, after, announcing=announcing)
        except LastAdministrator as refused:
            return await self.show(request, account, with_error(_filled(account), refused, request), status=409)
        if ends_sessions:
            await self.sessions.end_of(account.id)
        return see_other(f"{HERE}/{account.id}?done={done}")


Pages = Annotated[PersonPages, Depends()]


@page.get(HERE)
async def show_people(request: Request, officer: Editor, accounts: People) -> Response:
    """Show everybody who has an account."""
    return render(request, "people.html", people=await accounts.all(), states=states(request), roles=roles(request))


@page.get(f"{HERE}/new")
async def show_new_person(request: Request, officer: Editor) -> Response:
    """Show the form for an invitation."""
    return _new(request, Form(values={"role": "officer", "language": "tr"}))


@page.post(f"{HERE}/new")
async def post_new_person(request: Request, officer: Editor, accounts: People, settings: Setting, now: Now) -> Response:
    """Invite somebody."""
    form = await read(PersonForm, request)
    if form.errors:
        return _new(request, form, status=422)
    given = form.value.model_dump(exclude={"revision", "then"}) | {"email": form.value.email.lower()}
    if await accounts.by_email(given["email"]):
        return _new(request, _taken(request, form), status=409)
    account, announcing = invite(**given, link=invitation_link(settings), by=officer.actor, now=now)
    try:
        await accounts.put(account, announcing=announcing)
    except Taken:
        return _new(request, _taken(request, form), status=409)
    return see_other(
        f"{HERE}/new?done=invited" if form.value.then == "another" else f"{HERE}/{account.id}?done=invited"
    )


@page.get(f"{HERE}/{{account_id}}")
async def show_person(request: Request, account_id: str, officer: Editor, pages: Pages, done: str = "") -> Response:
    """Show one account, and what can be done with it."""
    account = await pages.accounts.get(account_id)
    return await pages.show(request, account, _filled(account), done=done)


@page.post(f"{HERE}/{{account_id}}")
async def post_person(request: Request, account_id: str, officer: Editor, pages: Pages) -> Response:
    """Change name, address, role or language."""
    form, account = await read(PersonForm, request), await pages.accounts.get(account_id)
    if form.errors:
        return await pages.show(request, account, form, status=422)
    if form.value.revision not in (None, account.revision):
        form.errors = {"": web(request).locale(request).gettext(CHANGED)}
        form.values |= {"revision": account.revision}
        return await pages.show(request, account, form, status=409)
    given = form.value.model_dump(exclude={"revision", "then"}) | {"email": form.value.email.lower()}
    after, announcing = change(account, by=officer.actor, now=pages.now, **given)
    try:
        await pages.accounts.change(account, after, announcing=announcing)
    except Taken:
        return await pages.show(request, account, _taken(request, form), status=409)
    except LastAdministrator as refused:
        return await pages.show(request, account, with_error(form, refused, request), status=409)
    return see_other(f"{HERE}/{account.id}?done=changed")


@page.post(f"{HERE}/{{account_id}}/invitation")
async def post_invitation(
    request: Request, account_id: str, officer: Editor, pages: Pages, settings: Setting
) -> Response:
    """Send the invitation again, with a new link."""
    account = await pages.accounts.get(account_id)
    known = account.password_hash or account.subject
    made = None if known else invite_again(account, link=invitation_link(settings), by=officer.actor, now=pages.now)
    return await pages.act(request, account, made, done="invited")


@page.post(f"{HERE}/{{account_id}}/withdrawal")
async def post_withdrawal(request: Request, account_id: str, officer: Editor, pages: Pages) -> Response:
    """Withdraw the invitation: its link does not open any more."""
    account = await pages.accounts.get(account_id)
    made = withdraw_invitation(account, by=officer.actor, now=pages.now) if account.state == "invited" else None
    return await pages.act(request, account, made, done="withdrawn")


@page.post(f"{HERE}/{{account_id}}/disabling")
async def post_disabling(request: Request, account_id: str, officer: Editor, pages: Pages) -> Response:
    """Close the account at once."""
    account = await pages.accounts.get(account_id)
    made = disable(account, by=officer.actor, now=pages.now)
    return await pages.act(request, account, made, done="disabled", ends_sessions=True)


@page.post(f"{HERE}/{{account_id}}/enabling")
async def post_enabling(request: Request, account_id: str, officer: Editor, pages: Pages) -> Response:
    """Open the account again."""
    account = await pages.accounts.get(account_id)
    made = enable(account, by=officer.actor, now=pages.now)
    return await pages.act(request, account, made, done="enabled")


@page.post(f"{HERE}/{{account_id}}/sessions")
async def post_sessions(request: Request, account_id: str, officer: Editor, pages: Pages) -> Response:
    """End the sessions of this person."""
    account = await pages.accounts.get(account_id)
    made = end_sessions(account, by=officer.actor, now=pages.now)
    return await pages.act(request, account, made, done="ended", ends_sessions=True)


@page.post(f"{HERE}/{{account_id}}/second-factor")
async def post_second_factor(request: Request, account_id: str, officer: Editor, pages: Pages) -> Response:
    """Take the second factor away: the device is lost, and the recovery codes too."""
    account = await pages.accounts.get(account_id)
    made = remove_second_factor(account, by=officer.actor, now=pages.now) if account.second_factor else None
    return await pages.act(request, account, made, done="factor")


def invitation_link(settings: Settings) -> Any:
    """A new link to choose the first password."""
    return drawn(f"{settings.router_url.rstrip('/')}/invitation/")


def roles(request: Request) -> dict[str, str]:
    """Each role with its label."""
    _ = web(request).locale(request).gettext
    return {role: _(label) for role, label in ROLES.items()}


def _filled(account: Account) -> Form[Any]:
    return Form(values=account.model_dump(include={"name", "email", "role", "language", "revision"}))


def _taken(request: Request, form: Form[Any]) -> Form[Any]:
    form.errors = {"email": web(request).locale(request).gettext(TAKEN)}
    return form


def _new(request: Request, form: Form[Any], status: int = 200) -> Response:
    invited = "done" in request.query_params
    return render(request, "person_new.html", form=form, roles=roles(request), invited=invited, status=status)
