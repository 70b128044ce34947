"""Who works on the desk. Passwords are kept as Argon2id hashes (RFC 9106)."""

from datetime import datetime, timedelta
from uuid import uuid4

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import AwareDatetime

from services.router.access import Officer
from shared.state import Aggregate

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
TOUCHED = timedelta(minutes=1)
"""How exactly it is kept when somebody was last seen: a page that is only looked at need not write."""
SHORTEST_PASSWORD = 12
hasher = PasswordHasher()
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$NBPO/Yh6Tw4oj1f0kkRI2g$fJHuHSE2tL8WAO6dXi2PaJ8C0S0hCvaOtmGLPfkyMQg"
"""Compared with when there is no such account, so that the answer takes as long."""


class Account(Aggregate):
    """A local account. ``id`` is random; ``email``, in lower case, is the log-in name and may change.

    A session that is older than ``credentials_changed_at`` is over.
    """

    email: str
    name: str
    role: str
    password_hash: str
    disabled: bool = False
    credentials_changed_at: AwareDatetime | None = None

    @property
    def officer(self) -> Officer:
        """The person, as pages and the domain know them."""
        return Officer(id=self.id, name=self.name, role=self.role)


class Session(Aggregate):
    """Somebody who is signed in. ``id`` is the hash of what their cookie holds.

    ``user_id`` is the account's address: the version before this one looks accounts up by it.
    """

    user_id: str
    account_id: str | None = None
    created_at: AwareDatetime
    seen_at: AwareDatetime

    def alive(self, now: datetime) -> bool:
        """Idle for at most 30 minutes, twelve hours in all."""
        return now - self.seen_at < IDLE and now - self.created_at < ABSOLUTE

    def touched(self, now: datetime) -> "Session":
        """The session as it is kept when its owner is seen now: the same when that was noted just before."""
        return self if now - self.seen_at < TOUCHED else self.model_copy(update={"seen_at": now})

    def admits(self, account: Account) -> bool:
        """Whether this session still opens the desk for this account."""
        changed_at = account.credentials_changed_at
        return not account.disabled and (changed_at is None or changed_at <= self.created_at)


def new_account(*, email: str, name: str, role: str, password_hash: str) -> Account:
    """An account with an id of its own."""
    return Account(id=str(uuid4()), email=email, name=name, role=role, password_hash=password_hash)


def replace_account(account: Account, *, name: str, role: str, password_hash: str, now: datetime) -> Account:
    """The account with other credentials, and enabled; its sessions are over."""
    changes = {"name": name, "role": role, "password_hash": password_hash, "disabled": False}
    return account.model_copy(update={**changes, "credentials_changed_at": now})


def hash_password(password: str) -> str:
    """Argon2id. Takes about a tenth of a second: not for the event loop. Raises ValueError for a short password."""
    if len(password) < SHORTEST_PASSWORD:
        raise ValueError(f"a password has at least {SHORTEST_PASSWORD} characters")
    return hasher.hash(password)


def password_matches(account: Account | None, password: str) -> bool:
    """Whether this is the account's password; as slow for nobody as for somebody."""
    try:
        matches = hasher.verify(account.password_hash if account else NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return matches and account is not None and not account.disabled
