"""Orders to destroy: the router carries out its own part, and keeps what the others answer."""

from datetime import datetime
from functools import partial

from services.router.records.domain.orders import answered
from services.router.records.store.orders import Orders
from shared.erasure import Eraser
from shared.events import CloudEvent, Erased, ErasureOrdered
from shared.retrying import on_conflict

ROUTER = "router"


class ErasureHandlers:
    """What is ordered, and what was done."""

    def __init__(self, eraser: Eraser, orders: Orders) -> None:
        self._eraser, self._orders = eraser, orders

    async def on_erasure_ordered(self, event: CloudEvent[ErasureOrdered]) -> None:
        """The router's own part. Its answer needs no event."""
        order_id = event.data.order_id
        await self._eraser.on_erasure_ordered(event)
        erasure = await self._eraser.get(order_id)
        assert erasure.done_at
        await on_conflict(partial(self._keep, order_id, ROUTER, dict(erasure.parts or {}), erasure.done_at))

    async def on_erased(self, event: CloudEvent[Erased]) -> None:
        """What another service has done, named by the type of its event. Answered again, it is the same."""
        told = event.data
        parts = {part.what: part.number for part in told.parts}
        await self._keep(told.order_id, told.type.partition(".")[0], parts, told.erased_at)

    async def _keep(self, order_id: str, service: str, parts: dict[str, int], at: datetime) -> None:
        order = await self._orders.get(order_id)
        if (after := answered(order, service, parts, at)) != order:
            await self._orders.save(after)
