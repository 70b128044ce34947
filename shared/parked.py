"""What no service could process and was laid aside, as people see it. Knows no RabbitMQ."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

HIDDEN = "…"
SECRETS = frozenset({"link", "tracking_code", "status_url"})
"""Fields of events that open something."""


@dataclass(frozen=True)
class Parked:
    """One parked event. ``queue`` is where it failed and would go again; ``at`` is None when the broker parked it."""

    service: str
    event_id: str
    correlation_id: str
    queue: str
    reason: str
    attempts: int
    at: datetime | None
    body: bytes

    @property
    def type(self) -> str:
        """``message.submitted``."""
        return self.queue.removeprefix(f"{self.service}.")

    @property
    def content(self) -> str:
        """The event for people to read, without what opens a page; what is not JSON as it came."""
        try:
            return json.dumps(_hidden(json.loads(self.body)), ensure_ascii=False, indent=2)
        except ValueError:
            return self.body.decode("utf-8", "backslashreplace")


@dataclass(frozen=True)
class ParkedFilter:
    """Which parked events are meant; what is empty matches all."""

    service: str = ""
    event_id: str = ""
    reason: str = ""

    def matches(self, parked: Parked) -> bool:
        """Whether this one is meant. ``reason`` is a part of its reason."""
        ours = self.service in ("", parked.service) and self.event_id in ("", parked.event_id)
        return ours and self.reason.casefold() in parked.reason.casefold()


def _hidden(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: HIDDEN if key in SECRETS else _hidden(inner) for key, inner in value.items()}
    return [_hidden(inner) for inner in value] if isinstance(value, list) else value
