"""Who works on the desk, and may do what. Passwords are kept as Argon2id hashes (RFC 9106)."""

from datetime import datetime, timedelta
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import AwareDatetime, BaseModel, ConfigDict

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
NOTED = timedelta(minutes=1)
"""How exactly it is noted when somebody was last seen: a page that is only looked at need not write."""
SHORTEST_PASSWORD = 12
hasher = PasswordHasher()
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$NBPO/Yh6Tw4oj1f0kkRI2g$fJHuHSE2tL8WAO6dXi2PaJ8C0S0hCvaOtmGLPfkyMQg"
"""Compared with when there is no such account, so that the answer takes as long."""


class Role(StrEnum):
    """What somebody may do; each includes the rights of those before it."""

    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class User(BaseModel):
    """A local account. ``id`` is the e-mail address in lower case."""

    model_config = ConfigDict(frozen=True)

    id: str
    revision: int = 0
    name: str
    role: Role
    password_hash: str
    disabled: bool = False

    def may(self, role: Role) -> bool:
        """Whether the user has at least the rights of this role."""
        ranks = list(Role)
        return ranks.index(self.role) >= ranks.index(role)


class Session(BaseModel):
    """Somebody who is logged in. ``id`` is the hash of what their cookie holds."""

    model_config = ConfigDict(frozen=True)

    id: str
    revision: int = 0
    user_id: str
    created_at: AwareDatetime
    seen_at: AwareDatetime

    def alive(self, now: datetime) -> bool:
        """Idle for at most 30 minutes, twelve hours in all."""
        return now - self.seen_at < IDLE and now - self.created_at < ABSOLUTE

    def touched(self, now: datetime) -> "Session":
        """The session as it is noted when its owner is seen now: the same when that was noted just before."""
        return self if now - self.seen_at < NOTED else self.model_copy(update={"seen_at": now})


def hash_password(password: str) -> str:
    """Argon2id. Takes about a tenth of a second: not for the event loop. Raises ValueError for a short password."""
    if len(password) < SHORTEST_PASSWORD:
        raise ValueError(f"a password has at least {SHORTEST_PASSWORD} characters")
    return hasher.hash(password)


def password_matches(user: User | None, password: str) -> bool:
    """Whether this is the user's password; as slow for nobody as for somebody."""
    try:
        matches = hasher.verify(user.password_hash if user else NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return matches and user is not None and not user.disabled
