"""An OpenTelemetry collector of the tests: takes OTLP over HTTP on 127.0.0.1, and keeps what it got in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Sent


@dataclass(frozen=True)
class Span:
    """One span as it left a process."""

    service: str
    name: str
    kind: str
    trace: str
    id: str
    parent: str
    links: tuple[str, ...]
    attributes: dict[str, Any]


@dataclass
class Collector:
    """What was sent, decoded and as it came over the wire."""

    url: str
    bodies: list[bytes] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    @property
    def spans(self) -> list[Span]:
        """Everything so far."""
        with self.lock:
            requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [
            _span(span, {a.key: a.value.string_value for a in sent.resource.attributes}["service.name"])
            for request in requests
            for sent in request.resource_spans
            for scope in sent.scope_spans
            for span in scope.spans
        ]

    def tree(self, trace: str) -> list[Span]:
        """The spans of one trace."""
        return [span for span in self.spans if span.trace == trace]


@contextmanager
def collecting() -> Iterator[Collector]:
    """Listen until the end of the block."""
    collector = Collector("")

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # named by http.server
            body = self.rfile.read(int(self.headers["content-length"]))
            assert self.path == "/v1/traces", self.path
            with collector.lock:
                collector.bodies.append(body)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        collector.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield collector
        server.shutdown()
        thread.join()


def faults(tree: list[Span]) -> list[str]:
    """Why these spans are not one tree; empty when they are."""
    known = {span.id for span in tree}
    roots = [span for span in tree if not span.parent]
    lost = [
        f"{span.service}: {span.name} hangs in the air" for span in tree if span.parent and span.parent not in known
    ]
    return lost + ([] if len(roots) == 1 else [f"{len(roots)} roots: {[f'{s.service}: {s.name}' for s in roots]}"])


def _span(sent: Sent, service: str) -> Span:
    return Span(
        service=service,
        name=sent.name,
        kind=Sent.SpanKind.Name(sent.kind).removeprefix("SPAN_KIND_"),
        trace=sent.trace_id.hex(),
        id=sent.span_id.hex(),
        parent=sent.parent_span_id.hex(),
        links=tuple(link.trace_id.hex() for link in sent.links),
        attributes={a.key: getattr(a.value, str(a.value.WhichOneof("value"))) for a in sent.attributes},
    )
