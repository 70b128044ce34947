"""Speaks with the identity provider: OpenID Connect, code flow with PKCE (RFC 9700, 2.1.1). Knows no accounts."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from time import monotonic
from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import StarletteOAuth2App
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from structlog import get_logger

from services.router.accounts.claims import claim_of
from services.router.config import Settings

log = get_logger()
FRESH = 3600.0
"""Seconds for which metadata and keys of the provider are kept; an unknown key is asked for at once."""
PAUSE = 5.0
"""Seconds in which a provider that did not answer is not asked again: nobody waits for it twice."""
LEEWAY = 60
"""Seconds by which two clocks may differ."""
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)
"""Signatures with a public key. Never ``none``, nor ``HS…``, whose key would be one that everybody knows."""
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
OPTIONAL_ENDPOINTS = ("userinfo_endpoint", "end_session_endpoint")
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


class ProviderAway(Exception):
    """The provider does not answer, or says nothing that can be used."""


class NotVouched(Exception):
    """The provider does not vouch for this person: a code that was used, a token that is not meant for us."""


@dataclass(frozen=True)
class Request:
    """What is sent to the provider, and must come back: address, state, nonce, and the secret of PKCE."""

    url: str
    state: str
    nonce: str
    verifier: str


class Provider:
    """The identity provider of the institution; ``on`` is False where there is none."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = monotonic) -> None:
        self.issuer, self.on = settings.oidc_issuer, bool(settings.oidc_issuer)
        self.back = f"{settings.router_url.rstrip('/')}/login/provider/return"
        self._settings, self._clock = settings, clock
        self._loading = asyncio.Lock()
        self._app: StarletteOAuth2App | None = None
        self._until = 0.0

    async def request(self) -> Request:
        """A new request for a sign-in. Raises ProviderAway."""
        async with self._answering():
            made = await (await self._client()).create_authorization_url(self.back)
        return Request(made["url"], made["state"], made["nonce"], made["code_verifier"])

    async def claims(self, code: str, *, nonce: str, verifier: str) -> tuple[Mapping[str, Any], str]:
        """What the provider says of the person who came back with this code, and the ID token.

        Where the ID token lacks the address or the roles, userinfo is asked too (OpenID Connect Core 1.0, 5.3). Raises
        NotVouched and ProviderAway.
        """
        async with self._answering():
            client = await self._client()
            token = await client.fetch_access_token(redirect_uri=self.back, code=code, code_verifier=verifier)
            if not isinstance(token.get("id_token"), str):
                raise NotVouched("no ID token")
            options = {"iss": _must_be(self.issuer), "aud": _must_be(client.client_id)}
            claims = await client.parse_id_token(token, nonce=nonce, claims_options=options, leeway=LEEWAY)
            return await self._completed(client, dict(claims), token), token["id_token"]

    async def leaving(self, id_token: str) -> str | None:
        """Where to end the session at the provider; None where it has no such place, or does not answer."""
        try:
            async with self._answering():
                client = await self._client()
                if "end_session_endpoint" not in client.server_metadata:
                    return None
                left = await client.create_logout_url(
                    f"{self._settings.router_url.rstrip('/')}/login", id_token, client_id=client.client_id
                )
                return str(left["url"])
        except ProviderAway:
            return None

    async def logged_out(self, logout_token: str) -> tuple[str | None, str | None]:
        """Whose sessions, or which one, ended at the provider (OpenID Connect Back-Channel Logout 1.0, 2.6).

        Returns subject and session there, either of which may be None. Raises NotVouched and ProviderAway.
        """
        async with self._answering():
            client = await self._client()
            told = await self._checked(client, logout_token)
            events = told.get("events")
            if not isinstance(events, dict) or LOGOUT_EVENT not in events or "nonce" in told:
                raise NotVouched("no logout token")
            subject, session = told.get("sub"), told.get("sid")
            if not subject and not session:
                raise NotVouched("a logout token of nobody")
            return subject, session

    async def _checked(self, client: StarletteOAuth2App, token: str) -> Mapping[str, Any]:
        allowed = JWSRegistry(
            algorithms=client.server_metadata["id_token_signing_alg_values_supported"], strict_check_header=False
        )
        try:
            read = jwt.decode(token, KeySet.import_key_set(await client.fetch_jwk_set()), registry=allowed)
        except InvalidKeyIdError:
            read = jwt.decode(token, KeySet.import_key_set(await client.fetch_jwk_set(force=True)), registry=allowed)
        issuer, audience = _must_be(self.issuer), _must_be(client.client_id)
        rules = jwt.JWTClaimsRegistry(leeway=LEEWAY, iss=issuer, aud=audience, exp={"essential": True})
        rules.validate(read.claims)
        return read.claims

    async def _completed(
        self, client: StarletteOAuth2App, claims: Mapping[str, Any], token: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The claims, with those of userinfo. What the signed token says counts more."""
        wanted = ("email", self._settings.oidc_role_claim)
        if all(claim_of(claims, name) is not None for name in wanted):
            return claims
        if "userinfo_endpoint" not in client.server_metadata:
            return claims
        more = await client.userinfo(token=token)
        if more.get("sub") != claims["sub"]:
            raise NotVouched("userinfo about somebody else")
        return {**more, **claims}

    async def _client(self) -> StarletteOAuth2App:
        """Authlib's client with the provider's metadata, which are kept for an hour."""
        async with self._loading:
            if self._clock() < self._until:
                if self._app is None:
                    raise ProviderAway("it did not answer a moment ago")
                return self._app
            self._app, self._until = None, self._clock() + PAUSE
            metadata = await self._metadata()
            self._app, self._until = self._made(metadata), self._clock() + FRESH
            return self._app

    async def _metadata(self) -> dict[str, Any]:
        """What we use of the provider's metadata (OpenID Connect Discovery 1.0). It has to name itself as we do."""
        async with httpx2.AsyncClient(verify=_tls(), timeout=self._settings.oidc_timeout, trust_env=False) as http:
            answer = await http.get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            answer.raise_for_status()
            told = answer.json()
        if told.get("issuer") != self.issuer:
            raise ProviderAway(f"it calls itself {told.get('issuer')!r}")
        scheme = self.issuer.partition(":")[0]
        found = {name: told[name] for name in (*ENDPOINTS, *OPTIONAL_ENDPOINTS) if isinstance(told.get(name), str)}
        if set(ENDPOINTS) - set(found) or any(url.partition(":")[0] not in ("https", scheme) for url in found.values()):
            raise ProviderAway("an address is missing in its metadata, or is not encrypted")
        algorithms = [one for one in told.get("id_token_signing_alg_values_supported", ()) if one in ALGORITHMS]
        methods = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return found | {
            "issuer": self.issuer,
            "id_token_signing_alg_values_supported": algorithms or ["RS256"],
            "token_endpoint_auth_method": self._method(methods),
        }

    def _method(self, offered: list[str]) -> str:
        """How we prove who we are: in the way that the provider takes."""
        if self._settings.oidc_client_secret is None:
            return "none"
        known = ("client_secret_basic", "client_secret_post")
        return next((method for method in known if method in offered), known[0])

    def _made(self, metadata: Mapping[str, Any]) -> StarletteOAuth2App:
        secret = self._settings.oidc_client_secret
        return StarletteOAuth2App(
            None,
            client_id=self._settings.oidc_client_id,
            client_secret=secret.get_secret_value() if secret else None,
            client_kwargs={
                "scope": self._settings.oidc_scopes,
                "code_challenge_method": "S256",
                "timeout": self._settings.oidc_timeout,
                "verify": _tls(),
                "trust_env": False,
                "leeway": 0,  # seconds: an access token is used at once, or never
            },
            **metadata,
        )

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        """Sort what goes wrong: the provider is away, or it refuses. Everything together has its time limit."""
        try:
            async with asyncio.timeout(2 * self._settings.oidc_timeout):
                yield
        except (AuthlibBaseError, JoseError) as refusal:
            log.warning("the identity provider does not vouch for a sign-in", error=repr(refusal))
            raise NotVouched(type(refusal).__name__) from refusal
        except NotVouched as refusal:
            log.warning("the identity provider does not vouch for a sign-in", error=repr(refusal))
            raise
        except (httpx2.HTTPError, TimeoutError, ValueError, KeyError, TypeError, AttributeError) as trouble:
            log.warning("the identity provider does not answer", error=repr(trouble))
            raise ProviderAway(repr(trouble)) from trouble


@cache  # reading all the authorities takes longer than the rest of a sign-in
def _tls() -> ssl.SSLContext:
    return httpx2.create_ssl_context(trust_env=False)


def _must_be(value: str) -> jwt.ClaimsOption:
    return {"essential": True, "value": value}
