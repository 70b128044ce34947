"""Limits the body of a request while it is read, before it is in memory.

FastAPI's ``max_body_size`` does not suffice: for a large ``Content-Length`` it answers with plain text, in place of the
error page of an exception handler (Starlette 1.10, ``RequestBodyLimitResponder.send_with_limit``).
"""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_FORM = 1024 * 1024
"""Bytes. A browser sends up to three bytes for each byte of text, so a text of 256 KB can be shown again."""
LARGEST_OTHER = 256 * 1024
"""Bytes, of JSON."""
SMALL = 64 * 1024
"""Bytes of a body that is always read: who sends large ones slowly must not keep out a form, or a log-in."""
MOST_TOGETHER = 32 * 1024 * 1024
"""Bytes of all larger bodies that one process reads at once: more would not fit into a container of 256 MB."""


class BodyLimit:
    """ASGI middleware. Reading past a limit raises HTTPException 413 or 503: an error page or a problem.

    What fits is read before, so that a page can show it.
    """

    def __init__(self, app: ASGIApp, *, most_together: int = MOST_TOGETHER, small: int = SMALL) -> None:
        self.app = app
        self.most_together, self.small = most_together, small
        self.held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        read, largest = 0, LARGEST_FORM if "form" in Headers(scope=scope).get("content-type", "") else LARGEST_OTHER

        async def receive_bounded() -> Message:
            nonlocal read
            if read > largest:
                raise HTTPException(413)
            message = await receive()
            body = message.get("body", b"")
            room, read, self.held = largest - read, read + len(body), self.held + len(body)
            if self.held > self.most_together and read > self.small:
                raise HTTPException(503)
            return {**message, "body": body[:room], "more_body": True} if read > largest else message

        try:
            await self.app(scope, receive_bounded, send)
        finally:
            self.held -= read
