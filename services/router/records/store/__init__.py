"""The log of parked events, and (``chain``) the audit record of everything."""

from collections.abc import Sequence
from typing import Any

from pymongo import IndexModel

from services.router.records.domain import AuditEntry
from shared.documents import Database, Documents
from shared.events import CloudEvent, Event


class AuditLog(Documents[AuditEntry]):
    """Audit log of administrative actions. Entries are added; an erasure takes the reasons out of some."""

    indexes = (
        IndexModel("at"),
        IndexModel("message_id"),
    )

    def __init__(self, database: Database) -> None:
        super().__init__(database, "records", AuditEntry)

    def audited(
        self, aggregate: AuditEntry, announcing: Sequence[Event], handling: CloudEvent[Any] | None
    ) -> Sequence[Event]:
        """Each entry has its audit record."""
        return [aggregate.record]

    async def newest(self, *, limit: int = 50) -> list[AuditEntry]:
        """The latest entries, newest first."""
        return await self.find({}, sort=[("at", -1)], limit=limit)
