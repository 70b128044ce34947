"""A provider that says whatever a test wants: tokens that no honest one would give out."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from time import time
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.providers.standing import CLIENT
from tests.server import serving

KEY, STRANGE_KEY = (RSAKey.generate_key(2048, {"kid": kid}) for kid in ("ours", "strange"))
PERSON = {"sub": "1", "name": "Ayşe", "email": "ayse@klu.example", "email_verified": True, "groups": ["hat-officers"]}
LOGOUT: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}


class Forger:
    """``claims`` and ``header`` change what its tokens say, ``key`` who signs them; ``broken`` is an answer for all."""

    def __init__(self) -> None:
        self.issuer = ""
        self.claims: dict[str, Any] = {}
        self.without: tuple[str, ...] = ()
        self.header: dict[str, str] = {}
        self.key = KEY
        self.person: Mapping[str, Any] = PERSON
        self.metadata: dict[str, Any] = {}
        self.userinfo: Mapping[str, Any] | None = None
        self.broken: int | None = None
        self.asked: list[str] = []
        self.no_id_token = False

    def token(self, **claims: Any) -> str:
        """A token with these claims, signed or not as the header says."""
        told = {"iss": self.issuer, "aud": CLIENT, "iat": int(time()), "exp": int(time()) + 60}
        told |= claims | self.claims
        body = {name: value for name, value in told.items() if name not in self.without}
        header = {"alg": "RS256", "kid": "ours"} | self.header
        if header["alg"] in UNSAFE:  # the library does not make such tokens
            unsigned = f"{_part(header)}.{_part(body)}"
            return f"{unsigned}.{UNSAFE[header['alg']](unsigned.encode())}"
        return jwt.encode(header, body, self.key)

    async def __call__(self, request: Request) -> Response:
        """Any of its pages."""
        self.asked.append(request.url.path)
        if self.broken:
            return JSONResponse({}, self.broken)
        match request.url.path:
            case "/.well-known/openid-configuration":
                places = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
                told = {name: f"{self.issuer}/{name}" for name in places} | {"issuer": self.issuer}
                return JSONResponse(told | self.metadata)
            case "/jwks_uri":
                return JSONResponse({"keys": [KEY.as_dict(private=False)]})
            case "/userinfo_endpoint":
                return JSONResponse(self.userinfo or {})
        nonce = str((await request.form())["code"])
        answer = {"access_token": "a", "token_type": "Bearer", "expires_in": 60}
        if self.no_id_token:
            return JSONResponse(answer)
        return JSONResponse(answer | {"id_token": self.token(**self.person, nonce=nonce)})


@asynccontextmanager
async def forging() -> AsyncIterator[Forger]:
    """The forger on a free port."""
    forger = Forger()
    app = Starlette(routes=[Route("/{path:path}", forger.__call__, methods=["GET", "POST"])])
    async with serving(app) as port:
        forger.issuer = f"http://127.0.0.1:{port}"
        yield forger


def _part(value: Mapping[str, Any]) -> str:
    return _base64(json.dumps(value).encode())


def _base64(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


UNSAFE: Mapping[str, Callable[[bytes], str]] = {
    "none": lambda _: "",
    "HS256": lambda text: _base64(hmac.digest(KEY.as_pem(private=False), text, "sha256")),
}
"""Signatures that everybody can make: none at all, or with the public key as if it were a secret."""
