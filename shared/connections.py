"""Limits of one HTTP connection, before its bytes become objects: size of the head, time, requests that wait.

uvicorn 0.54 bounds the head of a request with h11 only (``h11_max_incomplete_event_size``), and waits for ever for the
rest of a request. Nothing here needs an ingress.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 32 * 1024
"""Bytes of request line and headers; of one that is not complete, up to one read of the socket (256 KB) more."""
MOST_HEADERS = 100
MOST_WAITING = 16
"""Requests that a client may send before the first is answered."""
SLOWEST = 500
"""Bytes per second: each so many bytes of a body give it one more second; nobody is silent for longer than at first."""
ANSWERS = {
    408: (b"408 Request Timeout", "İstek zamanında tamamlanmadı. The request took too long."),
    429: (b"429 Too Many Requests", "Tek bağlantıda çok fazla istek var. Too many requests on one connection."),
    431: (b"431 Request Header Fields Too Large", "İstek başlıkları çok büyük. The headers are too large."),
    503: (b"503 Service Unavailable", "Şu anda çok yoğunuz; lütfen tekrar deneyiniz. We are busy; please try again."),
}


class Limits(NamedTuple):
    """Of one server: numbers, and seconds."""

    connections: int
    requests: int
    head_seconds: float
    body_seconds: float
    answer_seconds: float


class _Refused(Exception):
    """The rest of this request is not read."""


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 within limits. ``Listening`` calls ``cut_if_late`` every second."""

    def __init__(self, *args: Any, limits: Limits, **more: Any) -> None:
        super().__init__(*args, **more)
        self._limits = limits
        self._head = self._unparsed = 0
        self._in_head = False
        self._refused = 400
        self._late_at: float | None = None
        self._stalled_at: float | None = None
        self.since = self.loop.time()

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request. When there are too many connections, who has waited for longest makes room."""
        super().connection_made(transport)
        self._wait(self._limits.head_seconds)
        if len(self.connections) > self._limits.connections:
            _oldest(self.connections).transport.abort()

    def data_received(self, data: bytes) -> None:
        """Parse, and look at the head before the rest of it is there."""
        super().data_received(data)
        if self.timeout_keep_alive_task is None and self._late_at is None and self.waits_for_client:
            self._wait(self._limits.head_seconds)  # blank lines begin no request
        if self._in_head and not self.transport.is_closing():
            newline = data.rfind(b"\n")
            self._unparsed = (self._unparsed if newline < 0 else 0) + len(data) - newline - 1
            if self._head + self._unparsed > LARGEST_HEAD:
                self._refuse(431)

    def on_message_begin(self) -> None:
        """Count from here."""
        super().on_message_begin()
        self._head, self._unparsed, self._in_head = 0, 0, True
        self._wait(self._limits.head_seconds)

    def on_url(self, url: bytes) -> None:
        """Count the request line."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header."""
        self._count(len(name) + len(value) + 4)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin to wait for the body, and to answer, unless too many requests are being answered."""
        if len(self.pipeline) >= MOST_WAITING:
            self._stop(429)
        self._in_head = False
        self._wait(self._limits.body_seconds)
        full = len(self.tasks) >= self._limits.requests and self._answering >= self._limits.requests
        self.limit_concurrency = 0 if full else None  # uvicorn would count idle connections too
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """What comes gives time for more."""
        if self._late_at is not None:
            latest = self.loop.time() + self._limits.body_seconds
            self._late_at = min(self._late_at + len(body) / SLOWEST, latest)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Nothing more is waited for."""
        self._late_at, self.since = None, self.loop.time()
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The client does not take its answer."""
        self._stalled_at = self.loop.time() + self._limits.answer_seconds
        super().pause_writing()

    def resume_writing(self) -> None:
        """It does again."""
        self._stalled_at = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answer what could not be parsed, or was refused while it was parsed."""
        if self._refused == 400:
            super().send_400_response(msg)
        else:
            self._refuse(self._refused)

    @property
    def waits_for_client(self) -> bool:
        """Whether nobody works for this connection: no request has begun, or it is not complete."""
        return self._late_at is not None or self.cycle is None or self.cycle.response_complete

    @property
    def _answering(self) -> int:
        """How many requests are being answered, of all connections. One whose body is not there keeps nobody out."""
        waiting = (isinstance(other, BoundedProtocol) and other.waits_for_body for other in self.connections)
        return len(self.tasks) - sum(waiting)

    @property
    def waits_for_body(self) -> bool:
        """Whether the service waits for the rest of a request."""
        return self.cycle is not None and self.cycle.more_body and not self.cycle.response_complete

    def cut_if_late(self, now: float) -> None:
        """Close the connection when its client takes too long to send a request, or to take an answer."""
        if self._stalled_at is not None and now > self._stalled_at:
            self.transport.abort()
        late = self._late_at is not None and now > self._late_at
        answering = self._in_head and self.cycle is not None and not self.cycle.response_complete
        if late and not answering and not self.flow.read_paused and not self.transport.is_closing():
            self._refuse(408)

    def _wait(self, seconds: float) -> None:
        self.since = self.loop.time()
        self._late_at = self.since + seconds

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > LARGEST_HEAD or len(self.headers) >= MOST_HEADERS:
            self._stop(431)

    def _stop(self, status: int) -> None:
        """End the parsing; uvicorn then calls ``send_400_response``."""
        self._refused = status
        raise _Refused

    def _refuse(self, status: int) -> None:
        """Answer and close; without an answer where one has begun, or nothing was asked."""
        asked = self._in_head or self._late_at is None or (self.cycle is not None and not self.cycle.response_started)
        if asked:
            line, text = ANSWERS[status]
            body = text.encode() + b"\n"
            head = [b"content-type: text/plain; charset=utf-8", b"content-length: %d" % len(body), b"connection: close"]
            self.transport.write(b"\r\n".join([b"HTTP/1.1 " + line, *head, b"", body]))
        self.transport.close()


def _oldest(connections: Iterable[Any]) -> Any:
    """Who has waited for longest among those for whom nobody works; else the one that came last."""
    return min(connections, key=lambda c: (0, c.since) if c.waits_for_client else (1, -c.since))
