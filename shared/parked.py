"""What no service could process and was laid aside, as people see it. Knows no RabbitMQ."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from pydantic import AwareDatetime

from shared.state import Aggregate

PARKED = "parked"
"""The router's collection of them."""
HIDDEN = "…"
SECRETS = frozenset({"link", "tracking_code", "status_url"})
"""Fields of events that open something."""


class Parked(Aggregate):
    """One parked event. ``queue`` is where it failed and would go again.

    ``since`` is when it was parked; when the broker did it (``by_broker``), when it was taken from its queue. ``id`` is
    a hash of queue, event and that time. ``message`` is a ``ParkedMessage`` as text; the router keeps it sealed.
    """

    service: str
    event_id: str
    correlation_id: str
    queue: str
    reason: str
    attempts: int
    since: AwareDatetime
    by_broker: bool
    message: str
    seal_key: str = ""
    """Names the key that ``message`` is sealed with; empty when an older version stored it."""
    claimed_until: AwareDatetime | None = None
    """Somebody is sending it again, or discarding it."""

    @property
    def type(self) -> str:
        """``message.submitted``."""
        return self.queue.removeprefix(f"{self.service}.")


@dataclass(frozen=True)
class ParkedMessage:
    """What travels once more when a parked event is sent again, beside its ids."""

    body: bytes
    content_type: str | None
    headers: Mapping[str, Any]

    def dump(self) -> str:
        """As text."""
        return json.dumps(vars(self) | {"body": b64encode(self.body).decode()})

    @classmethod
    def load(cls, text: str) -> Self:
        """From what ``dump`` returned."""
        fields = json.loads(text)
        return cls(**fields | {"body": b64decode(fields["body"])})

    @property
    def content(self) -> str:
        """The event for people to read, without what opens a page; what is not JSON as it came."""
        try:
            read = json.dumps(_hidden(json.loads(self.body)), ensure_ascii=False, indent=2)
        except (ValueError, RecursionError):
            return self.body.decode("utf-8", "backslashreplace")
        return read.encode("utf-8", "backslashreplace").decode()  # JSON may name half a character


@dataclass(frozen=True)
class ParkedFilter:
    """Which parked events are meant; what is empty matches all. ``reason`` is a part of the reason, in any case."""

    service: str = ""
    event_id: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Backlog:
    """How many wait, and since when the oldest of them; None when none does, or nobody knows."""

    count: int = 0
    since: datetime | None = None


def _hidden(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: HIDDEN if key in SECRETS else _hidden(inner) for key, inner in value.items()}
    return [_hidden(inner) for inner in value] if isinstance(value, list) else value
