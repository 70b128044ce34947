"""Spans and their context (W3C Trace Context). Off, at no cost, unless a collector is configured.

A span names route, queue, collection or letter, and ids. It never contains a path, a text, an address or an exception's
message, because these may contain secrets and personal data. Knows no RabbitMQ and no MongoDB.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Thread
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.trace import INVALID_SPAN, Link, NoOpTracer, Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:  # the SDK is imported only where traces are on
    from opentelemetry.sdk.trace import TracerProvider

TRACEPARENT = "traceparent"
LAST_WORDS = 3.0
"""Seconds that a stopping process waits for the collector."""

Attributes = Mapping[str, str | int]
NOTHING = nullcontext(INVALID_SPAN)
"""The span context while tracing is off. It has no state, so one instance suffices."""
_context = TraceContextTextMapPropagator()


class Tracing:
    """The tracing of one process; off without a provider."""

    def __init__(self, provider: "TracerProvider | None" = None) -> None:
        self.on = provider is not None
        self._provider = provider
        self._tracer = provider.get_tracer("klu") if provider else NoOpTracer()

    def span(
        self,
        name: str,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes | None = None,
        *,
        parent: str | None = None,
        links: Sequence[Link] = (),
    ) -> AbstractContextManager[Span]:
        """Run the block in a new span, a child of the current one or of ``parent``, a traceparent."""
        if not self.on:
            return NOTHING
        return self._span(name, kind, attributes, parent, links)

    def here(self) -> str | None:
        """The traceparent of the current span; None outside of a trace."""
        if not self.on:
            return None
        carrier: dict[str, str] = {}
        _context.inject(carrier)
        return carrier.get(TRACEPARENT)

    def headers(self) -> dict[str, str] | None:
        """The same as headers of a message."""
        here = self.here()
        return {TRACEPARENT: here} if here else None

    def rejoined(
        self,
        traceparent: str | None,
        name: str,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes | None = None,
    ) -> AbstractContextManager[Span]:
        """Run the block in a span of an earlier trace, linked to the current one. Inside that trace: no new span."""
        now = trace.get_current_span()
        here = now.get_span_context()
        if not self.on or traceparent is None or f"{here.trace_id:032x}" in traceparent:
            return nullcontext(now)
        return self.span(name, kind, attributes, parent=traceparent, links=[Link(here)] if here.is_valid else [])

    def call(self, name: str, attributes: Attributes) -> Span | None:
        """Start the span of a call to a store. The caller ends it. None outside of a trace."""
        if not trace.get_current_span().is_recording():
            return None
        return self._tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)

    async def stop(self) -> None:
        """Export the last spans, if the collector takes them within ``LAST_WORDS`` seconds."""
        if self._provider:
            handing_over = Thread(target=self._provider.shutdown, daemon=True)  # shutdown may take 30 s
            handing_over.start()
            await asyncio.to_thread(handing_over.join, LAST_WORDS)

    @contextmanager
    def _span(
        self, name: str, kind: SpanKind, attributes: Attributes | None, parent: str | None, links: Sequence[Link]
    ) -> Iterator[Span]:
        context = _context.extract({TRACEPARENT: parent}) if parent else None
        with self._tracer.start_as_current_span(
            name, context, kind, attributes, links, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except Exception as error:
                failed(span, type(error).__qualname__)
                raise


def failed(span: Span, why: str) -> None:
    """Mark a span as failed. ``why`` is the name of a class or a code, never a message."""
    span.set_attribute("error.type", why)
    span.set_status(StatusCode.ERROR)


OFF = Tracing()
