"""The collection ``erasure_orders``."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from pymongo import IndexModel

from services.router.cases.store.cases import Cases
from services.router.records.domain.orders import ErasureOrder, OnHold, line_of, order_of, ordered
from shared.destruction import DestructionLog, Erasing, LoggedOrder
from shared.documents import Database, Documents
from shared.scheduled import act_on_due
from shared.state import Actor

ASKED_AGAIN = timedelta(hours=1)
"""After which an order is told again that a service has not answered."""
HELD = {"hold": {"$ne": None}}
DECIDED_WITHIN = timedelta(minutes=1)
"""A process that takes longer to order has ended in the middle of it."""
LOOK_AGAIN = 0.05
"""Seconds until somebody who waits for a decision looks again."""


class Orders(Documents[ErasureOrder]):
    """Orders to destroy, each with what the services have answered. None is ever deleted: they prove what was done."""

    indexes = (
        IndexModel("number", unique=True),
        IndexModel("ordered_at", name="open", partialFilterExpression={"done_at": None}),
        IndexModel("request_id"),
    )

    def __init__(self, database: Database, cases: Cases, destruction_log: DestructionLog) -> None:
        super().__init__(database, "erasure_orders", ErasureOrder)
        self._cases, self.log = cases, destruction_log
        self._deciding = database["erasure_intents"]
        cases.is_going = self.is_ordered

    async def prepare(self) -> None:
        """One order for one number; those that are not done; those of a person's request."""
        await super().prepare()
        await self._deciding.create_indexes([IndexModel("message_ids"), IndexModel("at", expireAfterSeconds=3600)])

    async def order(
        self,
        *,
        kind: Erasing,
        message_ids: Sequence[str] = (),
        mail_ids: Sequence[str] = (),
        addresses: Sequence[str] = (),
        signatures: Sequence[str] = (),
        rule: str,
        by: Actor,
        request_id: str | None = None,
    ) -> ErasureOrder:
        """Order to destroy: write the order to the destruction log, then keep it and tell all services.

        ``addresses`` are e-mail addresses; only digests of them are stored. ``signatures`` are ids of assignments.
        Raises NoDestructionLog, OnHold, and ValueError for more than 500 ids of a kind or 50 addresses. An order that
        is in the log is carried out, also when this process dies before it is kept (``adopt``).
        """
        order_id = str(uuid4())
        make = partial(
            line_of,
            order_id=order_id,
            kind=kind,
            message_ids=message_ids,
            mail_ids=mail_ids,
            addresses=addresses,
            signatures=signatures,
            rule=rule,
            by=by,
            request_id=request_id,
            now=self.database.clock(),
        )
        async with self._decision(order_id, message_ids):
            await self._require_free(message_ids, signatures)
            line = await asyncio.to_thread(self.log.append, make, known=await self._highest())
            order = order_of(line)
            await self.add(order, announcing=ordered(order))
        return order

    async def adopt(self) -> bool:
        """Keep the orders of the log that are not here: a process died, or a restore. False: no more to do at once.

        Raises NoDestructionLog when the log lacks one that is here.
        """
        for line in await self.logged():
            if await self.collection.find_one({"_id": line.order_id}, {"_id": 1}) is None:
                order = await self.get_or_add(order_of(line))
                await self.ask_again(order.id, order.ordered_at)
        return False

    async def logged(self) -> list[LoggedOrder]:
        """The lines of the log. Raises NoDestructionLog when it cannot be read, or lacks an order that was given."""
        given = {order_id async for order_id in self.ids({})}  # first: an order is in the log before it is here
        lines = await asyncio.to_thread(self.log.read)
        self.log.require(given, lines)
        return lines

    @staticmethod
    def unanswered(now: datetime) -> dict[str, Any]:
        """Query for the orders that are not done after a while."""
        return {"done_at": None, "ordered_at": {"$lt": now - ASKED_AGAIN}}

    async def ask_unanswered(self) -> bool:
        """Tell of all of them again. Returns False: no more to do at once."""
        return await act_on_due(self, self.unanswered, self.ask_again)

    async def ask_again(self, order_id: str, now: datetime) -> None:
        """Tell all services of an order once more; those that have done it answer the same again."""
        order = await self.get(order_id)
        await self.replace(order, announcing=ordered(order))

    async def is_ordered(self, case_id: str) -> bool:
        """Whether a service has still to destroy its part of this case: from then on no hold can keep it.

        Waits for whoever decides about it at this moment: who sets a hold stores it first and asks then, who orders
        says so first and looks for holds then, so one of them sees the other.
        """
        while await self._is_decided_now(case_id):  # noqa: ASYNC110  # the other may be another process
            await asyncio.sleep(LOOK_AGAIN)
        found = await self.collection.find_one({"done_at": None, "message_ids": case_id}, {"_id": 1})
        return found is not None

    async def of_request(self, request_id: str) -> list[ErasureOrder]:
        """The orders that a person's request has led to, the oldest first."""
        return await self.find({"request_id": request_id}, sort=[("number", 1)], limit=1000)

    @asynccontextmanager
    async def _decision(self, order_id: str, message_ids: Sequence[str]) -> AsyncIterator[None]:
        at = self.database.clock()
        await self._deciding.insert_one({"_id": order_id, "message_ids": list(message_ids), "at": at})
        try:
            yield
        finally:
            await self._deciding.delete_one({"_id": order_id})

    async def _is_decided_now(self, case_id: str) -> bool:
        since = self.database.clock() - DECIDED_WITHIN
        return await self._deciding.find_one({"message_ids": case_id, "at": {"$gt": since}}, {"_id": 1}) is not None

    async def _highest(self) -> int:
        newest = await self.find({}, sort=[("number", -1)], limit=1)
        return newest[0].number if newest else 0

    async def _require_free(self, message_ids: Sequence[str], signatures: Sequence[str]) -> None:
        """A case under legal hold stays as it is, whoever asks."""
        meant = {"_id": list(message_ids), "assignments.id": list(signatures)}
        queries = [{field: {"$in": ids}, **HELD} for field, ids in meant.items() if ids]
        held = [case_id for query in queries async for case_id in self._cases.ids(query)]
        if held:
            raise OnHold(held)
