"""What people of the desk and administrators change in accounts: each returns the account and what it owes.

The values before and after stand in the account's history, the names of the fields in the audit log.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from services.router.access import AuditAction
from services.router.accounts.domain import SECRET, Account, OneTimeLink, SecondFactor
from services.router.history import changed_fields, with_change
from shared.events import AccountNotified, Event, RouterAudited, done_by
from shared.refused import Refused
from shared.state import Actor

INVITED_FOR = timedelta(hours=72)
RESET_FOR = timedelta(hours=1)
LAST = "This is the last administrator who can sign in. Please make somebody else one first."
Changed = tuple[Account, list[Event]]


class LastAdministrator(Refused):
    """Nobody could administer the desk any more."""

    def __init__(self) -> None:
        super().__init__(LAST)


class Drawn(NamedTuple):
    """The secret of a one-time link, and the link's address without it (with a slash at its end)."""

    secret: str
    base: str

    @property
    def url(self) -> str:
        """The whole link."""
        return self.base + self.secret


def drawn(base: str) -> Drawn:
    """A new secret of 256 bits for a link."""
    return Drawn(secrets.token_urlsafe(32), base)


def hash_of(secret: str) -> str:
    """What is kept of a link's secret."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def invite(*, email: str, name: str, role: str, language: str, link: Drawn, by: Actor, now: datetime) -> Changed:
    """A new account without a password, and the letter with the link to choose one."""
    account = Account(id=str(uuid4()), email=email, name=name, role=role, password_hash="", language=language)
    fields = ("email", "name", "role", "language")
    record = _record(account, AuditAction.ACCOUNT_INVITED, fields, now)
    invited, letter = _with_invitation(account, link, now)
    return invited, done_by(by, record, letter)


def invite_again(account: Account, *, link: Drawn, by: Actor, now: datetime) -> Changed:
    """A new link in place of the one before. An account that was withdrawn is open again."""
    invited, letter = _with_invitation(account.model_copy(update={"disabled": False}), link, now)
    return _changed(account, invited, AuditAction.ACCOUNT_INVITED, by, now, letter)


def withdraw_invitation(account: Account, *, by: Actor, now: datetime) -> Changed:
    """The link does not open any more, and the account is disabled."""
    after = account.model_copy(update={"invitation": None, "disabled": True})
    return _changed(account, after, AuditAction.INVITATION_WITHDRAWN, by, now)


def change(account: Account, *, by: Actor, now: datetime, **new: Any) -> Changed:
    """Other values of ``name``, ``email``, ``role``, ``language`` or ``digest``. Of a new address the old one is told.

    A link that was mailed to the old address does not open any more. Another role ends the sessions: they began without
    the second factor that it may ask for.
    """
    moved = new.get("email", account.email) != account.email
    after = account.model_copy(update=new | ({"invitation": None, "reset": None} if moved else {}))
    letters = [letter(account, "email_changed", now)] if moved and account.state == "active" else []
    kept, announcing = _changed(account, after, AuditAction.ACCOUNT_CHANGED, by, now, *letters)
    ends = {"credentials_changed_at": now} if kept.role != account.role else {}
    return kept.model_copy(update=ends), announcing


def disable(account: Account, *, by: Actor, now: datetime) -> Changed:
    """Nobody can sign in; sessions and links end, also for when it is enabled again."""
    ended: dict[str, Any] = {"disabled": True, "credentials_changed_at": now, "invitation": None, "reset": None}
    return _changed(account, account.model_copy(update=ended), AuditAction.ACCOUNT_DISABLED, by, now)


def enable(account: Account, *, by: Actor, now: datetime) -> Changed:
    """The account, open again, with the password it had."""
    opened = account.model_copy(update={"disabled": False, "credentials_changed_at": now})
    return _changed(account, opened, AuditAction.ACCOUNT_ENABLED, by, now)


def end_sessions(account: Account, *, by: Actor, now: datetime) -> Changed:
    """Sessions from before now are not valid."""
    ended = account.model_copy(update={"credentials_changed_at": now})
    return _changed(account, ended, AuditAction.SESSIONS_ENDED, by, now)


def ask_for_reset(account: Account, *, link: Drawn, now: datetime) -> Changed:
    """A link to choose a new password, for an hour, in place of the one before. Nobody knows who asks."""
    asked = OneTimeLink(hash=hash_of(link.secret), sent_at=now, expires_at=now + RESET_FOR)
    told = letter(account, "reset", now, link=link.url, expires_at=asked.expires_at)
    return account.model_copy(update={"reset": asked}), [
        _record(account, AuditAction.RESET_ASKED, ("reset",), now),
        told,
    ]


def choose_password(account: Account, password_hash: str, *, now: datetime) -> Changed:
    """By the person: after an invitation, a reset, or with the old one. Links and all sessions end."""
    new: dict[str, Any] = {"password_hash": password_hash, "credentials_changed_at": now}
    after = account.model_copy(update=new | {"invitation": None, "reset": None})
    letters = [letter(account, "password_changed", now)] if account.password_hash else []
    return _changed(account, after, AuditAction.PASSWORD_CHOSEN, account.officer.actor, now, *letters)


def add_second_factor(account: Account, factor: SecondFactor, *, now: datetime) -> Changed:
    """By the person, who has shown a code of it."""
    after = account.model_copy(update={"second_factor": factor})
    told = letter(account, "second_factor_added", now)
    return _changed(account, after, AuditAction.SECOND_FACTOR_ADDED, account.officer.actor, now, told)


def remove_second_factor(account: Account, *, by: Actor, now: datetime) -> Changed:
    """By the person, or by an administrator when the device is lost."""
    after = account.model_copy(update={"second_factor": None})
    told = letter(account, "second_factor_removed", now)
    return _changed(account, after, AuditAction.SECOND_FACTOR_REMOVED, by, now, told)


def use_recovery_code(account: Account, factor: SecondFactor, *, now: datetime) -> Changed:
    """The person signs in with a recovery code, which is one less."""
    after = account.model_copy(update={"second_factor": factor})
    told = letter(account, "recovery_code_used", now)
    return _changed(account, after, AuditAction.RECOVERY_CODE_USED, account.officer.actor, now, told)


def letter(account: Account, purpose: str, now: datetime, **more: Any) -> AccountNotified:
    """A letter to the person about their account."""
    return AccountNotified(
        notice_id=str(uuid4()),
        account_id=account.id,
        email=account.email,
        name=account.name,
        language=account.language,
        purpose=purpose,
        notified_at=now,
        **more,
    )


def _with_invitation(account: Account, link: Drawn, now: datetime) -> tuple[Account, AccountNotified]:
    until = now + INVITED_FOR
    invited = account.model_copy(
        update={"invitation": OneTimeLink(hash=hash_of(link.secret), sent_at=now, expires_at=until)}
    )
    return invited, letter(invited, "invitation", now, link=link.url, expires_at=until)


def _changed(
    before: Account, after: Account, action: AuditAction, by: Actor, now: datetime, *letters: AccountNotified
) -> Changed:
    kept = with_change(before, after, by=by, at=now, secret=SECRET)
    record = _record(kept, action, changed_fields(before, after), now)
    return kept, done_by(by, record, *letters)


def _record(account: Account, action: AuditAction, fields: tuple[str, ...], now: datetime) -> RouterAudited:
    return RouterAudited(action=action, object_kind="account", object_id=account.id, fields=fields, at=now)
