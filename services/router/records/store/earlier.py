"""Audit records of 0.7.0 and older, which know no chain: they are taken into it once, the oldest first.

Processes of that version, which run during an upgrade, go on writing such records; so this is looked for again and
again. The records stay where they are.
"""

from datetime import timedelta
from typing import Any

from services.router.records.domain import AuditEntry
from services.router.records.domain.chain import ABOUT_CASES, Recorded
from services.router.records.store import AuditLog
from services.router.records.store.chain import Chain
from shared.audit import AuditRecord, AuditRecords
from shared.documents import AGGREGATE

TOGETHER = 200
UNCHAINED: dict[str, Any] = {"announced": None, "chained_at": None, "erased_at": None}
STILL_COUNTED = timedelta(minutes=2)
"""The old version counts in a record until its minute is over."""


class EarlierRecords:
    """Those that are not in the chain. ``event_id`` of their entries is their own id, so that each gets one."""

    def __init__(self, records: AuditRecords, log: AuditLog, chain: Chain) -> None:
        self.records, self.log, self.chain = records, log, chain

    async def run(self) -> bool:
        """Take some of them. Returns whether there are more."""
        of_records = await self._some(self.records)
        of_log = await self._some(self.log)
        full = [some[-1]["at"] for some in (of_records, of_log) if len(some) == TOGETHER]
        until = min(full, default=None)
        told = [_recorded(AuditRecord.model_validate(_with_id(one))) for one in of_records]
        told += [_recorded_act(AuditEntry.model_validate(_with_id(one))) for one in of_log]
        told = sorted((one for one in told if until is None or one.at <= until), key=lambda one: (one.at, one.event_id))
        await self.chain.add(told)
        ids, now = [one.event_id for one in told], self.records.database.clock()
        for store in (self.records, self.log):
            await store.collection.update_many({"_id": {"$in": ids}}, {"$set": {"chained_at": now}})
        return bool(full)

    async def _some(self, store: AuditRecords | AuditLog) -> list[dict[str, Any]]:
        before = self.records.database.clock() - STILL_COUNTED
        query = {**UNCHAINED, "at": {"$lt": before}}
        return [found async for found in store.collection.find(query, AGGREGATE).sort("at", 1).limit(TOGETHER)]


def _with_id(found: dict[str, Any]) -> dict[str, Any]:
    return {"id": found["_id"], **found}


def _recorded(record: AuditRecord) -> Recorded:
    return Recorded(
        event_id=record.id,
        service="router",
        client=record.client or None,
        count=record.count if record.count > 1 else None,
        message_id=record.object_id if record.object_kind in ABOUT_CASES else None,
        **record.model_dump(include={"at", "actor", "action", "object_kind", "object_id", "fields"}),
    )


def _recorded_act(entry: AuditEntry) -> Recorded:
    told = entry.record
    about = told.model_dump(include={"at", "actor", "action", "object_kind", "object_id"})
    return Recorded(event_id=entry.id, service="router", **about)
