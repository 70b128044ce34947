"""Accounts and sessions. Passwords are stored as Argon2id hashes (RFC 9106)."""

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import AwareDatetime

from services.router.access import AuditAction, Officer, Role
from services.router.history import WithHistory, changed_fields, with_change
from shared.events import RouterAudited
from shared.state import Actor, Aggregate, State

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
TOUCHED = timedelta(minutes=1)
"""Precision of ``seen_at``: not every request writes."""
SHORTEST_PASSWORD = 12
COMMAND = Actor(kind="system", id="command")
"""Who changes accounts on the server."""
SECRET = frozenset({"password_hash", "invitation", "reset", "second_factor"})
"""No value of these is in a history."""
hasher = PasswordHasher()
_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]{0,2000}")
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$NBPO/Yh6Tw4oj1f0kkRI2g$fJHuHSE2tL8WAO6dXi2PaJ8C0S0hCvaOtmGLPfkyMQg"
"""Verified when there is no such account, so that the response time does not tell."""


class OneTimeLink(State):
    """A link that was mailed and opens once: the hash of its secret."""

    hash: str
    sent_at: AwareDatetime
    expires_at: AwareDatetime


class SecondFactor(State):
    """What shows one-time codes (TOTP, RFC 6238) for this account.

    ``sealed`` is the encrypted secret, ``seal_key`` names the key. ``last_step``: the time step of the newest code that
    was used; no code of this or an earlier step is accepted. ``recovery``: hashes of the recovery codes that are left.
    """

    sealed: str
    seal_key: str
    since: AwareDatetime
    last_step: int = 0
    recovery: tuple[str, ...] = ()


class Account(WithHistory):
    """An account. ``id`` is random; ``email``, in lower case, is the log-in name and may change.

    Sessions from before ``credentials_changed_at`` are not valid. Without a password nobody can sign in with one:
    the person was invited and has not come yet, or signs in with the provider (``issuer`` and ``subject``). ``digest``:
    one letter a day tells what waits.
    """

    email: str
    name: str
    role: str
    password_hash: str
    disabled: bool = False
    credentials_changed_at: AwareDatetime | None = None
    language: str = "tr"
    digest: bool = False
    issuer: str | None = None
    subject: str | None = None
    invitation: OneTimeLink | None = None
    reset: OneTimeLink | None = None
    second_factor: SecondFactor | None = None
    last_sign_in_at: AwareDatetime | None = None

    @property
    def state(self) -> str:
        """``disabled``, ``invited`` (nobody has chosen a password yet) or ``active``."""
        return "disabled" if self.disabled else "active" if self.password_hash or self.subject else "invited"

    @property
    def administers(self) -> bool:
        """Whether this is an administrator who can sign in."""
        return self.state == "active" and self.role == Role.ADMIN

    @property
    def officer(self) -> Officer:
        """The person, for pages and domain."""
        return Officer(id=self.id, name=self.name, role=self.role)


class Session(Aggregate):
    """A session of a signed-in person. ``id`` is the hash of the secret in their cookie.

    ``user_id`` is the account's address: the previous version (0.1.0) finds the account by it. ``issuer``, ``subject``
    and ``provider_session`` are those of a person who came from the provider; ``id_token``, sealed, ends it there.
    ``user_id`` is the account's address: the previous version (0.1.0) finds the account by it. ``client`` is a
    pseudonym (``shared.web.client``), ``browser`` what it called itself, in words; both empty in older sessions.
    """

    user_id: str
    account_id: str | None = None
    created_at: AwareDatetime
    seen_at: AwareDatetime
    issuer: str | None = None
    subject: str | None = None
    provider_session: str | None = None
    id_token: str | None = None
    client: str = ""
    browser: str = ""

    def alive(self, now: datetime) -> bool:
        """Whether it was used in the last 30 minutes and is less than twelve hours old."""
        return now - self.seen_at < IDLE and now - self.created_at < ABSOLUTE

    def touched(self, now: datetime) -> "Session":
        """The session with ``seen_at`` set to now; unchanged if ``seen_at`` is less than ``TOUCHED`` ago."""
        return self if now - self.seen_at < TOUCHED else self.model_copy(update={"seen_at": now})

    def admits(self, account: Account) -> bool:
        """Whether the account is enabled and its credentials are older than the session."""
        changed_at = account.credentials_changed_at
        return not account.disabled and (changed_at is None or changed_at <= self.created_at)


def new_account(
    *, email: str, name: str, role: str, password_hash: str, now: datetime
) -> tuple[Account, RouterAudited]:
    """A new account with a random id. Earlier sessions of an account with the same address are not valid."""
    account = Account(id=str(uuid4()), email=email, name=name, role=role, password_hash=password_hash)
    fields = ("email", "name", "role", "password_hash")
    record = _record(account, AuditAction.ACCOUNT_ADDED, now, fields)
    return account.model_copy(update={"credentials_changed_at": now}), record


def replace_account(
    account: Account, *, name: str, role: str, password_hash: str, now: datetime
) -> tuple[Account, RouterAudited]:
    """The account with new name, role and password, enabled. Its sessions become invalid."""
    new = {"name": name, "role": role, "password_hash": password_hash, "disabled": False}
    return _changed(account, new, AuditAction.ACCOUNT_REPLACED, now)


def disable_account(account: Account, now: datetime) -> tuple[Account, RouterAudited]:
    """The account, which nobody can sign in to. Its sessions become invalid, also after it is enabled again."""
    return _changed(account, {"disabled": True}, AuditAction.ACCOUNT_DISABLED, now)


def enable_account(account: Account, now: datetime) -> tuple[Account, RouterAudited]:
    """The account, open again, with the password it had."""
    return _changed(account, {"disabled": False}, AuditAction.ACCOUNT_ENABLED, now)


def _changed(
    account: Account, new: dict[str, Any], action: AuditAction, now: datetime
) -> tuple[Account, RouterAudited]:
    """The account as a command on the server has changed it, with the change in its history."""
    after = account.model_copy(update=new | {"credentials_changed_at": now})
    kept = with_change(account, after, by=COMMAND, at=now, secret=SECRET)
    return kept, _record(kept, action, now, changed_fields(account, after))


def _record(account: Account, action: AuditAction, now: datetime, fields: tuple[str, ...]) -> RouterAudited:
    return RouterAudited(action=action, object_kind="account", object_id=account.id, fields=fields, at=now)


def path_inside(url: str) -> str:
    """The URL if it is a path of the desk, else ``/``: no open redirect (OWASP ASVS 5.0, 3.7.2)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "/"
    return url if _PATH.fullmatch(url) and not parts.netloc and not parts.scheme else "/"


def hash_password(password: str) -> str:
    """Argon2id. Blocks for about 0.1 s: not for the event loop. Raises ValueError for a short password."""
    if len(password) < SHORTEST_PASSWORD:
        raise ValueError(f"a password has at least {SHORTEST_PASSWORD} characters")
    return hasher.hash(password)


def password_matches(account: Account | None, password: str) -> bool:
    """Whether this is the password of an enabled account. Takes as long when there is no account or no password."""
    kept = account.password_hash if account else ""
    try:
        matches = hasher.verify(kept or NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return matches and bool(kept) and account is not None and not account.disabled
