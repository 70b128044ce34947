"""Security headers of every response: no inline scripts, no other origins, no caching (OWASP ASVS 5.0, 3.4)."""

import re
from collections.abc import Collection

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NO_FRAME = "frame-ancestors 'none'"
POLICY = "; ".join(
    [
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        NO_FRAME,
    ]
)

FRAMED = re.compile(r"/|/t/[^/]+/submitted")
"""Paths of the pages that other sites may show in a frame, if any site may: the form, and what follows it."""


def policy(images: Collection[str] = (), forms: Collection[str] = ()) -> str:
    """The policy of pages that also show pictures of other origins: those of ``images``, such as ``https://hat.klu``.

    An answer to a form may lead to the origins ``forms``: Chromium applies ``form-action`` to redirects too.
    """
    shown = POLICY.replace("img-src 'self'", " ".join(["img-src 'self'", *images]))
    return shown.replace("form-action 'self'", " ".join(["form-action 'self'", *forms]))


AGAIN = "private, no-cache"
"""For a form that is shown again. With ``no-store`` browsers forget it, and *back* asks to send the form once more."""
SHOWN_AGAIN = (401, 404, 409, 413, 422, 429, 503)
CACHED = "public, max-age=86400"
"""For static files: their URL contains a digest, or they seldom change."""


def secure(headers: MutableHeaders, *, https: bool, images: Collection[str] = ()) -> None:
    """Set the headers of a response; ``https`` adds HSTS. A response without ``Cache-Control`` gets ``no-store``.

    ``images``: other origins whose pictures a page may show.
    """
    headers.setdefault("Content-Security-Policy", policy(images))
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"  # with none, a form over plain HTTP comes from "null"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    headers.setdefault("Cache-Control", "no-store")
    if https:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"


class SecurityHeaders:
    """ASGI middleware that sets the headers of every response.

    Search engines list the pages ``indexed`` alone. Sites of the origins ``framed_by`` may frame those of ``FRAMED``.
    ``images``: as in ``secure``; ``forms``: as in ``policy``.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        https: bool,
        indexed: Collection[str] = (),
        framed_by: Collection[str] = (),
        images: Collection[str] = (),
        forms: Collection[str] = (),
    ) -> None:
        self.app = app
        self.https = https
        self.indexed = indexed
        frame = f"frame-ancestors {' '.join(framed_by)}" if framed_by else NO_FRAME
        self.framed = POLICY.replace(NO_FRAME, frame)
        self.policy = policy(images, forms)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if scope["path"].startswith("/static/") and message["status"] < 400:
                    headers.setdefault("Cache-Control", CACHED)
                elif scope["path"] not in self.indexed or message["status"] >= 400:
                    headers["X-Robots-Tag"] = "noindex"
                if scope["method"] == "POST" and message["status"] in SHOWN_AGAIN:
                    headers.setdefault("Cache-Control", AGAIN)
                if FRAMED.fullmatch(scope["path"]):
                    headers.setdefault("Content-Security-Policy", self.framed)
                headers.setdefault("Content-Security-Policy", self.policy)
                secure(headers, https=self.https)
            await send(message)

        await self.app(scope, receive, send_with_headers)
