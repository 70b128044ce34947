"""Audit records: who did what to which thing, and which of its fields changed; no values, which are personal data.

A change of a document owes its record as an event in the same write (``router.audited``). What changes no document, as
a failed log-in, is written before the answer. What strangers do is counted, for each client and minute (OWASP ASVS 5.0,
16.3).
"""

import hashlib
from datetime import datetime
from uuid import uuid4

from pydantic import AwareDatetime

from shared.documents import AlreadyExists, Database, Documents
from shared.state import Actor, Aggregate


class AuditRecord(Aggregate):
    """One record. ``object_kind`` and ``object_id`` name the thing; ``count`` is how often it happened in that minute.

    ``client`` is a pseudonym (``shared.web.client``). Without ``actor`` nobody was signed in.
    """

    at: AwareDatetime
    action: str
    actor: Actor | None = None
    object_kind: str = ""
    object_id: str = ""
    fields: tuple[str, ...] = ()
    client: str = ""
    count: int = 1


class AuditRecords(Documents[AuditRecord]):
    """Audit records of all services. They are added, and never changed but for the ``count`` of their minute."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "audit", AuditRecord)

    async def prepare(self) -> None:
        """Create the index for reading them, the newest first."""
        await super().prepare()
        await self.collection.create_index([("at", -1), ("_id", -1)])

    async def write(
        self,
        action: str,
        *,
        actor: Actor | None = None,
        object_kind: str = "",
        object_id: str = "",
        client: str = "",
    ) -> None:
        """Store what changed no document."""
        await self.add(
            AuditRecord(
                id=str(uuid4()),
                at=self.database.clock(),
                action=action,
                actor=actor,
                object_kind=object_kind,
                object_id=object_id,
                client=client,
            )
        )

    async def count(self, action: str, client: str) -> None:
        """Count what a stranger did: one record for each action, client and minute."""
        minute = self.database.clock().replace(second=0, microsecond=0)
        record_id = hashlib.sha256(f"{action}:{client}:{minute.isoformat()}".encode()).hexdigest()
        counted = await self.collection.update_one({"_id": record_id}, {"$inc": {"count": 1}})
        if counted.matched_count == 0:
            try:
                await self.add(AuditRecord(id=record_id, at=minute, action=action, client=client))
            except AlreadyExists:  # another request of the same minute was first
                await self.collection.update_one({"_id": record_id}, {"$inc": {"count": 1}})

    async def page(self, *, before: tuple[datetime, str] | None = None, limit: int) -> list[AuditRecord]:
        """The newest records, or those before a position: time and id."""
        query = {}
        if before:
            at, record_id = before
            query = {"$or": [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": record_id}}]}
        return await self.find(query, sort=[("at", -1), ("_id", -1)], limit=limit)
