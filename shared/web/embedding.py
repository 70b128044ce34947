"""Pages and APIs for other web sites: a form in a frame, and scripts that call the API from their own pages."""

from collections.abc import Collection, Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

METHODS = ("GET", "POST")
HEADERS = ("Accept-Language", "Content-Type", "Idempotency-Key")


class AllowedOrigins:
    """ASGI middleware: scripts of these origins may use what is below the ``prefixes``, without cookies (CORS)."""

    def __init__(self, app: ASGIApp, *, origins: Sequence[str], prefixes: Collection[str]) -> None:
        self.app, self.prefixes = app, tuple(prefixes)
        self.shared = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=HEADERS,
            expose_headers=("Retry-After",),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        shared = scope["type"] == "http" and scope["path"].startswith(self.prefixes)
        await (self.shared if shared else self.app)(scope, receive, send)


def is_embedded(request: Request) -> bool:
    """Whether the page stands in a frame of another site: without header and footer, and without cookies."""
    return request.query_params.get("embedded") == "1"


def embedded_query(request: Request, language: str) -> str:
    """What the address of the next page in a frame ends with: cookies of a frame are not kept. Else empty."""
    return f"?embedded=1&lang={language}" if is_embedded(request) else ""
