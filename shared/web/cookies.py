"""Cookies as other services and old pages left them: none makes us work.

Python before 3.12.6 takes n² steps to read a quoted value with n backslashes (CVE-2024-7592), at 60 KB five seconds.
None of our cookies has a backslash.
"""

from starlette.types import ASGIApp, Receive, Scope, Send


class PlainCookies:
    """ASGI middleware that leaves the backslashes out of the cookies."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = dict(scope, headers=[(name, _plain(name, value)) for name, value in scope["headers"]])
        await self.app(scope, receive, send)


def _plain(name: bytes, value: bytes) -> bytes:
    return value.replace(b"\\", b"") if name == b"cookie" else value
