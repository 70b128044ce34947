"""Audit records of all services: one event in, one entry of the chain out."""

from services.router.records.domain.chain import recorded
from services.router.records.store.chain import Chain
from shared.events import Audited, CloudEvent


class AuditHandlers:
    """Append to the audit chain."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain

    async def on_audited(self, event: CloudEvent[Audited]) -> None:
        """Append the record, under the event's id. Raises AlreadyProcessed when it is there."""
        await self.chain.append(recorded(event))
