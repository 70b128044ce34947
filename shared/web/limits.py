"""Limits the body of a request while it is read, before it is in memory.

FastAPI's ``max_body_size`` does not suffice: for a large ``Content-Length`` it answers with plain text, in place of the
error page of an exception handler (Starlette 1.10, ``RequestBodyLimitResponder.send_with_limit``).
"""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_FORM = 256 * 1024
"""Bytes."""


class BodyLimit:
    """ASGI middleware. Reading past the limit raises HTTPException 413, which becomes an error page or a problem."""

    def __init__(self, app: ASGIApp, *, largest: int = LARGEST_FORM) -> None:
        self.app = app
        self.largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        read = 0

        async def receive_bounded() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.largest:
                raise HTTPException(413)
            return message

        await self.app(scope, receive_bounded if scope["type"] == "http" else receive, send)
