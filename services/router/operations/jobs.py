"""Parked events of all services come from their queues into the router's database."""

import asyncio

from services.router.operations.store import ParkedEvents
from shared.broker.parking import BrokerAway, ParkedQueues
from shared.tasks import run_periodically

EVERY = 1.0
"""Seconds between two looks at the queues."""


class ParkedMover:
    """Moves them as they come, in any number of processes. While MongoDB is away, the queues keep them."""

    def __init__(self, queues: ParkedQueues, parked: ParkedEvents) -> None:
        self._queues, self._parked = queues, parked

    async def run(self) -> None:
        """Move for ever."""
        try:
            await run_periodically(self.move, wake=asyncio.Event(), every=EVERY)
        finally:
            await self._queues.close()

    async def move(self) -> bool:
        """Move what waits now; True when there may be more. A broker that is away is the watch's to report."""
        try:
            return await self._queues.move(self._parked.keep) > 0
        except BrokerAway:
            return False
