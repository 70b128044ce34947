"""People of the desk: invite, change, disable. For administrators."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
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
async def show_person(
    request: Request, account_id: str, officer: Editor, accounts: People, sessions: Ended, done: str = ""
) -> Response:
    """Show one account, and what can be done with it."""
    account = await accounts.get(account_id)
    return await _person(request, account, _filled(account), accounts, sessions, done=done)


@page.post(f"{HERE}/{{account_id}}")
async def post_person(
    request: Request, account_id: str, officer: Editor, accounts: People, sessions: Ended, now: Now
) -> Response:
    """Change name, address, role or language."""
    form, account = await read(PersonForm, request), await accounts.get(account_id)
    if form.errors:
        return await _person(request, account, form, accounts, sessions, status=422)
    if form.value.revision not in (None, account.revision):
        form.errors = {"": web(request).locale(request).gettext(CHANGED)}
        form.values |= {"revision": account.revision}
        return await _person(request, account, form, accounts, sessions, status=409)
    given = form.value.model_dump(exclude={"revision", "then"}) | {"email": form.value.email.lower()}
    after, announcing = change(account, by=officer.actor, now=now, **given)
    try:
        await accounts.change(account, after, announcing=announcing)
    except Taken:
        return await _person(request, account, _taken(request, form), accounts, sessions, status=409)
    except LastAdministrator as refused:
        return await _person(request, account, with_error(form, refused, request), accounts, sessions, status=409)
    return see_other(f"{HERE}/{account.id}?done=changed")


@page.post(f"{HERE}/{{account_id}}/invitation")
async def post_invitation(
    request: Request, account_id: str, officer: Editor, accounts: People, sessions: Ended, settings: Setting, now: Now
) -> Response:
    """Send the invitation again, with a new link."""
    account = await accounts.get(account_id)
    known = account.password_hash or account.subject
    made = None if known else invite_again(account, link=invitation_link(settings), by=officer.actor, now=now)
    return await _act(request, account, made, accounts, sessions, done="invited")


@page.post(f"{HERE}/{{account_id}}/withdrawal")
async def post_withdrawal(
    request: Request, account_id: str, officer: Editor, accounts: People, sessions: Ended, now: Now
) -> Response:
    """Withdraw the invitation: its link does not open any more."""
    account = await accounts.get(account_id)
    made = withdraw_invitation(account, by=officer.actor, now=now) if account.state == "invited" else None
    return await _act(request, account, made, accounts, sessions, done="withdrawn")


@page.post(f"{HERE}/{{account_id}}/disabling")
async def post_disabling(
    request: Request, account_id: str, officer: Editor, accounts: People, sessions: Ended, now: Now
) -> Response:
    """Close the account at once."""
    account = await accounts.get(account_id)
    made = disable(account, by=officer.actor, now=now)
    return await _act(request, account, made, accounts, sessions, done="disabled", ends_sessions=True)


@page.post(f"{HERE}/{{account_id}}/enabling")
async def post_enabling(
    request: Request, account_id: str, officer: Editor, accounts: People, sessions: Ended, now: Now
) -> Response:
    """Open the account again."""
    account = await accounts.get(account_id)
    made = enable(account, by=officer.actor, now=now)
    return await _act(request, account, made, accounts, sessions, done="enabled")


@page.post(f"{HERE}/{{account_id}}/sessions")
async def post_sessions(
    request: Request, account_id: str, officer: Editor, accounts: People, sessions: Ended, now: Now
) -> Response:
    """End the sessions of this person."""
    account = await accounts.get(account_id)
    made = end_sessions(account, by=officer.actor, now=now)
    return await _act(request, account, made, accounts, sessions, done="ended", ends_sessions=True)


@page.post(f"{HERE}/{{account_id}}/second-factor")
async def post_second_factor(
    request: Request, account_id: str, officer: Editor, accounts: People, sessions: Ended, now: Now
) -> Response:
    """Take the second factor away: the device is lost, and the recovery codes too."""
    account = await accounts.get(account_id)
    made = remove_second_factor(account, by=officer.actor, now=now) if account.second_factor else None
    return await _act(request, account, made, accounts, sessions, done="factor")


def invitation_link(settings: Settings) -> Any:
    """A new link to choose the first password."""
    return drawn(f"{settings.router_url.rstrip('/')}/invitation/")


def roles(request: Request) -> dict[str, str]:
    """Each role with its label."""
    _ = web(request).locale(request).gettext
    return {role: _(label) for role, label in ROLES.items()}


async def _act(
    request: Request,
    account: Account,
    made: Changed | None,
    accounts: Accounts,
    sessions: Sessions,
    *,
    done: str,
    ends_sessions: bool = False,
) -> Response:
    """Keep what a button of the page has changed; ``made`` is None when there is nothing to change any more."""
    form: Form[Any] = await read(NoFields, request)
    if form.errors:
        form.values = _filled(account).values
        return await _person(request, account, form, accounts, sessions, status=422)
    if made is None:
        return see_other(f"{HERE}/{account.id}")
    after, announcing = made
    try:
        await accounts.change(account, after, announcing=announcing)
    except LastAdministrator as refused:
        form = with_error(_filled(account), refused, request)
        return await _person(request, account, form, accounts, sessions, status=409)
    if ends_sessions:
        await sessions.end_of(account.id)
    return see_other(f"{HERE}/{account.id}?done={done}")


def _filled(account: Account) -> Form[Any]:
    return Form(values=account.model_dump(include={"name", "email", "role", "language", "revision"}))


def _taken(request: Request, form: Form[Any]) -> Form[Any]:
    form.errors = {"email": web(request).locale(request).gettext(TAKEN)}
    return form


def _new(request: Request, form: Form[Any], status: int = 200) -> Response:
    invited = "done" in request.query_params
    return render(request, "person_new.html", form=form, roles=roles(request), invited=invited, status=status)


async def _person(
    request: Request,
    account: Account,
    form: Form[Any],
    accounts: Accounts,
    sessions: Sessions,
    *,
    status: int = 200,
    done: str = "",
) -> Response:
    now = accounts.database.clock()
    names = await accounts.names({change.by.id for change in account.history if change.by.kind == "officer"})
    return render(
        request,
        "person.html",
        status=status,
        account=account,
        form=form,
        roles=roles(request),
        states=states(request),
        sessions=await sessions.of(account.id, now),
        link_open=bool(account.invitation and now < account.invitation.expires_at),
        history=changes_of(request, account, names),
        done=done,
    )
