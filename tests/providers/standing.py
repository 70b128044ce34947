"""What the tests of the sign-in need of a provider, whichever it is, and a browser that visits it and the desk."""

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

    async def expire_codes(self) -> None:
        """Codes are too old as soon as they are given out, or those that were given out are."""
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


class Both(httpx2.AsyncBaseTransport):
    """The desk inside the process, and everybody else over the network."""

    def __init__(self, app: FastAPI) -> None:
        self._desk, self._others = (
            httpx2.ASGITransport(app=app, raise_app_exceptions=False),
            httpx2.AsyncHTTPTransport(),
        )
        self.visited: list[httpx2.URL] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Where the address leads."""
        self.visited.append(request.url)
        at_desk = str(request.url).startswith(DESK)
        return await (self._desk if at_desk else self._others).handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._others.aclose()


def browser(app: FastAPI) -> tuple[Browser, Both]:
    """A browser in English, and where it has been."""
    both = Both(app)
    return Browser(DESK, "en", both), both


async def came_back(visitor: Browser) -> httpx2.URL:
    """Goes to the provider and signs in there; the address to which it sends the person back, not yet visited."""
    step = await visitor.client.get("/login/provider?next=/units", follow_redirects=False)
    for _ in range(9):
        assert step.next_request, step.text[:500]
        if str(step.next_request.url).startswith(RETURN):
            return step.next_request.url
        step = await visitor.client.send(step.next_request, follow_redirects=False)
    raise AssertionError("the provider does not send anybody back")
