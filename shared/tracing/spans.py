"""Spans and the context that ties them together (W3C Trace Context). Off, and for nothing, unless a collector is named.

A span says which route, queue, collection or letter, and by which ids. Never a path, a text, an address, or what an
exception said: those hold codes, links and personal data. Knows no RabbitMQ and no MongoDB.
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
"""Seconds a stopping process waits for a collector that does not answer."""

Attributes = Mapping[str, str | int]
NOTHING = nullcontext(INVALID_SPAN)
"""Where traces are off: one for all, for it has no state."""
_context = TraceContextTextMapPropagator()


class Tracing:
    """The traces of one process; without a provider there are none, and every call returns at once."""

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
        """Work on one thing, as part of what is being done, or of ``parent``, a traceparent from elsewhere."""
        if not self.on:
            return NOTHING
        return self._span(name, kind, attributes, parent, links)

    def here(self) -> str | None:
        """The traceparent of what is being done, for whoever continues it later; None outside of a trace."""
        if not self.on:
            return None
        carrier: dict[str, str] = {}
        _context.inject(carrier)
        return carrier.get(TRACEPARENT)

    def headers(self) -> dict[str, str] | None:
        """The same, for a message."""
        here = self.here()
        return {TRACEPARENT: here} if here else None

    def rejoined(
        self,
        traceparent: str | None,
        name: str,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes | None = None,
    ) -> AbstractContextManager[Span]:
        """Go on in an earlier trace, with a link to where we come from; without one, or in it already, just go on."""
        now = trace.get_current_span()
        here = now.get_span_context()
        if not self.on or traceparent is None or f"{here.trace_id:032x}" in traceparent:
            return nullcontext(now)
        return self.span(name, kind, attributes, parent=traceparent, links=[Link(here)] if here.is_valid else [])

    def call(self, name: str, attributes: Attributes) -> Span | None:
        """A call to a store, to be ended by whoever sees its end; None when it is part of nothing that is traced."""
        if not trace.get_current_span().is_recording():
            return None
        return self._tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)

    async def stop(self) -> None:
        """Hand the last spans over, if the collector takes them soon."""
        if self._provider:
            handing_over = Thread(target=self._provider.shutdown, daemon=True)  # it may wait for half a minute
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
    """Mark a span. ``why`` is a class or a code, never a sentence."""
    span.set_attribute("error.type", why)
    span.set_status(StatusCode.ERROR)


OFF = Tracing()
