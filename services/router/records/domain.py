"""The record of what was done to the system's own business, by whom and why. Holds references, no personal data."""

from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.parked import Parked


class AuditAction(StrEnum):
    """What was done."""

    REDRIVEN = "event_redriven"
    DISCARDED = "event_discarded"


class AuditEntry(BaseModel):
    """One deed. ``because`` is the reason its doer gave; ``trouble`` is why the event had been parked."""

    model_config = ConfigDict(frozen=True)

    id: str
    revision: int = 0
    at: AwareDatetime
    by: str
    deed: AuditAction
    message_id: str
    event_id: str
    queue: str
    setup_error: str
    because: str = ""


def audit(deed: AuditAction, parked: Parked, *, by: str, now: datetime, because: str = "") -> AuditEntry:
    """The entry about one parked event."""
    return AuditEntry(
        id=str(uuid4()),
        at=now,
        by=by,
        deed=deed,
        message_id=parked.correlation_id,
        event_id=parked.event_id,
        queue=parked.queue,
        setup_error=parked.reason,
        because=because,
    )
