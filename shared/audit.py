"""Audit records: who did or read what, and which fields changed; no values, which are personal data.

Every record becomes an event ``<service>.audited``, of which the router makes an entry of its chain:

* A change of a document owes it in the same write (``Documents.audited``).
* What changes no document, as a failed log-in or reading, is one small document that owes it, written before the
  answer (``AuditRecords.write``, ``read``).
* What strangers do is counted, for each client and minute, and owed when the minute is over (``count``; OWASP ASVS 5.0,
  16.3).
"""

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from pydantic import AwareDatetime
from pymongo import IndexModel

from shared.documents import AlreadyExists, Database, Documents
from shared.events import Actor as EventActor
from shared.events import Audited, Event
from shared.scheduled import act_on_due, deciding
from shared.state import Actor, Aggregate

SAME_READING = timedelta(minutes=10)
"""Who opens the same thing again within this time has one record, at the first time."""
MINUTE = timedelta(minutes=1)
LATE = timedelta(seconds=10)
"""How much later than its minute something may be counted: clocks differ."""
KEPT = timedelta(hours=1)
"""How long a document stays after it was published: longer than SAME_READING."""
COUNT_SECONDS, SWEEP_SECONDS = 20.0, 600.0
"""Between two looks for minutes that are over, and for what may go."""
ACTING: ContextVar[Actor | None] = ContextVar("acting", default=None)
"""Who is signed in, while their request is answered."""
PEOPLE = ("officer", "unit", "submitter")
"""Kinds of actors who are people; the others are jobs."""


class AuditRecord(Aggregate):
    """One record. ``object_kind`` and ``object_id`` name the thing; ``count`` is how often it happened in that minute.

    ``client`` is a pseudonym (``shared.web.client``). Without ``actor`` nobody was signed in. ``message_id``: to which
    message the thing belongs. ``announced``: whether its event is owed, or was; False while its minute is counted, and
    absent in the records of 0.7.0 and older, which the chain takes as they are.
    """

    at: AwareDatetime
    action: str
    actor: Actor | None = None
    object_kind: str = ""
    object_id: str = ""
    fields: tuple[str, ...] = ()
    client: str = ""
    count: int = 1
    message_id: str | None = None
    announced: bool | None = None


class AuditRecords(Documents[AuditRecord]):
    """The records of one service that change no other document. ``event`` is the one that it owes."""

    indexes = (IndexModel([("announced", 1), ("at", 1)]),)

    def __init__(self, database: Database, event: type[Audited]) -> None:
        super().__init__(database, "audit", AuditRecord)
        self._event = event
        self._window, self._lately = 0, set[str]()

    async def write(
        self,
        action: str,
        *,
        actor: Actor | None = None,
        object_kind: str = "",
        object_id: str = "",
        client: str = "",
        message_id: str | None = None,
    ) -> None:
        """Store what changed no document."""
        about: dict[str, Any] = {"object_kind": object_kind, "object_id": object_id, "message_id": message_id}
        await self._owe(
            AuditRecord(id=str(uuid4()), at=self._now(), action=action, actor=actor, client=client, **about)
        )

    async def read(
        self,
        action: str,
        *,
        actor: Actor | None = None,
        object_kind: str,
        object_id: str,
        client: str = "",
        message_id: str | None = None,
    ) -> None:
        """Store that somebody read something; not again within SAME_READING. A stranger is known by the ``client``."""
        now = self._now()
        window = int(now.timestamp() // SAME_READING.total_seconds())
        who = (actor.kind, actor.id) if actor else ("client", client)
        record_id = _digest(action, *who, object_kind, object_id, window)
        if window != self._window:
            self._window, self._lately = window, set()
        if record_id in self._lately:
            return
        about: dict[str, Any] = {"object_kind": object_kind, "object_id": object_id, "message_id": message_id}
        with suppress(AlreadyExists):  # through another process
            await self._owe(AuditRecord(id=record_id, at=now, action=action, actor=actor, client=client, **about))
        self._lately.add(record_id)

    async def count(self, action: str, client: str) -> None:
        """Count what a stranger did: one record for each action, client and minute."""
        minute = self._now().replace(second=0, microsecond=0)
        record_id = _digest(action, client, minute.isoformat())
        if await self._counted(record_id):
            return
        try:
            await self.add(AuditRecord(id=record_id, at=minute, action=action, client=client, announced=False))
        except AlreadyExists:  # another request of the same minute was first
            if not await self._counted(record_id):
                await self.write(action, client=client)

    async def end_minutes(self) -> bool:
        """Owe what was counted in minutes that are over. Returns False: no more to do at once."""
        return await act_on_due(self, _over, deciding(self, self._ended))

    async def sweep(self) -> bool:
        """Delete what was published some time ago. Returns False: no more to do at once."""
        gone = {"announced": True, "at": {"$lt": self._now() - KEPT}, "outbox": {"$size": 0}}
        await self.collection.delete_many(gone)
        return False

    async def _counted(self, record_id: str) -> bool:
        counting = {"_id": record_id, "announced": False}
        counted = await self.collection.update_one(counting, {"$inc": {"count": 1, "revision": 1}})
        return counted.matched_count == 1

    async def _owe(self, record: AuditRecord) -> None:
        told = record.model_copy(update={"announced": True})
        await self.add(told, announcing=self._told(told))

    def _ended(self, record: AuditRecord, now: datetime) -> tuple[AuditRecord, Sequence[Event]] | None:
        if record.announced is not False:
            return None
        ended = record.model_copy(update={"announced": True})
        return ended, [self._told(ended).model_copy(update={"count": record.count})]

    def _told(self, record: AuditRecord) -> Audited:
        about = record.model_dump(include={"at", "action", "object_kind", "object_id", "fields", "message_id"})
        actor = EventActor.model_validate(record.actor) if record.actor else None
        return self._event(actor=actor, client=record.client or None, **about)

    def _now(self) -> datetime:
        return self.database.clock()


def audited_act(
    event: type[Audited], announcing: Iterable[Event], *, object_kind: str, object_id: str, at: datetime
) -> list[Event]:
    """The record of what people did, from what the same write announces: the first event that names one of them.

    None where the write announces a record already. The action is the type of the event.
    """
    announced = list(announcing)
    if any(isinstance(one, Audited) for one in announced):
        return []
    for act in announced:
        if act.actor and act.actor.kind in PEOPLE:
            ids = {"object_kind": object_kind, "object_id": object_id}
            message = getattr(act, "message_id", None)
            return [event(action=act.type, actor=act.actor, at=at, message_id=message, **ids)]
    return []


def _over(now: datetime) -> dict[str, Any]:
    return {"announced": False, "at": {"$lt": now - MINUTE - LATE}}


def _digest(*parts: object) -> str:
    return hashlib.sha256(":".join(map(str, parts)).encode()).hexdigest()
