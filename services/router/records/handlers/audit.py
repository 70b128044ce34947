"""Changes that owe an audit record: one event in, one store call out."""

from shared.audit import AuditRecord, AuditRecords
from shared.events import CloudEvent, RouterAudited
from shared.state import Actor


class AuditHandlers:
    """Keep the audit log."""

    def __init__(self, audit: AuditRecords) -> None:
        self.audit = audit

    async def on_router_audited(self, event: CloudEvent[RouterAudited]) -> None:
        """Store the record under the event's id."""
        told = event.data
        actor = Actor.model_validate(told.actor) if told.actor else None
        about = told.model_dump(include={"at", "action", "object_kind", "object_id", "fields"})
        await self.audit.add(AuditRecord(id=event.id, actor=actor, **about), handling=event)
