"""Canaille, an identity provider in Python, inside the test process (pytest-iam)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Thread
from typing import Any

import httpx2
import pytest

from scripts.browser import Browser
from tests.providers.standing import CLIENT, DESK, RETURN, SECRET, free_port


@contextmanager
def server() -> Iterator[Any]:
    """Its server, on a free port, in a thread. Imported here: it takes more than a second, and few runs need it."""
    from canaille import create_app
    from canaille.backends import Backend
    from joserfc.jwk import RSAKey
    from pytest_iam import Server

    port, key = free_port(), RSAKey.generate_key(2048)
    key.ensure_kid()
    quiet: dict[str, Any] = {"version": 1, "disable_existing_loggers": False}
    settings = {
        "TESTING": True,
        "ENV_FILE": None,
        "SECRET_KEY": "of-the-tests",
        "WTF_CSRF_ENABLED": False,
        "PREFERRED_URL_SCHEME": "http",
        "SERVER_NAME": f"localhost:{port}",
        "CANAILLE": {"DATABASE": "memory", "JAVASCRIPT": False, "LOGGING": quiet},
        "CANAILLE_OIDC": {"ACTIVE_JWKS": [key.as_dict(private=True)]},
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
        made = Server(create_app(config=settings, env_file=None), port, Backend.instance)
        thread = Thread(target=made.httpd.serve_forever)
        thread.start()
        try:
            yield made
        finally:
            made.httpd.shutdown()
            made.httpd.server_close()
            thread.join()


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
