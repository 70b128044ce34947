"""How much a request may carry: what is larger is refused before it is kept in memory."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_FORM = 256 * 1024


class BodyLimit:
    """ASGI middleware. Whoever reads on past the limit gets HTTPException 413, so that a page or a problem says so."""

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
