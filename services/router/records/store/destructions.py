"""The collection ``destructions``: the destruction record, one entry for each order."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from pymongo import IndexModel

from services.router.records.domain.destruction import Destruction, answered, entry_of, recorded
from services.router.records.store.orders import Orders
from shared.documents import AlreadyExists, Conflict, Database, Documents

YEAR = timedelta(days=366)


class Destructions(Documents[Destruction]):
    """Kept for ``years``, then forgotten. Written from the orders; nobody changes an entry by hand."""

    indexes = (
        IndexModel([("number", -1)]),
        IndexModel("request_id"),
        IndexModel("ordered_at"),
        IndexModel("done_at", name="waiting", partialFilterExpression={"done_at": None}),
    )

    def __init__(self, database: Database, orders: Orders, *, years: int) -> None:
        super().__init__(database, "destructions", Destruction)
        self._orders, self._years = orders, years

    async def record(self) -> bool:
        """Enter new orders and new answers. Returns False: no more to do at once."""
        newest = await self.find({}, sort=[("number", -1)], limit=1)
        await self._enter({"number": {"$gt": newest[0].number if newest else 0}})
        waiting = [entry async for entry in self._all({"done_at": None})]
        for entry in waiting:
            if changed := answered(entry, await self._orders.get(entry.id), self.database.clock()):
                with suppress(Conflict):  # another process has entered it
                    await self.save(changed[0], announcing=changed[1])
        return False

    async def record_all(self) -> bool:
        """Enter the orders that have no entry, such as after a restore. Returns False: no more to do at once."""
        known = {entry_id async for entry_id in self.ids({})}
        since = {"ordered_at": {"$gte": self._oldest()}}
        missing = [order_id async for order_id in self._orders.ids(since) if order_id not in known]
        await self._enter({"_id": {"$in": missing}})
        return False

    async def forget(self) -> bool:
        """Forget the entries whose time is over. Returns False: no more to do at once."""
        await self.collection.delete_many({"ordered_at": {"$lt": self._oldest()}, "done_at": {"$ne": None}})
        return False

    async def of(self, record_id: str) -> list[Destruction]:
        """The entries of a run or a request, or the one of an order."""
        return await self.find(
            {"$or": [{"request_id": record_id}, {"_id": record_id}]}, sort=[("number", 1)], limit=2_000
        )

    async def page(self, *, before: int | None = None, limit: int) -> list[dict[str, Any]]:
        """The newest ones, those of one run or request together: its id, numbers, cases, times and who ordered it."""
        counted = self.collection.aggregate(
            [
                {"$sort": {"number": -1}},
                {
                    "$group": {
                        "_id": {"$ifNull": ["$request_id", "$_id"]},
                        "first": {"$min": "$number"},
                        "last": {"$max": "$number"},
                        "orders": {"$sum": 1},
                        "cases": {"$sum": "$cases"},
                        "ordered_at": {"$min": "$ordered_at"},
                        "waiting": {"$sum": {"$cond": [{"$ifNull": ["$done_at", False]}, 0, 1]}},
                        "kinds": {"$addToSet": "$kind"},
                        "by": {"$first": "$by"},
                    }
                },
                {"$match": {"last": {"$lt": before}} if before is not None else {}},
                {"$sort": {"last": -1}},
                {"$limit": limit},
            ]
        )
        return [row async for row in counted]

    async def waiting_since(self) -> datetime | None:
        """Since when the oldest order waits for a service; None when none does."""
        found = await self._orders.find({"done_at": None}, sort=[("ordered_at", 1)], limit=1)
        return found[0].ordered_at if found else None

    async def _enter(self, query: dict[str, Any]) -> None:
        for order in await self._orders.find(query, sort=[("number", 1)], limit=10_000):
            entry = entry_of(order)
            with suppress(AlreadyExists):  # another process has entered it
                await self.add(entry, announcing=recorded(entry, self.database.clock()))

    async def _all(self, query: dict[str, Any]) -> AsyncIterator[Destruction]:
        for entry in await self.find(query, sort=[("number", 1)], limit=10_000):
            yield entry

    def _oldest(self) -> datetime:
        return self.database.clock() - self._years * YEAR
