"""Log-in and log-out (OWASP ASVS 5.0, 6 and 7)."""

import hashlib
from datetime import datetime
from math import ceil
from typing import Annotated, cast
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.router.access import AuditAction
from services.router.accounts.domain import Account, path_inside
from services.router.accounts.forms import LoginForm
from services.router.accounts.pages.authenticator import Authentication, Authenticator, Busy
from services.router.accounts.pages.slowing import HELD
from services.router.accounts.pages.steps import SecondStep
from services.router.accounts.pages.texts_kept import keep_texts
from services.router.accounts.provider import Provider
from services.router.accounts.store import SignInTries
from services.router.config import Settings
from services.router.desk import anybody
from shared.audit import AuditRecords
from shared.web.arriving import path_of, query_of
from shared.web.client import client_of
from shared.web.csrf import FIELD, bind
from shared.web.forms import Form, read
from shared.web.pages import Page, error_page, render, repeated, see_other, web
from shared.web.provided import Now, provided
from shared.web.sent import kept, sent

page = APIRouter(route_class=Page, tags=["pages"])
ANYBODY = [Depends(anybody)]
WRONG = "E-mail address or password is wrong."
BUSY = "Many people are signing in just now. Please try again in a few seconds."


@page.get("/login", dependencies=ANYBODY)
async def show_login(request: Request, next: str = "/") -> Response:  # noqa: A002  # the field's name
    """Show the ways to sign in."""
    return show_log_in(request, next)


@page.post("/login", dependencies=ANYBODY)
async def log_in(
    request: Request,
    authenticator: Authentication,
    tries: Annotated[SignInTries, provided(SignInTries)],
    audit: Annotated[AuditRecords, provided(AuditRecords)],
    settings: Annotated[Settings, provided(Settings)],
    second: Annotated[SecondStep, provided(SecondStep)],
    now: Now,
) -> Response:
    """Check the password, and start a session or ask for the second factor.

    Too many wrong passwords make this client wait (OWASP ASVS 5.0, 6.3.1).
    """
    form = await read(LoginForm, request)
    if form.errors:
        return _log_in_page(request, form, status=422)
    client, email = client_of(request), form.value.email.strip().lower()
    here = f"{client}:{hashlib.sha256(email.encode('utf-8', 'replace')).hexdigest()}"
    wait = await tries.wait(
        client, tries=settings.sign_in_tries_per_client, longest=settings.sign_in_longest_wait_per_client
    ) or await tries.wait(here, tries=settings.sign_in_tries, longest=settings.sign_in_longest_wait)
    if wait:
        await audit.count(AuditAction.SIGN_IN_HELD, client)
        return _refused(request, form, 429, HELD, retry_after=ceil(wait))
    account = await authenticator.account(email)
    try:
        matches = await authenticator.matches(account, form.value.password, client)
    except Busy:
        await tries.take_back(here)
        await tries.take_back(client)
        return _refused(request, form, 503, BUSY, retry_after=5)
    if account is None or not matches:
        await _note_failure(audit, account, client)
        return _refused(request, form, 401, WRONG)
    await tries.forget(here)
    await tries.take_back(client)
    if page_of_step := second.wanted(account):
        response = see_other(page_of_step)
        second.begin(response, account, path_inside(form.value.next))
        return response
    return await let_in(request, account, see_other(path_inside(form.value.next)), authenticator, audit, now)


async def let_in(
    request: Request,
    account: Account,
    response: Response,
    authenticator: Authenticator,
    audit: AuditRecords,
    now: datetime,
) -> Response:
    """Begin a session: all that was asked for was right."""
    await authenticator.begin(request, account, response, now)
    await audit.write(AuditAction.SIGNED_IN, actor=account.officer.actor, client=client_of(request))
    return response


@page.post("/logout", dependencies=ANYBODY)
async def log_out(
    request: Request,
    authenticator: Authentication,
    audit: Annotated[AuditRecords, provided(AuditRecords)],
    provider: Annotated[Provider, provided(Provider)],
) -> Response:
    """End session and cookie together. A page of another site can do neither: its request has no valid token.

    Who came from the identity provider signs out there too (OpenID Connect RP-Initiated Logout 1.0).
    """
    officer = await authenticator.officer(request)
    session_id = authenticator.session_id(request)
    bind(request, session_id or "")
    fields = await sent(request)
    if not web(request).csrf.accepts(request, str(fields.get(FIELD, ""))):
        await audit.count(AuditAction.FORM_REFUSED, client_of(request))
        return error_page(request, 403) if officer else see_other("/login")
    id_token = await authenticator.end(session_id) if session_id else None
    response = see_other((id_token and await provider.leaving(id_token)) or "/login")
    response.headers["Clear-Site-Data"] = '"cache"'  # forms with errors, which *back* would show
    if session_id:
        authenticator.forget_cookie(response)
    if officer:
        await audit.write(AuditAction.SIGNED_OUT, actor=officer.actor, client=client_of(request))
    return response


def show_log_in(
    request: Request,
    next_path: str,
    *,
    error: str = "",
    notice: str = "",
    status: int = 200,
    seconds: int | None = None,
) -> Response:
    """The page of the log-in, with an error or a notice (msgids) about all of it."""
    form: Form[LoginForm] = Form(values={"next": next_path})
    if error:
        return _refused(request, form, status, error, retry_after=seconds)
    form.notice = web(request).locale(request).gettext(notice) if notice else ""
    return _log_in_page(request, form, status=status)


def _log_in_page(request: Request, form: Form[LoginForm], *, status: int) -> Response:
    """With the provider's button, and with the form for passwords where anybody may use one."""
    settings = cast(Settings, web(request).settings)
    ways = {
        "provider": bool(settings.oidc_issuer),
        "provider_label": settings.oidc_label,
        "passwords": settings.local_accounts,
        "emergency": not settings.local_accounts and bool(settings.break_glass_email),
        "chosen": bool(request.query_params.get("chosen")),
        "ended": bool(request.query_params.get("ended")) and not (form.errors or form.notice),
    }
    return render(request, "login.html", form=form, status=status, **ways)


def _refused(
    request: Request, form: Form[LoginForm], status: int, sentence: str, retry_after: int | None = None
) -> Response:
    form.errors = {"": web(request).locale(request).gettext(sentence) % {"seconds": retry_after}}
    response = _log_in_page(request, form, status=status)
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response


async def _note_failure(audit: AuditRecords, account: Account | None, client: str) -> None:
    """By account, if there is one; what was typed is not kept, because it may be a password."""
    if account is None:
        await audit.count(AuditAction.SIGN_IN_FAILED, client)
    else:
        await audit.write(AuditAction.SIGN_IN_FAILED, object_kind="account", object_id=account.id, client=client)


async def not_signed_in(request: Request, error: Exception) -> Response:
    """Redirect to the log-in, which says that a session has ended where this browser had one. After a POST, keep the
    submitted texts for the person who had the session, and show them.

    Of a form that is kept for nobody (from a foreign page, or when it is not known who had the session) the texts are
    shown alone, so that the person can copy them.
    """
    authenticator: Authenticator = request.app.state.provided[Authenticator]
    if request.method == "GET":
        wanted = path_of(request) + (f"?{query_of(request)}" if query_of(request) else "")
        return see_other(f"/login?next={quote(wanted)}" + ("&ended=yes" if authenticator.person(request) else ""))
    fields = await kept(request)
    shown = repeated(request, fields, status=401)
    kept_id = await keep_texts(request, authenticator.person(request), shown["again"])
    return render(request, "session_ended.html", status=401, kept_id=kept_id, **shown)
