"""Logging in and out, and who is asking (OWASP ASVS 5.0, 6 and 7)."""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Request
from itsdangerous import BadSignature, Signer
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.router.accounts.domain import ABSOLUTE, Role, Session, User, password_matches
from services.router.accounts.forms import LoginForm
from services.router.accounts.store import Sessions, Users
from services.router.cases.labels import ROLES
from services.router.config import Settings
from shared.clock import clock
from shared.web.csrf import FIELD, bind
from shared.web.forms import Form, read
from shared.web.pages import render, see_other, submitted_texts, web

WRONG = "E-mail address or password is wrong."
HASHES_AT_ONCE = 2
"""Each takes 64 MiB."""


@dataclass(frozen=True)
class Authenticator:
    """What it takes to let somebody in."""

    users: Users
    sessions: Sessions
    signer: Signer
    secure: bool
    hashing: asyncio.Semaphore

    @property
    def cookie(self) -> str:
        """``__Host-`` wherever the browser allows it: not on plain HTTP, which is for one's own machine only."""
        return "__Host-session" if self.secure else "session"

    async def officer(self, request: Request, role: Role = Role.OFFICER) -> User:
        """Who is asking. Raises NotLoggedIn, or 403 when their role does not reach."""
        user = await self._user(request)
        if user is None:
            raise NotLoggedIn
        if not user.may(role):
            raise HTTPException(403)
        navigation(request, user)
        return user

    async def _user(self, request: Request) -> User | None:
        session_id = self.session_id(request)
        session = await self.sessions.find_one(session_id) if session_id else None
        now = clock()
        if session is None or not session.alive(now):
            return None
        bind(request, session.id)
        if (touched := session.touched(now)) is not session:
            await self.sessions.touch(touched)
        user = await self.users.by_email(session.user_id)
        return user if user and not user.disabled else None

    def session_id(self, request: Request) -> str | None:
        """The id of the session whose secret is in the cookie, if we signed it."""
        try:
            return _hash(self.signer.unsign(request.cookies.get(self.cookie, "")).decode())
        except BadSignature:
            return None


class NotLoggedIn(Exception):
    """Nobody, or somebody whose session is over."""


def authenticator(users: Users, sessions: Sessions, settings: Settings) -> Authenticator:
    """The doors of this desk."""
    return Authenticator(
        users=users,
        sessions=sessions,
        signer=Signer(settings.secret_key.get_secret_value(), salt="session"),
        secure=settings.router_url.startswith("https:"),
        hashing=asyncio.Semaphore(HASHES_AT_ONCE),
    )


def add(page: APIRouter, authenticator: Authenticator) -> None:
    """Log-in and log-out."""

    @page.get("/login")
    async def show_login(request: Request, next: str = "/") -> Response:  # noqa: A002  # the field's name
        """Ask who is there."""
        return render(request, "login.html", form=Form(values={"next": next}))

    @page.post("/login")
    async def log_in(request: Request) -> Response:
        """Begin a session."""
        form = await read(LoginForm, request)
        if form.errors:
            return render(request, "login.html", form=form, status=422)
        user = await authenticator.users.by_email(form.value.email.strip())
        async with authenticator.hashing:
            matches = await asyncio.to_thread(password_matches, user, form.value.password)
        if user is None or not matches:
            form.errors = {"": web(request).locale(request).gettext(WRONG)}
            return render(request, "login.html", form=form, status=401)
        secret, now = secrets.token_urlsafe(32), clock()
        await authenticator.sessions.add(Session(id=_hash(secret), user_id=user.id, created_at=now, seen_at=now))
        response = see_other(_inside(form.value.next))
        response.set_cookie(
            authenticator.cookie,
            authenticator.signer.sign(secret).decode(),
            max_age=int(ABSOLUTE.total_seconds()),
            httponly=True,
            secure=authenticator.secure,
            samesite="lax",
        )
        return response

    @page.post("/logout")
    async def log_out(request: Request) -> Response:
        """End the session."""
        session_id = authenticator.session_id(request)
        bind(request, session_id or "")
        sent = await request.form()
        if session_id and web(request).csrf.accepts(request, str(sent.get(FIELD, ""))):
            await authenticator.sessions.end(session_id)
        response = see_other("/login")
        response.delete_cookie(authenticator.cookie, secure=authenticator.secure, httponly=True, samesite="lax")
        return response


async def not_logged_in(request: Request, error: Exception) -> Response:
    """Ask who is there; what somebody typed while their session ended is shown, so that it can be kept."""
    if request.method == "GET":
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return see_other(f"/login?next={quote(wanted)}")
    return render(request, "session_ended.html", submitted=await submitted_texts(request), status=401)


def navigation(request: Request, user: User) -> None:
    """Say in the page's head who is working, and where they can go."""
    _ = web(request).locale(request).gettext
    path = request.url.path
    request.state.user = {"name": user.name, "role_label": _(ROLES[user.role])}
    request.state.navigation = [
        {"label": _("Cases"), "url": "/", "current": path == "/" or path.startswith("/cases"), "count": None},
        {"label": _("Units"), "url": "/units", "current": path.startswith("/units"), "count": None},
    ]
    if user.may(Role.ADMIN):
        parked = {"label": _("Parked events"), "url": "/parked", "current": path.startswith("/parked"), "count": None}
        request.state.navigation.append(parked)


def _inside(url: str) -> str:
    """Only a path of our own: a log-in must not lead elsewhere."""
    parts = urlsplit(url)
    own = url.startswith("/") and not url.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return url if own else "/"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
