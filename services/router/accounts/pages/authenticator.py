"""Sessions of the desk, and passwords checked a few at a time (OWASP ASVS 5.0, 6 and 7)."""

import asyncio
import hashlib
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from math import ceil
from typing import Annotated
from weakref import WeakValueDictionary

from fastapi import Request
from itsdangerous import BadSignature, Signer
from starlette.responses import Response

from services.router.access import Officer
from services.router.accounts.claims import opens_with_password
from services.router.accounts.domain import ABSOLUTE, Account, Session, hash_password, password_matches
from services.router.accounts.domain.browsers import browser_of
from services.router.accounts.pages.break_glass import BreakGlass
from services.router.accounts.store import Accounts, Sessions
from services.router.config import Settings
from shared.clock import Clock, utc_now
from shared.seal import Seal, WrongKey
from shared.web.arriving import path_of
from shared.web.client import client_of
from shared.web.csrf import bind
from shared.web.provided import provided

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


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _by_itself(request: Request) -> bool:
    """Whether a page sent this without its reader: it does not keep the session alive."""
    return UNASKED in request.headers or path_of(request) == "/live"
