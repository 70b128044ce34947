"""What the tests of the sign-in need of a provider, whichever it is, and a browser that visits it and the desk."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

import httpx2
from fastapi import FastAPI

from scripts.browser import Browser

DESK = "http://127.0.0.1:8002"
RETURN = f"{DESK}/login/provider/return"
CLIENT, SECRET = "desk", "a-secret-of-the-tests"


class IdentityProvider(Protocol):
    """A provider at which one person sits at a time."""

    issuer: str

    async def person(self, name: str, *groups: str) -> None:
        """There is this person, of these groups, with a verified address; they sit at the keyboard."""
        ...

    async def groups(self, name: str, *groups: str) -> None:
        """The person is in these groups from now on."""
        ...

    async def remove(self, name: str) -> None:
        """The person is dismissed."""
        ...

    async def leave(self, page: httpx2.Response, visitor: Browser) -> None:
        """Answer the provider's question after a log-out, if it has one, and leave the keyboard."""
        ...

    async def expire_codes(self) -> None:
        """The codes that were given out are too old."""
        ...


def settings(provider: IdentityProvider, **different: Any) -> dict[str, Any]:
    """The settings of a desk that trusts this provider."""
    return {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "oidc_scopes": "openid profile email groups",
        "oidc_roles": {"hat-admins": "admin", "hat-officers": "officer"},
        "oidc_timeout": 20,
    } | different


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class Both(httpx2.AsyncBaseTransport):
    """The desk inside the process, and everybody else over the network."""

    def __init__(self, app: FastAPI) -> None:
        self._desk, self._others = (
            httpx2.ASGITransport(app=app, raise_app_exceptions=False),
            httpx2.AsyncHTTPTransport(verify=False),  # no provider here has a certificate to read the authorities for
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Where the address leads."""
        at_desk = str(request.url).startswith(DESK)
        return await (self._desk if at_desk else self._others).handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._others.aclose()


@asynccontextmanager
async def browser(app: FastAPI) -> AsyncIterator[Browser]:
    """A browser in English that visits the desk and the provider."""
    async with Browser(DESK, "en", Both(app)) as visitor:
        yield visitor


async def came_back(visitor: Browser, path: str = "/units") -> httpx2.URL:
    """Goes to the provider and signs in there; the address to which it sends the person back, not yet visited."""
    step = await visitor.client.get(f"/login/provider?next={path}", follow_redirects=False)
    for _ in range(9):
        assert step.next_request, step.text[:500]
        if str(step.next_request.url).startswith(RETURN):
            return step.next_request.url
        step = await visitor.client.send(step.next_request, follow_redirects=False)
    raise AssertionError("the provider does not send anybody back")
