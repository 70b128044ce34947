"""A webhook: a system of the institution that is told of cases. Each change owes its audit record."""

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from secrets import token_bytes
from urllib.parse import urlsplit

from pydantic import AwareDatetime

from services.router.access import AuditAction
from services.router.cases.domain.happening import ANSWERED, CLOSED, OPENED
from services.router.config import LOCAL
from services.router.history import WithHistory, changed_fields, with_change
from services.router.webhooks.domain.destinations import Network, allowed
from shared.events import Event, RouterAudited, done_by
from shared.refused import Refused
from shared.state import Actor, State

HAPPENINGS = (OPENED, ANSWERED, CLOSED)
BOTH_VALID = timedelta(hours=24)
"""How long a delivery is signed with the secret before too: receivers change over meanwhile."""
SECRETS = frozenset({"secret", "old_secret", "old_until"})
GONE = "gone"
SYSTEM = Actor(kind="system", id="webhooks")
PREFIX = "whsec_"


class BadAddress(Refused):
    """An address to which nothing is sent."""

    field = "address"


class Sealed(State):
    """An encrypted secret; ``seal_key`` names the key."""

    sealed: str
    seal_key: str


class Webhook(WithHistory):
    """A receiver. ``happenings``: of what it is told; ``personal``: whether with names, texts and addresses.

    ``ended``: why it was switched off without a person: ``gone``, it answered 410. ``old_secret`` is valid until
    ``old_until``.
    """

    name: str
    url: str
    happenings: tuple[str, ...]
    secret: Sealed
    created_at: AwareDatetime
    personal: bool = False
    active: bool = True
    ended: str = ""
    old_secret: Sealed | None = None
    old_until: AwareDatetime | None = None


def new_secret() -> str:
    """A secret as the specification writes it: ``whsec_`` and 32 random bytes in base 64 (Standard Webhooks 1.0.0)."""
    return PREFIX + base64.b64encode(token_bytes(32)).decode()


def make(webhook: Webhook, *, by: Actor, now: datetime) -> tuple[Webhook, list[Event]]:
    """A new webhook. Raises BadAddress."""
    check(webhook.url)
    return webhook, _told(AuditAction.WEBHOOK_ADDED, webhook, ("personal",) if webhook.personal else (), by, now)


def change(
    webhook: Webhook,
    *,
    name: str,
    url: str,
    happenings: Sequence[str],
    personal: bool,
    active: bool,
    by: Actor,
    now: datetime,
) -> tuple[Webhook, list[Event]]:
    """The webhook as somebody has changed it; no events when nothing has changed. Raises BadAddress."""
    check(url)
    given = {"name": name, "url": url, "happenings": tuple(happenings), "personal": personal, "active": active}
    after = webhook.model_copy(update=given | ({"ended": ""} if active else {}))
    return _changed(AuditAction.WEBHOOK_CHANGED, webhook, after, by, now)


def end(webhook: Webhook, *, why: str, now: datetime) -> tuple[Webhook, list[Event]]:
    """Switch it off without a person, for a reason such as ``gone``."""
    after = webhook.model_copy(update={"active": False, "ended": why})
    return _changed(AuditAction.WEBHOOK_CHANGED, webhook, after, SYSTEM, now)


def change_secret(webhook: Webhook, secret: Sealed, *, by: Actor, now: datetime) -> tuple[Webhook, list[Event]]:
    """A new secret; the one before stays valid for a day."""
    changes = {"secret": secret, "old_secret": webhook.secret, "old_until": now + BOTH_VALID}
    return _changed(AuditAction.WEBHOOK_SECRET_CHANGED, webhook, webhook.model_copy(update=changes), by, now)


def secrets_of(webhook: Webhook, now: datetime) -> list[Sealed]:
    """The secrets with which a delivery is signed now, the newest first."""
    old_valid = webhook.old_secret and webhook.old_until and now < webhook.old_until
    return [webhook.secret, *([webhook.old_secret] if webhook.old_secret and old_valid else [])]


def acted(action: AuditAction, webhook: Webhook, by: Actor, now: datetime) -> list[Event]:
    """The audit record of what somebody did with a webhook without changing it."""
    return _told(action, webhook, (), by, now)


def check(url: str) -> None:
    """Raise BadAddress unless it is an https address, or an http one of this machine."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise BadAddress("This is not an address.") from None
    if not host or port == 0 or not url.isprintable() or " " in url:
        raise BadAddress("This is not an address.")
    if parts.scheme != "https" and (parts.scheme, host in LOCAL) != ("http", True):
        raise BadAddress("The address must begin with https://.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise BadAddress("The address must have no user name, password or part after #.")


def require_open(url: str, named: Sequence[Network]) -> None:
    """Raise BadAddress for an IP address of a network to which nothing is sent. A name is looked up when it is sent."""
    host = urlsplit(url).hostname or ""
    try:
        address = "127.0.0.1" if host == "localhost" else str(ip_address(host))
    except ValueError:
        return
    if not allowed(address, named):
        raise BadAddress("Nothing is sent to this network. The operator can allow it with KLU_WEBHOOK_PRIVATE.")


def _changed(
    action: AuditAction, before: Webhook, after: Webhook, by: Actor, now: datetime
) -> tuple[Webhook, list[Event]]:
    fields = changed_fields(before, after)
    kept = with_change(before, after, by=by, at=now, secret=SECRETS)
    return kept, _told(action, after, fields, by, now) if fields else []


def _told(action: AuditAction, webhook: Webhook, fields: Sequence[str], by: Actor, now: datetime) -> list[Event]:
    audited = RouterAudited(action=action, object_kind="webhook", object_id=webhook.id, fields=tuple(fields), at=now)
    return done_by(by, audited)
