"""Log-in, log-out and authentication (OWASP ASVS 5.0, 6 and 7)."""

import asyncio
import hashlib
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from math import ceil
from typing import Annotated, cast
from urllib.parse import quote
from weakref import WeakValueDictionary

from fastapi import APIRouter, Depends, Request
from itsdangerous import BadSignature, Signer
from starlette.responses import Response

from services.router.access import AuditAction, Officer
from services.router.accounts.claims import opens_with_password
from services.router.accounts.domain import (
    ABSOLUTE,
    Account,
    Session,
    hash_password,
    password_matches,
    path_inside,
)
from services.router.accounts.domain.browsers import browser_of
from services.router.accounts.forms import LoginForm
from services.router.accounts.pages.break_glass import BreakGlass
from services.router.accounts.pages.slowing import HELD
from services.router.accounts.pages.steps import SecondStep
from services.router.accounts.pages.texts_kept import keep_texts
from services.router.accounts.provider import Provider
from services.router.accounts.store import Accounts, Sessions, SignInTries
from services.router.config import Settings
from services.router.desk import anybody
from shared.audit import AuditRecords
from shared.clock import Clock, utc_now
from shared.seal import Seal, WrongKey
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
CONCURRENT_HASHES = 2
"""Each needs 64 MiB."""
REMEMBERED = timedelta(hours=24)
"""How long a browser says whose session it had: texts that were typed overnight are kept for that person alone."""


UNASKED = "live"
"""The header of requests that a page sends by itself; only ``/live``, a stream, cannot have one."""


class Busy(Exception):
    """Too many passwords wait for their check."""


