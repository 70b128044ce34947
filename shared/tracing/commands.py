"""MongoDB's commands as spans, by pymongo's own monitoring. Only their names: a statement holds what people wrote.

The listener of opentelemetry-instrumentation-pymongo puts the server's error message into the span, which may quote a
value; this one has its code alone.
"""

from typing import Any

from opentelemetry.trace import Span
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from shared.tracing.spans import Tracing, failed

Key = tuple[int, Any]


class Commands(CommandListener):
    """Called in the driver's threads, which Motor gives their caller's context. Outside of a trace it does nothing."""

    def __init__(self, tracing: Tracing) -> None:
        self._tracing = tracing
        self._open: dict[Key, Span] = {}

    def started(self, event: CommandStartedEvent) -> None:
        """A command leaves."""
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
        """Its answer is there."""
        if span := self._open.pop((event.request_id, event.connection_id), None):
            span.end()

    def failed(self, event: CommandFailedEvent) -> None:
        """The server refused it, or was lost."""
        if span := self._open.pop((event.request_id, event.connection_id), None):
            failed(span, str(event.failure.get("codeName") or event.failure.get("code") or "away"))
            span.end()
