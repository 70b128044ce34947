"""The audit log: administrative actions with person and reason. It contains ids, and no data of submitters."""

from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from pydantic import AwareDatetime

from shared.events import RouterAudited
from shared.parked import Parked
from shared.state import Actor, Aggregate, Open


class AuditAction(StrEnum):
    """What was done to a parked event."""

    REDRIVEN = "event_redriven"
    DISCARDED = "event_discarded"


class AuditEntry(Aggregate):
    """One action. ``because`` is its reason; ``trouble`` is the reason why the event was parked.

    ``by`` is the name at that time, ``actor`` the account; a command on the server has no actor.
    """

    at: AwareDatetime
    by: str
    actor: Actor | None = None
    deed: Open[AuditAction]
    message_id: str
    event_id: str
    queue: str
    trouble: str
    because: str = ""
    announced: bool | None = None
    """Whether its audit record is owed, or was; absent in entries of 0.7.0 and older, which the chain takes itself."""

    @property
    def record(self) -> RouterAudited:
        """The audit record of it."""
        actor = self.actor or Actor(kind="system", id="command")
        told = {"action": self.deed, "object_kind": "parked", "object_id": self.event_id, "at": self.at}
        return RouterAudited.model_validate(told | {"actor": actor.model_dump(include={"kind", "id"})})


def audit(
    action: AuditAction, parked: Parked, *, by: str, now: datetime, actor: Actor | None = None, because: str = ""
) -> AuditEntry:
    """Make the entry about one parked event."""
    return AuditEntry(
        id=str(uuid4()),
        at=now,
        by=by,
        actor=actor,
        deed=action,
        message_id=parked.correlation_id,
        event_id=parked.event_id,
        queue=parked.queue,
        trouble=parked.reason,
        because=because,
        announced=True,
    )
