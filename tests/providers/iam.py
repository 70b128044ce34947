"""Canaille, an identity provider in Python, inside the test process (pytest-iam)."""

from datetime import UTC, datetime
from typing import Any

import httpx2

from scripts.browser import Browser
from tests.providers.standing import CLIENT, DESK, RETURN, SECRET


class IamProvider:
    """A provider of pytest-iam with our client in it."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.issuer = server.url.rstrip("/")
        self._people: dict[str, Any] = {}
        with server.app.app_context():
            self._client = server.models.Client(
                client_id=CLIENT,
                client_secret=SECRET,
                client_name="Desk",
                redirect_uris=[RETURN],
                post_logout_redirect_uris=[f"{DESK}/login"],
                grant_types=["authorization_code"],
                response_types=["code"],
                scope=["openid", "profile", "email", "groups"],
                token_endpoint_auth_method="client_secret_basic",
            )
            server.backend.save(self._client)
            self._client.audience = [self._client]
            server.backend.save(self._client)

    async def person(self, name: str, *groups: str) -> None:
        """There is this person, who sits at the keyboard."""
        user = self._people[name] = self._server.random_user(
            user_name=name, emails=[f"{name}@klu.example"], formatted_name=name.title()
        )
        self._server.consent(user, self._client)
        self._server.login(user)
        await self.groups(name, *groups)

    async def groups(self, name: str, *groups: str) -> None:
        """Other groups."""
        user = self._people[name]
        with self._server.app.app_context():
            self._server.backend.reload(user)
            for group in list(user.groups):
                self._server.backend.delete(group)
            for group in groups:
                self._server.random_group(display_name=group, members=[user])

    async def remove(self, name: str) -> None:
        """Nobody of this name any more."""
        self._server.logout()
        with self._server.app.app_context():
            for group in list(self._people[name].groups):
                self._server.backend.delete(group)
            self._server.backend.delete(self._people.pop(name))

    async def leave(self, page: httpx2.Response, visitor: Browser) -> None:
        """It does not ask; its test session ends by itself."""
        self._server.logout()

    async def expire_codes(self) -> None:
        """Those that were given out are too old."""
        with self._server.app.app_context():
            for code in self._server.backend.query(self._server.models.AuthorizationCode):
                self._server.backend.update(code, issue_date=datetime(2020, 1, 1, tzinfo=UTC))
                self._server.backend.save(code)

    def end(self) -> None:
        """Forget the client and the people."""
        self._server.logout()
        with self._server.app.app_context():
            for model in ("AuthorizationCode", "Token", "Consent", "Client", "Group", "User"):
                kind = getattr(self._server.models, model)
                for found in list(self._server.backend.query(kind)):
                    self._server.backend.delete(found)
