"""The parts of webhooks: who is told of cases, and what was posted to them."""

from dataclasses import dataclass

from services.router.cases.parts import CasesParts
from services.router.parts import Common, Parts
from services.router.webhooks.handlers import WebhookHandlers
from services.router.webhooks.sender import Sender
from services.router.webhooks.store import Deliveries, Webhooks
from shared.service import daily


@dataclass(frozen=True, kw_only=True)
class WebhooksParts(Parts):
    """``deliveries`` name cases, so erasing looks at them."""

    deliveries: Deliveries


def webhooks_parts(common: Common, cases: CasesParts) -> WebhooksParts:
    """Make them."""
    settings, webhooks, deliveries = common.settings, Webhooks(common.database), Deliveries(common.database)
    sender = Sender(settings.webhook_private, settings.webhook_timeout)
    return WebhooksParts(
        deliveries=deliveries,
        provided=[webhooks, deliveries],
        handlers=[WebhookHandlers(webhooks, deliveries, cases.cases, sender, source=settings.router_url)],
        jobs=[daily(webhooks, webhooks.sealed_before, webhooks.seal_anew)],
    )
