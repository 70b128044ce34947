"""Slows down who tries tracking codes."""

import re
from contextlib import suppress
from datetime import timedelta

from fastapi import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.audit import AuditRecords
from shared.documents import AWAY
from shared.web.client import client_of
from shared.web.pages import ERROR_TEXTS, error_page
from shared.web.problems import problem
from shared.web.recent import Recent

BEHIND_A_CODE = re.compile(r"/t(/.*)?|/api/v1/messages/.+", re.S)
"""Every address that a tracking code opens: a 404 there is a wrong code."""
WITHIN = timedelta(minutes=10)
TOO_MANY = 429
REFUSED = "code_refused"
"""What the audit record calls a wrong code; counted, by client."""


class WrongCodes:
    """ASGI middleware. After ``most`` wrong codes from one client within ten minutes, its further ones get one and the
    same 429, whatever they are. A right code opens its message: nobody is kept out by a neighbour who guesses.
    """

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        self.app = app
        self.most = most
        self._recent = Recent(WITHIN)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self.most or not BEHIND_A_CODE.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
            return
        request, refused = Request(scope), False

        async def send_or_refuse(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] == 404 and await self._too_many(request):
                refused = True
                await _refusal(request)(scope, receive, send)
            elif not refused:
                await send(message)

        await self.app(scope, receive, send_or_refuse)

    async def _too_many(self, request: Request) -> bool:
        """Whether this client had its tries before this one."""
        client, now = client_of(request), request.app.state.clock()
        audit: AuditRecords = request.app.state.provided[AuditRecords]
        with suppress(*AWAY):
            await audit.count(REFUSED, client)
        if self._recent.wait(client, now, self.most):
            return True
        self._recent.note(client, now)
        return False


def _refusal(request: Request) -> Response:
    """The same bytes for every code."""
    if request.scope["path"].startswith("/api/"):
        response = problem(request, TOO_MANY, *ERROR_TEXTS[TOO_MANY])
    else:
        response = error_page(request, TOO_MANY)
    response.headers["Retry-After"] = str(int(WITHIN.total_seconds()))
    return response
