"""Log-in, log-out and authentication (OWASP ASVS 5.0, 6 and 7)."""

import asyncio
import hashlib
import secrets
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, Request
from itsdangerous import BadSignature, Signer
from starlette.responses import Response

from services.router.access import Officer
from services.router.accounts.domain import ABSOLUTE, Account, Session, password_matches
from services.router.accounts.forms import LoginForm
from services.router.accounts.store import Accounts, Sessions
from services.router.config import Settings
from services.router.desk import anybody
from shared.clock import Clock, utc_now
from shared.web.arriving import path_of, query_of
from shared.web.csrf import FIELD, bind
from shared.web.forms import Form, read
from shared.web.pages import Page, render, repeated, see_other, web
from shared.web.provided import provided
from shared.web.sent import kept, sent

page = APIRouter(route_class=Page, tags=["pages"])
ANYBODY = [Depends(anybody)]
WRONG = "E-mail address or password is wrong."
CONCURRENT_HASHES = 2
"""Each needs 64 MiB."""


class Authenticator:
    """Authenticates requests to the desk, by their session cookie."""

    def __init__(self, accounts: Accounts, sessions: Sessions, settings: Settings, clock: Clock = utc_now) -> None:
        self._accounts, self._sessions, self._now = accounts, sessions, clock
        self._signer = Signer(settings.secret_key.get_secret_value(), salt="session")
        self._secure = settings.router_url.startswith("https:")
        self._hashing = asyncio.Semaphore(CONCURRENT_HASHES)

    @property
    def cookie(self) -> str:
        """The cookie's name. Browsers accept the prefix ``__Host-`` over HTTPS only; plain HTTP is for local use."""
        return "__Host-session" if self._secure else "session"

    async def officer(self, request: Request) -> Officer | None:
        """The person who sent this request; None without a valid session."""
        session_id = self.session_id(request)
        session = await self._sessions.find_one(session_id) if session_id else None
        now = self._now()
        if session is None or not session.alive(now):
            return None
        bind(request, session.id)
        if (touched := session.touched(now)) is not session:
            await self._sessions.touch(touched)
        account = await self._accounts.of_session(session)
        return account.officer if account and session.admits(account) else None

    def session_id(self, request: Request) -> str | None:
        """The session id from the cookie; None when its signature is invalid."""
        try:
            return _hash(self._signer.unsign(request.cookies.get(self.cookie, "")).decode())
        except BadSignature:
            return None

    async def check(self, email: str, password: str) -> Account | None:
        """The account with this address and password, or None."""
        account = await self._accounts.by_email(email.strip())
        async with self._hashing:
            matches = await asyncio.to_thread(password_matches, account, password)
        return account if matches else None

    async def begin(self, account: Account, response: Response) -> None:
        """Start a session, and set the cookie with its secret."""
        secret, now = secrets.token_urlsafe(32), self._now()
        session = Session(id=_hash(secret), user_id=account.email, account_id=account.id, created_at=now, seen_at=now)
        await self._sessions.add(session)
        response.set_cookie(
            self.cookie,
            self._signer.sign(secret).decode(),
            max_age=int(ABSOLUTE.total_seconds()),
            httponly=True,
            secure=self._secure,
            samesite="lax",
        )

    async def end(self, session_id: str) -> None:
        """End a session."""
        await self._sessions.end(session_id)

    def forget_cookie(self, response: Response) -> None:
        """Delete the cookie."""
        response.delete_cookie(self.cookie, secure=self._secure, httponly=True, samesite="lax")


Authentication = Annotated[Authenticator, provided(Authenticator)]


@page.get("/login", dependencies=ANYBODY)
async def show_login(request: Request, next: str = "/") -> Response:  # noqa: A002  # the field's name
    """Show the log-in form."""
    return render(request, "login.html", form=Form(values={"next": next}))


@page.post("/login", dependencies=ANYBODY)
async def log_in(request: Request, authenticator: Authentication) -> Response:
    """Check the password and start a session."""
    form = await read(LoginForm, request)
    if form.errors:
        return render(request, "login.html", form=form, status=422)
    account = await authenticator.check(form.value.email, form.value.password)
    if account is None:
        form.errors = {"": web(request).locale(request).gettext(WRONG)}
        return render(request, "login.html", form=form, status=401)
    response = see_other(_inside(form.value.next))
    await authenticator.begin(account, response)
    return response


@page.post("/logout", dependencies=ANYBODY)
async def log_out(request: Request, authenticator: Authentication) -> Response:
    """End the session."""
    session_id = authenticator.session_id(request)
    bind(request, session_id or "")
    fields = await sent(request)
    if session_id and web(request).csrf.accepts(request, str(fields.get(FIELD, ""))):
        await authenticator.end(session_id)
    response = see_other("/login")
    response.headers["Clear-Site-Data"] = '"cache"'  # forms with errors, which *back* would show
    authenticator.forget_cookie(response)
    return response


async def not_signed_in(request: Request, error: Exception) -> Response:
    """Redirect to the log-in. After a POST, show the submitted texts instead, so that the person can copy them."""
    if request.method == "GET":
        wanted = path_of(request) + (f"?{query_of(request)}" if query_of(request) else "")
        return see_other(f"/login?next={quote(wanted)}")
    return render(request, "session_ended.html", status=401, **repeated(request, await kept(request), status=401))


def _inside(url: str) -> str:
    """The URL if it is a path of the desk, else ``/``: no open redirect."""
    try:
        parts = urlsplit(url)
    except ValueError:  # such as //[
        return "/"
    own = url.startswith("/") and not url.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return url if own else "/"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
