"""The handlers of webhooks: one makes a delivery for each receiver, the other posts one."""

from contextlib import suppress
from functools import partial

from services.router.cases.store.cases import Cases
from services.router.webhooks.domain.delivery import (
    Attempt,
    Delivery,
    attempted,
    deliver,
    dropped,
    withheld,
    without_personal,
)
from services.router.webhooks.domain.signing import headers
from services.router.webhooks.domain.webhook import GONE, Webhook, end, secrets_of
from services.router.webhooks.sender import Busy, Sender
from services.router.webhooks.store import Deliveries, Webhooks
from shared.clock import Clock, utc_now
from shared.documents import AlreadyProcessed, NotFound, NotYet
from shared.events import CaseHappened, CloudEvent, WebhookRequested
from shared.retrying import on_conflict


class NotDelivered(Exception):
    """The receiver did not take it: try again later. Says the status, or why there was none."""


class WebhookHandlers:
    """Tells receivers of cases. Of a restricted case nobody outside is told."""

    def __init__(
        self,
        webhooks: Webhooks,
        deliveries: Deliveries,
        cases: Cases,
        sender: Sender,
        *,
        source: str,
        clock: Clock = utc_now,
    ) -> None:
        self._webhooks, self._deliveries, self._cases, self._sender = webhooks, deliveries, cases, sender
        self._source, self._now = source, clock

    async def on_case_happened(self, event: CloudEvent[CaseHappened]) -> None:
        """Make a delivery for each receiver that is told of this."""
        receivers = await self._webhooks.told_of(event.data.what)
        if not receivers:
            return
        case = await self._cases.get(event.data.message_id)
        if case.restriction:
            return
        made = partial(deliver, event_id=event.id, source=self._source, now=self._now())
        for webhook in receivers:
            delivery, announcing = made(webhook, event.data, case)
            with suppress(AlreadyProcessed):  # another delivery of the event made it
                await self._deliveries.add(delivery, announcing=announcing, handling=event)

    async def on_webhook_requested(self, event: CloudEvent[WebhookRequested]) -> None:
        """Post a delivery, unless it is done, or is not to be sent any more."""
        delivery = await self._deliveries.find_one(event.data.delivery_id)
        webhook = await self._webhooks.find_one(event.data.webhook_id)
        if delivery is None or delivery.done:
            return
        if webhook is None or not webhook.active:
            await self._deliveries.save(dropped(delivery))
            return
        if await self._not_to_be_told(delivery):
            await self._deliveries.save(withheld(delivery))
            return
        if not webhook.personal and (named := without_personal(delivery)) is not delivery:
            delivery = await self._deliveries.save(named)  # somebody has switched it off since
        attempt = await self._post(webhook, delivery)
        await on_conflict(partial(self._keep, delivery.id, attempt))
        if attempt.status == 410:
            await on_conflict(partial(self._end, webhook.id))
        elif not attempt.succeeded:
            raise NotDelivered(str(attempt.status or attempt.error))

    async def _not_to_be_told(self, delivery: Delivery) -> bool:
        """Whether the case was erased or restricted since."""
        if delivery.message_id is None:
            return False
        case = await self._cases.find_one(delivery.message_id)
        return case is None or case.restriction is not None

    async def _post(self, webhook: Webhook, delivery: Delivery) -> Attempt:
        now = self._now()
        secrets = [self._webhooks.opened(secret) for secret in secrets_of(webhook, now)]
        signed = headers(delivery.id, delivery.body, secrets, now)
        try:
            return await self._sender.post(webhook.url, signed, delivery.body)
        except Busy:
            raise NotYet(webhook.id) from None

    async def _keep(self, delivery_id: str, attempt: Attempt) -> None:
        with suppress(NotFound):  # it was erased meanwhile
            delivery = attempted(await self._deliveries.get(delivery_id), attempt)
            await self._deliveries.save(dropped(delivery) if attempt.status == 410 else delivery)

    async def _end(self, webhook_id: str) -> None:
        """The receiver says that it is gone for good (Standard Webhooks: 410)."""
        webhook, announcing = end(await self._webhooks.get(webhook_id), why=GONE, now=self._now())
        await self._webhooks.save(webhook, announcing=announcing)
