"""Prometheus metrics of a service, in a registry of its own.

Names and units follow Prometheus' conventions; HTTP follows OpenTelemetry's. ``docs/watching.md`` says what they mean.
"""

from collections.abc import Mapping
from time import perf_counter

from opentelemetry.trace import Span, SpanKind
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.tracing.spans import OFF, Tracing, failed

METHODS = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"})
HTTP_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""As OpenTelemetry's conventions for ``http.server.request.duration`` advise."""
EVENT_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
"""A consumer may hold an event for minutes while a dependency is away."""


class Telemetry:
    """The metrics that every service has, and its tracing."""

    def __init__(self, tracing: Tracing = OFF) -> None:
        self.tracing = tracing
        self.registry = registry = CollectorRegistry()
        for collect in (ProcessCollector, PlatformCollector, GCCollector):
            collect(registry=registry)
        self.events = Counter(
            "klu_events_handled_total", "Events by queue and outcome.", ["queue", "outcome"], registry=registry
        )
        self.handling = Histogram(
            "klu_event_handling_duration_seconds",
            "From the delivery of an event to its acknowledgement, including waits for a dependency.",
            ["queue"],
            buckets=EVENT_SECONDS,
            registry=registry,
        )
        self.published = Counter(
            "klu_events_published_total", "Events handed to the broker and confirmed.", ["type"], registry=registry
        )
        self.publish_failures = Counter(
            "klu_event_publish_failures_total", "Publishes that were not confirmed.", registry=registry
        )
        self.oldest_unpublished = Gauge(
            "klu_oldest_owed_event_age_seconds", "Age of the oldest event not yet published.", registry=registry
        )
        self.parked = Gauge("klu_parked_events", "Events that wait for an operator.", registry=registry)
        self.oldest_parked = Gauge(
            "klu_oldest_parked_event_age_seconds", "Age of the oldest parked event.", registry=registry
        )
        self.dependency = Gauge(
            "klu_dependency_up",
            "Whether a dependency answered the last check: 1 or 0.",
            ["dependency"],
            registry=registry,
        )
        self.requests = Histogram(
            "http_server_request_duration_seconds",
            "Duration of HTTP requests, from the first byte read to the last one sent.",
            ["http_request_method", "http_route", "http_response_status_code"],
            buckets=HTTP_SECONDS,
            registry=registry,
        )
        self._ages: dict[str, Gauge] = {}
        self._counts: dict[str, Gauge] = {}

    def age(self, what: str) -> Gauge:
        """The gauge ``klu_oldest_<what>_age_seconds``, created at its first use."""
        if what not in self._ages:
            name, says = f"klu_oldest_{what}_age_seconds", f"Age of the oldest {what.replace('_', ' ')}."
            self._ages[what] = Gauge(name, says, registry=self.registry)
        return self._ages[what]

    def count(self, what: str, by: str, counted: Mapping[str, int]) -> None:
        """Set the gauge ``klu_<what>{<by>="…"}`` for each kind in ``counted``."""
        if what not in self._counts:
            says = f"Number of {what.replace('_', ' ')}, by {by}."
            self._counts[what] = Gauge(f"klu_{what}", says, [by], registry=self.registry)
        for kind, number in counted.items():
            self._counts[what].labels(kind).set(number)


class Requests:
    """ASGI middleware: metrics and a span for each request, under the route's template: a path may contain a secret.

    FastAPI's own tracing records path and query, and continues a trace that the client names.
    """

    def __init__(self, app: ASGIApp, *, telemetry: Telemetry) -> None:
        self.app = app
        self.telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        began, status, streaming = perf_counter(), 500, False

        async def record_status(message: Message) -> None:
            nonlocal status, streaming
            if message["type"] == "http.response.start":
                status = message["status"]
                streaming = _is_stream(message)
            await send(message)

        tracing = self.telemetry.tracing
        with tracing.span(method, SpanKind.SERVER) as span:
            try:
                await self.app(scope, receive, record_status)
            finally:
                route = _template(scope)
                if not streaming:  # how long a stream lasts says nothing about how fast we are
                    self.telemetry.requests.labels(method, route, status).observe(perf_counter() - began)
                if tracing.on:
                    _tell(span, method, route, status)
        return None


def _is_stream(start: Message) -> bool:
    return any(n.lower() == b"content-type" and v.startswith(b"text/event-stream") for n, v in start["headers"])


def _tell(span: Span, method: str, route: str, status: int) -> None:
    span.update_name(f"{method} {route}".strip())
    span.set_attributes({"http.request.method": method, "http.route": route, "http.response.status_code": status})
    if status >= 500:
        failed(span, str(status))


def _template(scope: Scope) -> str:
    """``/t/{code}``, ``/static/{path}``; empty if no route matches. Never the path of the request."""
    route = getattr(scope.get("route"), "path", None)
    if route is not None:
        return str(route)
    return f"{scope['root_path']}/{{path}}" if scope.get("root_path") else ""
