"""Limits the body of a request while it is read, before it is in memory.

FastAPI's ``max_body_size`` does not suffice: for a large ``Content-Length`` it answers with plain text, in place of the
error page of an exception handler (Starlette 1.10, ``RequestBodyLimitResponder.send_with_limit``).
"""

from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALLOWANCE = "klu.allowance"
"""Key in the scope of a request."""
LARGEST_FORM = 1024 * 1024
"""Bytes. A browser sends up to three bytes for each byte of text, so a text of 256 KB can be shown again."""
LARGEST_OTHER = 256 * 1024
"""Bytes, of JSON."""
SMALL = 64 * 1024
"""Bytes of a body that is always read: who sends large ones slowly must not keep out a form, or a log-in."""
MOST_ON_DISK = 256 * 1024 * 1024
"""Bytes of all requests with files that one process reads at once: they wait in /tmp until they are complete."""
MOST_TOGETHER = 32 * 1024 * 1024
"""Bytes of all larger bodies that one process reads at once: more would not fit into a container of 256 MB."""


@dataclass
class Allowance:
    """How large the body of one request may be. ``on_disk``: what is read does not stay in memory."""

    largest: int
    on_disk: bool = False


def allow_on_disk(scope: Scope, largest: int) -> None:
    """The body of this request may have so many bytes. Whoever calls this does not keep them in memory."""
    if allowance := scope.get(ALLOWANCE):
        allowance.largest, allowance.on_disk = largest, True


class BodyLimit:
    """ASGI middleware. Reading past a limit raises HTTPException 413 or 503: an error page or a problem.

    What fits is read before, so that a page can show it.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        most_together: int = MOST_TOGETHER,
        small: int = SMALL,
        most_on_disk: int = MOST_ON_DISK,
    ) -> None:
        self.app = app
        self.most_together, self.small, self.most_on_disk = most_together, small, most_on_disk
        self.held = self.on_disk = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        form = "form" in Headers(scope=scope).get("content-type", "")
        allowance = Allowance(LARGEST_FORM if form else LARGEST_OTHER)
        in_memory = on_disk = 0

        async def receive_bounded() -> Message:
            nonlocal in_memory, on_disk
            read, largest = in_memory + on_disk, allowance.largest
            if read > largest:
                raise HTTPException(413)
            message = await receive()
            body = message.get("body", b"")
            room, read = largest - read, read + len(body)
            if allowance.on_disk:
                on_disk, self.on_disk = on_disk + len(body), self.on_disk + len(body)
            else:
                in_memory, self.held = in_memory + len(body), self.held + len(body)
            full = self.on_disk > self.most_on_disk if allowance.on_disk else self.held > self.most_together
            if full and read > self.small:
                raise HTTPException(503)
            return {**message, "body": body[:room], "more_body": True} if read > largest else message

        try:
            await self.app({**scope, ALLOWANCE: allowance}, receive_bounded, send)
        finally:
            self.held -= in_memory
            self.on_disk -= on_disk
