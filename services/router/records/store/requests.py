"""The collection ``person_requests``. What tells who the person is, is stored sealed: a scan or a dump shows nobody."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo import IndexModel

from services.router.records.domain.requests import KEPT, TOO_LARGE, TRIED_AGAIN, PersonRequest, Private, RequestState
from shared.documents import Database, Documents
from shared.events import CloudEvent, Event

MOST_LISTED = 200
OPEN = {"state": {"$ne": RequestState.CLOSED.value}}
TO_ORDER = {"erasure.placed_at": None, "erasure.at": {"$type": "date"}}


class PersonRequests(Documents[PersonRequest]):
    """Requests of people about their data."""

    indexes = (
        IndexModel([("state", 1), ("due_at", 1)]),
        IndexModel("closed_at", partialFilterExpression={"closed_at": {"$type": "date"}}),
    )

    def __init__(self, database: Database) -> None:
        super().__init__(database, "person_requests", PersonRequest)

    async def add(
        self,
        aggregate: PersonRequest,
        *,
        announcing: Event | Sequence[Event] = (),
        handling: CloudEvent[Any] | None = None,
    ) -> None:
        """Keep a new request."""
        await super().add(self._closed(aggregate), announcing=announcing, handling=handling)

    async def save(
        self,
        aggregate: PersonRequest,
        *,
        announcing: Event | Sequence[Event] = (),
        handling: CloudEvent[Any] | None = None,
    ) -> PersonRequest:
        """Update a request."""
        return await super().save(self._closed(aggregate), announcing=announcing, handling=handling)

    async def open(self) -> list[PersonRequest]:
        """Those that were not answered, the next last day first."""
        return await self.find(OPEN, sort=[("due_at", 1), ("_id", 1)], limit=MOST_LISTED)

    async def closed(self) -> list[PersonRequest]:
        """Those that were, the newest first."""
        return await self.find({"state": RequestState.CLOSED.value}, sort=[("closed_at", -1)], limit=MOST_LISTED)

    @staticmethod
    def exports_to_make(now: datetime) -> dict[str, Any]:
        """Query for the requests with an export that is not there yet."""
        due = {"export.trouble": {"$ne": TOO_LARGE}, "export.tried_at": {"$not": {"$gt": now - TRIED_AGAIN}}}
        return OPEN | {"export.number": {"$gt": 0}, "export.ready_at": None} | due

    @staticmethod
    def to_order(now: datetime) -> dict[str, Any]:
        """Query for the requests with an erasure whose orders are not placed."""
        return TO_ORDER

    @staticmethod
    def outlived(now: datetime) -> dict[str, Any]:
        """Query for the closed requests whose time is over."""
        return {"closed_at": {"$lte": now - KEPT, "$type": "date"}, "forgotten_at": None}

    def sealed_before(self, now: datetime) -> dict[str, Any]:
        """Query for those that are not sealed with the newest key."""
        assert self.database.seal
        return {"sealed": {"$nin": ["", None]}, "seal_key": {"$ne": self.database.seal.key_id}}

    async def seal_anew(self, request_id: str, now: datetime) -> None:
        """Seal one with the newest key. Raises WrongKey when no key opens it."""
        await self.save(await self.get(request_id))

    def _closed(self, asked: PersonRequest) -> PersonRequest:
        assert self.database.seal
        if asked.private is None:
            return asked.model_copy(update={"sealed": "", "seal_key": ""})
        sealed = self.database.seal.close(asked.private.model_dump_json())
        return asked.model_copy(update={"sealed": sealed, "seal_key": self.database.seal.key_id})

    def _read(self, found: dict[str, Any]) -> PersonRequest:
        asked = super()._read(found)
        if not asked.sealed:
            return asked
        assert self.database.seal
        private = Private.model_validate_json(self.database.seal.open(asked.sealed))
        return asked.model_copy(update={"private": private})
