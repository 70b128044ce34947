"""What accounts and their changes are called."""

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.requests import Request

from services.router.accounts.domain import Account
from services.router.desk import ROLES
from shared.web.pages import web

STATES = {"invited": ("Invited", "attention"), "active": ("Active", "success"), "disabled": ("Disabled", "neutral")}
FIELDS = {
    "name": "Name",
    "email": "E-mail address",
    "role": "Role",
    "language": "Language of e-mails",
    "digest": "One e-mail a day",
    "disabled": "Disabled",
    "password_hash": "Password",
    "second_factor": "Second factor",
    "invitation": "Invitation",
    "reset": "Link for a new password",
    "credentials_changed_at": "Sessions ended",
}
LANGUAGES = {"tr": "Türkçe", "en": "English"}
YES, NO = "Yes", "No"
SYSTEMS = {"command": "Command on the server", "provider": "Identity provider"}
"""What changes accounts without a person of the desk, by the id of the actor."""


def states(request: Request) -> dict[str, tuple[str, str]]:
    """Each state of an account with its label and tone."""
    _ = web(request).locale(request).gettext
    return {state: (_(label), tone) for state, (label, tone) in STATES.items()}


def systems(request: Request) -> dict[str, str]:
    """What changes things without a person, by the id of the actor."""
    _ = web(request).locale(request).gettext
    return {name: _(label) for name, label in SYSTEMS.items()}


def changes_of(request: Request, account: Account, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The history of an account for a page, the newest first: ``at``, ``by``, and label, before and after by field.

    ``names``: of the people who changed something, by id.
    """
    _ = web(request).locale(request).gettext
    return [
        {
            "at": change.at,
            "by": names.get(change.by.id) or systems(request).get(change.by.id, "–"),
            "fields": [
                (_(label), *(_said(request, name, value) for value in change.fields[name]))
                for name, label in _worth(change.fields)
            ],
        }
        for change in reversed(account.history)
        if _worth(change.fields)
    ]


def _worth(fields: Iterable[str]) -> list[tuple[str, str]]:
    """The fields that say something. That sessions ended is said where nothing else is."""
    found = [(name, label) for name, label in FIELDS.items() if name in fields]
    return [one for one in found if one[0] != "credentials_changed_at"] or found


def _said(request: Request, name: str, value: Any) -> str:
    _ = web(request).locale(request).gettext
    if name == "role" and value in ROLES:
        return _(ROLES[value])
    if name == "language":
        return LANGUAGES.get(value, str(value))
    if isinstance(value, bool):
        return _(YES if value else NO)
    return "" if value is None or name == "credentials_changed_at" else str(value)
