"""Spans for MongoDB commands, from pymongo's monitoring. They have the command's name, not its content.

opentelemetry-instrumentation-pymongo puts the server's error message, which may quote a value, into the span; this
listener only the error code.
"""

from typing import Any

from opentelemetry.trace import Span
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from shared.tracing.spans import Tracing, failed

Key = tuple[int, Any]


class Commands(CommandListener):
    """The driver calls it in its threads, in the caller's context (Motor). Outside of a trace it does nothing."""

    def __init__(self, tracing: Tracing) -> None:
        self._tracing = tracing
        self._open: dict[Key, Span] = {}

    def started(self, event: CommandStartedEvent) -> None:
        """Start the span of a command."""
        command = event.command_name
        named = event.command.get("collection" if command == "getMore" else command)
        collection = named if isinstance(named, str) else ""
        span = self._tracing.call(
            f"{command} {collection}".strip(),
            {
                "db.system.name": "mongodb",
                "db.namespace": event.database_name,
                "db.collection.name": collection,
                "db.operation.name": command,
            },
        )
        if span:
            self._open[event.request_id, event.connection_id] = span

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """End its span."""
        if span := self._open.pop((event.request_id, event.connection_id), None):
            span.end()

    def failed(self, event: CommandFailedEvent) -> None:
        """End its span with the error code, or ``away``."""
        if span := self._open.pop((event.request_id, event.connection_id), None):
            failed(span, str(event.failure.get("codeName") or event.failure.get("code") or "away"))
            span.end()
