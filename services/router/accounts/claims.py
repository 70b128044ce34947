"""Who comes from the identity provider, and what that makes of their account (OpenID Connect Core 1.0, 5.7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter, ValidationError

from services.router.access import AuditAction
from services.router.accounts.domain import Account
from services.router.history import changed_fields, with_change
from shared.events import RouterAudited
from shared.state import Actor
from shared.text import Email

PROVIDER = Actor(kind="system", id="provider")
SECRET = frozenset({"password_hash", "invitation", "reset"})
_email: TypeAdapter[str] = TypeAdapter(Email)


class Refusal(StrEnum):
    """Why somebody whom the provider knows may not come in."""

    NO_ROLE = "no_role"
    NO_ACCOUNT = "no_account"
    NO_ADDRESS = "no_address"
    ADDRESS_TAKEN = "address_taken"
    DISABLED = "disabled"


@dataclass(frozen=True)
class Identity:
    """A person as the provider tells of them. ``role`` is empty when none of their values gives one."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    name: str
    role: str


@dataclass(frozen=True)
class Rules:
    """What the institution has decided about people of the provider. The address ``kept_local`` is never linked."""

    create: bool
    link: bool
    kept_local: str = ""


@dataclass(frozen=True)
class Arrival:
    """What a sign-in comes to: the account to keep, what is announced of it, or the reason why it is refused."""

    account: Account | None
    events: tuple[RouterAudited, ...] = ()
    refused: Refusal | None = None


def identity(claims: Mapping[str, Any], *, issuer: str, role_claim: str, roles: Mapping[str, str]) -> Identity:
    """The person in these claims. Of several roles the first of ``roles`` counts. A wrong address counts as none."""
    email = _address(claims.get("email"))
    held = {str(value) for value in _listed(claim_of(claims, role_claim))}
    name = str(claims.get("name") or claims.get("preferred_username") or email or claims["sub"])
    return Identity(
        issuer=issuer,
        subject=str(claims["sub"]),
        email=email,
        email_verified=claims.get("email_verified") is True,
        name=" ".join(name.split())[:200],
        role=next((str(role) for value, role in roles.items() if value in held), ""),
    )


def claim_of(claims: Mapping[str, Any], name: str) -> Any:
    """The claim of this name, or the one to which its dots lead; None when there is none."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def arrive(
    person: Identity, *, bound: Account | None, same_address: Account | None, rules: Rules, now: datetime
) -> Arrival:
    """What this sign-in makes of the account that is ``bound`` to the person, or of that with the ``same_address``."""
    if same_address and (same_address.issuer, same_address.subject) == (person.issuer, person.subject):
        bound = same_address  # another sign-in of the same person has made it since ``bound`` was looked for
    if bound:
        return _known(person, bound, now)
    if not person.role:
        return Arrival(None, refused=Refusal.NO_ROLE)
    if not person.email:
        return Arrival(None, refused=Refusal.NO_ADDRESS)
    if same_address:
        return _linked(person, same_address, rules, now)
    if person.email == rules.kept_local:
        return Arrival(None, refused=Refusal.ADDRESS_TAKEN)
    return _created(person, now) if rules.create else Arrival(None, refused=Refusal.NO_ACCOUNT)


def opens_with_password(account: Account, *, issuer: str, local: bool, kept_local: str) -> bool:
    """Whether a password opens this account at all. That of the provider's people is void, whoever has set one."""
    if kept_local and account.email == kept_local.lower():
        return True
    return local and not (issuer and account.issuer == issuer)


def _known(person: Identity, account: Account, now: datetime) -> Arrival:
    """Another role, or none, ends the sessions of before: they began with the old one."""
    if account.disabled:
        return Arrival(account, refused=Refusal.DISABLED)
    told = {"name": person.name, "role": person.role}
    changed = _changed(account, told, AuditAction.ACCOUNT_FROM_CLAIMS, now, ends=person.role != account.role)
    return Arrival(*changed, refused=None if person.role else Refusal.NO_ROLE)


def _linked(person: Identity, account: Account, rules: Rules, now: datetime) -> Arrival:
    """The local account becomes the person's. Its password is void, and so are links to choose one.

    Who was dismissed there shall not come in here.
    """
    allowed = rules.link and person.email_verified and not account.subject and account.email != rules.kept_local
    if not allowed:
        return Arrival(account, refused=Refusal.ADDRESS_TAKEN)
    if account.disabled:
        return Arrival(account, refused=Refusal.DISABLED)
    told: dict[str, Any] = {"issuer": person.issuer, "subject": person.subject, "password_hash": ""}
    told |= {"invitation": None, "reset": None}
    told |= {"name": person.name, "role": person.role}
    return Arrival(*_changed(account, told, AuditAction.ACCOUNT_LINKED, now, ends=True))


def _created(person: Identity, now: datetime) -> Arrival:
    account = Account(
        id=str(uuid4()),
        email=person.email,
        name=person.name,
        role=person.role,
        password_hash="",  # nobody can sign in with one
        issuer=person.issuer,
        subject=person.subject,
    )
    fields = ("email", "name", "role", "issuer", "subject")
    return Arrival(account, (_audited(account, AuditAction.ACCOUNT_ADDED, fields, now),))


def _changed(
    account: Account, told: Mapping[str, Any], action: AuditAction, now: datetime, *, ends: bool
) -> tuple[Account, tuple[RouterAudited, ...]]:
    after = account.model_copy(update=dict(told))
    if not changed_fields(account, after):
        return account, ()
    ended = after.model_copy(update={"credentials_changed_at": now}) if ends else after
    kept = with_change(account, ended, by=PROVIDER, at=now, secret=SECRET)
    return kept, (_audited(kept, action, changed_fields(account, ended), now),)


def _audited(account: Account, action: AuditAction, fields: tuple[str, ...], now: datetime) -> RouterAudited:
    return RouterAudited(action=action, object_kind="account", object_id=account.id, fields=fields, at=now)


def _address(value: Any) -> str:
    try:
        return _email.validate_python(value).lower()
    except ValidationError:
        return ""


def _listed(value: Any) -> list[Any]:
    """Providers write one value alone, a list, or names with blanks between them."""
    if isinstance(value, str):
        return [value, *value.split()]
    return list(value) if isinstance(value, list) else []