class Authenticator:
    """Authenticates requests to the desk, by their session cookie."""

    def __init__(
        self,
        accounts: Accounts,
        sessions: Sessions,
        settings: Settings,
        break_glass: BreakGlass,
        clock: Clock = utc_now,
    ) -> None:
        self._accounts, self._sessions, self._now = accounts, sessions, clock
        self._settings, self._break_glass = settings, break_glass
        old = [key.get_secret_value() for key in settings.old_secret_keys]
        self._seal = Seal(settings.secret_key.get_secret_value(), old)
        self._signer = Signer(settings.secret_key.get_secret_value(), salt="session")
        self._names = Signer(settings.secret_key.get_secret_value(), salt="person")
        self._secure = settings.router_url.startswith("https:")
        self._hashing = asyncio.Semaphore(CONCURRENT_HASHES)
        self._waiting: Counter[str] = Counter()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._most_waiting = settings.sign_in_queue + CONCURRENT_HASHES

    @property
    def cookie(self) -> str:
        """The cookie's name. Browsers accept the prefix ``__Host-`` over HTTPS only; plain HTTP is for local use."""
        return "__Host-session" if self._secure else "session"

    @property
    def _whose(self) -> str:
        return "__Host-person" if self._secure else "person"

    async def officer(self, request: Request) -> Officer | None:
        """The person who sent this request; None without a valid session."""
        session_id = self.session_id(request)
        session = await self._sessions.find_one(session_id) if session_id else None
        now = self._now()
        if session is None or not session.alive(now):
            return None
        bind(request, session.id)
        if not _by_itself(request) and (touched := session.touched(now)) is not session:
            await self._sessions.touch(touched)
        account = await self._accounts.of_session(session)
        if account is None or not session.admits(account) or not (session.issuer or self.opens(account)):
            return None
        return account.officer

    def opens(self, account: Account) -> bool:
        """Whether people may sign in to this account with a password."""
        return opens_with_password(
            account,
            issuer=self._settings.oidc_issuer,
            local=self._settings.local_accounts,
            kept_local=self._settings.break_glass_email,
        )

    def session_id(self, request: Request) -> str | None:
        """The session id from the cookie; None when its signature is invalid."""
        try:
            return _hash(self._signer.unsign(request.cookies.get(self.cookie, "")).decode())
        except BadSignature:
            return None

    async def hashed(self, password: str) -> str:
        """The hash of a new password, made while no more passwords are checked than may be."""
        async with self._hashing:
            return await asyncio.to_thread(hash_password, password)

    async def account(self, email: str) -> Account | None:
        """The account with this address, or None when a password does not open it."""
        account = await self._accounts.by_email(email)
        return account if account and self.opens(account) else None

    async def matches(self, account: Account | None, password: str, client: str) -> bool:
        """Whether this is the account's password. Raises Busy when too many wait for the answer already."""
        turn = self._turns.setdefault(client, asyncio.Lock())  # one client gets one check at a time
        async with self._in_queue(client), turn, self._hashing:
            return await asyncio.to_thread(password_matches, account, password)

    @asynccontextmanager
    async def _in_queue(self, client: str) -> AsyncIterator[None]:
        """A place in the queue. One client gets half of them, so that there is room for others."""
        if self._waiting.total() >= self._most_waiting or self._waiting[client] >= ceil(self._most_waiting / 2):
            raise Busy
        self._waiting[client] += 1
        try:
            yield
        finally:
            self._waiting -= Counter({client: 1})  # and forgets who waits no more

    async def begin(
        self, request: Request, account: Account, response: Response, now: datetime, **of_provider: str | None
    ) -> None:
        """Start a session in place of the one before, and set the cookie with its secret.

        It counts from ``now``, the time of the request, before the account was read: so a password that was checked
        while somebody changed it opens nothing.
        ``of_provider``: the fields of the session that a person of the identity provider has besides.
        """
        if before := self.session_id(request):
            await self._sessions.end(before)
        secret = secrets.token_urlsafe(32)
        if of_provider.get("id_token"):
            of_provider["id_token"] = self._seal.close(str(of_provider["id_token"]))
        else:
            await self._break_glass.watch(account, client_of(request))
        session = Session(
            id=_hash(secret),
            user_id=account.email,
            account_id=account.id,
            created_at=now,
            seen_at=now,
            client=client_of(request),
            browser=browser_of(request.headers.get("user-agent", "")),
            **of_provider,
        )
        await self._sessions.add(session)
        await self._accounts.signed_in(account.id, now)
        self._set(response, self.cookie, self._signer.sign(secret).decode(), ABSOLUTE)
        self._set(response, self._whose, self._names.sign(account.id).decode(), REMEMBERED)

    def _set(self, response: Response, cookie: str, value: str, age: timedelta) -> None:
        seconds = int(age.total_seconds())
        response.set_cookie(cookie, value, max_age=seconds, httponly=True, secure=self._secure, samesite="lax")

    def person(self, request: Request) -> str | None:
        """Whose session was the last one in this browser: the id of the account. Allows nothing by itself."""
        try:
            return self._names.unsign(request.cookies.get(self._whose, "")).decode()
        except BadSignature:
            return None

    async def end(self, session_id: str) -> str | None:
        """End a session. Returns the ID token with which the provider ends its own, if it began there."""
        session = await self._sessions.find_one(session_id)
        await self._sessions.end(session_id)
        try:
            return self._seal.open(session.id_token) if session and session.id_token else None
        except WrongKey:
            return None

    def forget_cookie(self, response: Response) -> None:
        """Delete the cookies."""
        for cookie in (self.cookie, self._whose):
            response.delete_cookie(cookie, secure=self._secure, httponly=True, samesite="lax")


Authentication = Annotated[Authenticator, provided(Authenticator)]


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
    """Redirect to the log-in. After a POST, keep the submitted texts for the person who had the session, and show them.

    Of a form that is kept for nobody (from a foreign page, or when it is not known who had the session) the texts are
    shown alone, so that the person can copy them.
    """
    if request.method == "GET":
        wanted = path_of(request) + (f"?{query_of(request)}" if query_of(request) else "")
        return see_other(f"/login?next={quote(wanted)}")
    authenticator: Authenticator = request.app.state.provided[Authenticator]
    fields = await kept(request)
    shown = repeated(request, fields, status=401)
    kept_id = await keep_texts(request, authenticator.person(request), shown["again"])
    return render(request, "session_ended.html", status=401, kept_id=kept_id, **shown)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _by_itself(request: Request) -> bool:
    """Whether a page sent this without its reader: it does not keep the session alive."""
    return UNASKED in request.headers or path_of(request) == "/live"
