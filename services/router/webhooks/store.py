"""The collections ``webhooks`` and ``webhook_deliveries``."""

from datetime import datetime, timedelta
from typing import Any

from pymongo import IndexModel

from services.router.webhooks.domain.delivery import Delivery
from services.router.webhooks.domain.webhook import Sealed, Webhook
from shared.documents import Database, Documents

MOST = 100
KEPT = timedelta(days=30)
"""How long a delivery can be looked at and sent again."""


class Webhooks(Documents[Webhook]):
    """The receivers; their secrets are encrypted with the secret key of the service."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "webhooks", Webhook)

    async def all(self) -> list[Webhook]:
        """All receivers, the oldest first."""
        return await self.find({}, sort=[("created_at", 1)], limit=MOST)

    async def told_of(self, what: str) -> list[Webhook]:
        """Those that are told of a happening."""
        return await self.find({"active": True, "happenings": what}, sort=[("created_at", 1)], limit=MOST)

    def closed(self, secret: str) -> Sealed:
        """A secret, encrypted."""
        assert self.database.seal
        return Sealed(sealed=self.database.seal.close(secret), seal_key=self.database.seal.key_id)

    def opened(self, secret: Sealed) -> str:
        """A secret again. Raises WrongKey when no key opens it."""
        assert self.database.seal
        return self.database.seal.open(secret.sealed)

    def sealed_before(self, now: datetime) -> dict[str, Any]:
        """Webhooks with a secret that is not sealed with the newest key."""
        assert self.database.seal
        other = {"$exists": True, "$ne": self.database.seal.key_id}
        return {"$or": [{"secret.seal_key": other}, {"old_secret.seal_key": other}]}

    async def seal_anew(self, webhook_id: str, now: datetime) -> None:
        """Seal the secrets with the newest key. Raises WrongKey when no key opens them."""
        webhook = await self.get(webhook_id)
        secret, old = self.closed(self.opened(webhook.secret)), webhook.old_secret
        changes = {"secret": secret, "old_secret": self.closed(self.opened(old)) if old else None}
        await self.save(webhook.model_copy(update=changes))


class Deliveries(Documents[Delivery]):
    """What receivers were told, by ``message_id``. MongoDB deletes each after 30 days."""

    indexes = (
        IndexModel([("webhook_id", 1), ("created_at", -1)]),
        IndexModel("message_id"),
        IndexModel("created_at", expireAfterSeconds=int(KEPT.total_seconds())),
    )

    def __init__(self, database: Database) -> None:
        super().__init__(database, "webhook_deliveries", Delivery)

    @staticmethod
    def belongs_to(aggregate: Delivery) -> tuple[str, ...]:
        """The message, if it tells of one."""
        return (aggregate.message_id,) if aggregate.message_id else ()

    async def newest(self, webhook_id: str, limit: int) -> list[Delivery]:
        """The newest deliveries to a receiver."""
        return await self.find({"webhook_id": webhook_id}, sort=[("created_at", -1)], limit=limit)
