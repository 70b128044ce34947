"""What webhooks, their deliveries and their changes are called."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from services.router.cases.domain.happening import ANSWERED, CLOSED, OPENED
from services.router.webhooks.domain.delivery import TEST, Delivery, DeliveryState
from services.router.webhooks.domain.webhook import SYSTEM, Webhook
from shared.web.pages import web

HAPPENINGS = {OPENED: "A message has arrived", ANSWERED: "An answer was sent", CLOSED: "A case was closed"}
TOLD = HAPPENINGS | {TEST: "Test"}
STATES: Mapping[str, tuple[str, str]] = {
    DeliveryState.WAITING: ("On its way", "progress"),
    DeliveryState.DELIVERED: ("Delivered", "success"),
    DeliveryState.FAILED: ("Not delivered", "danger"),
    DeliveryState.DROPPED: ("Not sent any more", "neutral"),
}
ERRORS = {
    "timeout": "No answer in time.",
    "rests": "It did not answer in time before, and was not tried.",
    "name": "The name of the receiver is not known.",
    "address": "The address is in a network to which nothing is sent.",
    "certificate": "The certificate of the receiver is not valid.",
    "tls": "No secure connection (TLS).",
    "connection": "No connection.",
}
FIELDS = {
    "name": "Name of the system",
    "url": "Address",
    "happenings": "What it is told of",
    "personal": "With personal data",
    "active": "In use",
    "secret": "Secret",
}


def translated(request: Request, labels: Mapping[str, str]) -> dict[str, str]:
    """These labels in the reader's language."""
    _ = web(request).locale(request).gettext
    return {name: _(label) for name, label in labels.items()}


def state_of(request: Request, delivery: Delivery) -> tuple[str, str]:
    """Label and tone of a delivery's state."""
    label, tone = STATES.get(delivery.state, (delivery.state, "neutral"))
    return web(request).locale(request).gettext(label), tone


def result_of(request: Request, delivery: Delivery) -> str:
    """What the last attempt came to; empty before the first."""
    if not delivery.attempts:
        return ""
    last, _ = delivery.attempts[-1], web(request).locale(request).gettext
    if last.status is None:
        return _(ERRORS.get(last.error, last.error))
    if 300 <= last.status < 400:
        return f"HTTP {last.status}: " + _("It leads elsewhere; no redirect is followed.")
    return f"HTTP {last.status}"


def changes_of(request: Request, webhook: Webhook, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The history of a webhook for a page, the newest first: ``at``, ``by``, and label, before and after by field."""
    _ = web(request).locale(request).gettext
    return [
        {
            "at": change.at,
            "by": _("The system") if change.by == SYSTEM else names.get(change.by.id, "–"),
            "fields": [
                (_(label), *(_said(request, value) for value in change.fields[name]))
                for name, label in FIELDS.items()
                if name in change.fields
            ],
        }
        for change in reversed(webhook.history)
    ]


def _said(request: Request, value: Any) -> str:
    _ = web(request).locale(request).gettext
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(_(HAPPENINGS.get(str(one), str(one))) for one in value)
    return "" if value is None else str(value)
