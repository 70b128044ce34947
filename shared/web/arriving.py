"""What a request says about itself and is not believed, and HEAD."""

from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PREFETCH = (b"sec-purpose", b"prefetch")


class Arriving:
    """ASGI middleware, the outermost one.

    A request gets the host and the scheme of ``base_url`` in place of its own, so that no address is made from what a
    client or a proxy says. HEAD is answered as GET, without the body (RFC 9110, 9.3.2); it is marked as a prefetch is.
    """

    def __init__(self, app: ASGIApp, *, base_url: str) -> None:
        self.app = app
        parts = urlsplit(base_url)
        self.scheme, self.host = parts.scheme, parts.netloc.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = [(b"host", self.host), *(h for h in scope["headers"] if h[0] not in (b"host", b"x-forwarded-host"))]
        scope = {**scope, "headers": headers, "scheme": self.scheme}
        if scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self.app({**scope, "method": "GET", "headers": [*headers, PREFETCH]}, receive, send_without_body)


def shown_to_person(request: Request) -> bool:
    """Whether a person looks at the answer: not with HEAD, and not for a browser or scanner that reads ahead."""
    purposes = (request.headers.get(name, "").lower() for name in ("sec-purpose", "purpose", "x-purpose", "x-moz"))
    return not any("prefetch" in purpose or "preview" in purpose for purpose in purposes)


def path_of(request: Request) -> str:
    """The path as it can stand in an address: below our host, whatever it begins with."""
    return "/" + quote(str(request.scope["path"]).lstrip("/\\"), safe="/~!$&'()*+,;=:@")


def query_of(request: Request) -> str:
    """The query, in ASCII, with nothing that ends an address or a header."""
    return quote(request.scope["query_string"], safe="/?:@!$&'()*+,;=-._~%")
