"""What a service counts, for Prometheus. One registry per process, made by its factory."""

from prometheus_client import CollectorRegistry, Counter, Gauge
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Telemetry:
    """The figures every service has; names follow Prometheus' conventions (base units, ``_total``)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.events = Counter(
            "klu_events_handled_total", "Events by queue and outcome.", ["queue", "outcome"], registry=self.registry
        )
        self.published = Counter(
            "klu_events_published_total", "Events handed to the broker and confirmed.", ["type"], registry=self.registry
        )
        self.publish_failures = Counter(
            "klu_event_publish_failures_total", "Publishes that were not confirmed.", registry=self.registry
        )
        self.oldest_owed = Gauge(
            "klu_oldest_owed_event_age_seconds", "Age of the oldest event not yet published.", registry=self.registry
        )
        self.parked = Gauge("klu_parked_events", "Events that wait for an operator.", registry=self.registry)
        self.oldest_parked = Gauge(
            "klu_oldest_parked_event_age_seconds", "Age of the oldest parked event.", registry=self.registry
        )
        self._ages: dict[str, Gauge] = {}
        self.requests = Counter(
            "klu_http_requests_total",
            "Requests by route and status.",
            ["method", "route", "status"],
            registry=self.registry,
        )

    def age(self, what: str) -> Gauge:
        """The age of the oldest of something a service keeps: ``klu_oldest_<what>_age_seconds``."""
        if what not in self._ages:
            name, says = f"klu_oldest_{what}_age_seconds", f"Age of the oldest {what.replace('_', ' ')}."
            self._ages[what] = Gauge(name, says, registry=self.registry)
        return self._ages[what]


class CountRequests:
    """ASGI middleware. Counts by the route's template: an address may hold a code or a link."""

    def __init__(self, app: ASGIApp, *, telemetry: Telemetry) -> None:
        self.app = app
        self.telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "none")
                self.telemetry.requests.labels(scope["method"], route, message["status"]).inc()
            await send(message)

        await self.app(scope, receive, counted if scope["type"] == "http" else send)
