"""Sign-in with the identity provider of the institution (OpenID Connect; OWASP ASVS 5.0, 10).

What must come back with the person stands in a sealed cookie, for ten minutes: every replica can read it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, ValidationError
from starlette.responses import JSONResponse, RedirectResponse, Response

from services.router.access import AuditAction
from services.router.accounts.claims import PROVIDER, Arrival, Identity, Refusal, Rules, arrive, identity
from services.router.accounts.domain import Account, path_inside
from services.router.accounts.pages.authenticator import Authentication
from services.router.accounts.pages.sign_in import ANYBODY, show_log_in
from services.router.accounts.pages.slowing import HELD
from services.router.accounts.provider import NotVouched, Provider, ProviderAway
from services.router.accounts.store import Accounts, Sessions, SignInTries
from services.router.config import Settings
from shared.audit import AuditRecords
from shared.events import done_by
from shared.retrying import on_conflict
from shared.seal import Seal, WrongKey
from shared.web.client import client_of
from shared.web.pages import Page, not_found, render, web
from shared.web.provided import Now, provided
from shared.web.sent import sent

page = APIRouter(route_class=Page, tags=["pages"])
VALID_FOR = timedelta(minutes=10)
AWAY = "The sign-in of the institution does not answer just now. Please try again in a few minutes."
STALE = ("Please sign in once more", "This sign-in is no longer valid: it took too long, or was used before.")
DENIED = ("You were not signed in", "The sign-in of the institution was cancelled or refused there.")
REFUSED: Mapping[str, tuple[str, str]] = {
    Refusal.NO_ROLE: (
        "You have no role on the desk",
        "Your sign-in was right. To work here, you need a role: please ask the administrators of the hotline.",
    ),
    Refusal.NO_ACCOUNT: (
        "You have no account on the desk",
        "Your sign-in was right. Please ask the administrators of the hotline for an account.",
    ),
    Refusal.NO_ADDRESS: (
        "Your e-mail address is missing",
        "The sign-in of the institution has none of you. Please ask the administrators of the hotline.",
    ),
    Refusal.ADDRESS_TAKEN: (
        "There is an account with your address already",
        "It is not linked to the sign-in of the institution. Please ask the administrators of the hotline.",
    ),
    Refusal.DISABLED: (
        "Your account is disabled",
        "Please ask the administrators of the hotline if you think that it should not be.",
    ),
}
"""Title and sentence (msgids) for each reason."""


class Attempt(BaseModel):
    """A sign-in that is on its way: what has to come back, and where it leads."""

    state: str
    nonce: str
    verifier: str
    next: str
    at: AwareDatetime


class Attempts:
    """Keeps the attempt of a browser in a cookie that only we can read and write."""

    def __init__(self, settings: Settings) -> None:
        old = [key.get_secret_value() for key in settings.old_secret_keys]
        self._seal = Seal(settings.secret_key.get_secret_value(), old)
        self._secure = settings.router_url.startswith("https:")
        self._cookie = "__Host-sign-in" if self._secure else "sign-in"

    def keep(self, attempt: Attempt, response: Response) -> None:
        """Set the cookie. The browser sends it when the provider sends the person back: ``lax``, not ``strict``."""
        sealed, age = self._seal.close(attempt.model_dump_json()), int(VALID_FOR.total_seconds())
        response.set_cookie(self._cookie, sealed, max_age=age, httponly=True, secure=self._secure, samesite="lax")

    def kept(self, request: Request, now: datetime) -> Attempt | None:
        """The attempt of this browser; None when there is none, or it is too old."""
        try:
            attempt = Attempt.model_validate_json(self._seal.open(request.cookies.get(self._cookie, "")))
        except (WrongKey, ValidationError):
            return None
        return attempt if attempt.at <= now < attempt.at + VALID_FOR else None

    def forget(self, response: Response) -> None:
        """Delete the cookie: an attempt counts once."""
        response.delete_cookie(self._cookie, secure=self._secure, httponly=True, samesite="lax")


OfProvider = Annotated[Provider, provided(Provider)]
OfAttempts = Annotated[Attempts, provided(Attempts)]
OfSettings = Annotated[Settings, provided(Settings)]
Audit = Annotated[AuditRecords, provided(AuditRecords)]
Tries = Annotated[SignInTries, provided(SignInTries)]


@page.get("/login/provider", dependencies=ANYBODY)
async def start_sign_in(
    request: Request,
    provider: OfProvider,
    attempts: OfAttempts,
    now: Now,
    next: str = "/",  # noqa: A002
) -> Response:
    """Send the person to the provider. A link leads here, no form: the policy lets forms go to our own pages alone."""
    if not provider.on:
        raise not_found()
    try:
        asked = await provider.request()
    except ProviderAway:
        return away(request, next)
    attempt = Attempt(state=asked.state, nonce=asked.nonce, verifier=asked.verifier, next=path_inside(next), at=now)
    response = RedirectResponse(asked.url, status_code=303)
    attempts.keep(attempt, response)
    return response


@page.get("/login/provider/return", dependencies=ANYBODY)
async def end_sign_in(
    request: Request,
    provider: OfProvider,
    attempts: OfAttempts,
    authenticator: Authentication,
    accounts: Annotated[Accounts, provided(Accounts)],
    tries: Tries,
    audit: Audit,
    settings: OfSettings,
    now: Now,
) -> Response:
    """The person is back: ask the provider who it is, keep what it says, and start a session."""
    if not provider.on:
        raise not_found()
    client, attempt = client_of(request), attempts.kept(request, now)
    wait = await tries.wait(
        client, tries=settings.sign_in_tries_per_client, longest=settings.sign_in_longest_wait_per_client
    )
    if wait:
        await audit.count(AuditAction.SIGN_IN_HELD, client)
        return _held(request, ceil(wait))
    if attempt is None or not _answers(request, attempt, provider.issuer):
        await audit.count(AuditAction.SIGN_IN_FAILED, client)
        said = DENIED if attempt and "error" in request.query_params else STALE
        return _failed(request, attempts, said, status=400, again=attempt.next if attempt else "/")
    try:
        claims, id_token = await provider.claims(
            request.query_params["code"], nonce=attempt.nonce, verifier=attempt.verifier
        )
    except NotVouched:
        await audit.count(AuditAction.SIGN_IN_FAILED, client)
        return _failed(request, attempts, STALE, status=400, again=attempt.next)
    except ProviderAway:
        await tries.take_back(client)
        return away(request, attempt.next)
    person = identity(claims, issuer=provider.issuer, role_claim=settings.oidc_role_claim, roles=settings.oidc_roles)
    arrival = await on_conflict(lambda: _arrived(person, accounts, settings, now))  # the code counts once, this again
    account = arrival.account
    if account is None or arrival.refused:
        await _tell_refusal(audit, account, client)
        return _failed(
            request, attempts, REFUSED[arrival.refused or Refusal.NO_ACCOUNT], status=403, again=attempt.next
        )
    await tries.take_back(client)
    response = RedirectResponse(attempt.next, status_code=303)
    attempts.forget(response)
    session = {"issuer": person.issuer, "subject": person.subject, "provider_session": _text(claims.get("sid"))}
    await authenticator.begin(request, account, response, now, **session, id_token=id_token)
    await audit.write(AuditAction.SIGNED_IN, actor=account.officer.actor, client=client)
    return response


@page.post("/login/provider/ended", dependencies=ANYBODY)
async def end_sessions(
    request: Request,
    provider: OfProvider,
    sessions: Annotated[Sessions, provided(Sessions)],
    tries: Tries,
    audit: Audit,
    settings: OfSettings,
) -> Response:
    """The provider says whose session has ended there. Its signed token is the proof; no browser sends this."""
    if not provider.on:
        raise not_found()
    client = client_of(request)
    if wait := await tries.wait(
        client, tries=settings.sign_in_tries_per_client, longest=settings.sign_in_longest_wait_per_client
    ):
        return JSONResponse({"error": "slow_down"}, 429, {"Retry-After": str(ceil(wait))})
    try:
        subject, session = await provider.logged_out(str((await sent(request)).get("logout_token", "")))
    except NotVouched:
        return JSONResponse({"error": "invalid_request"}, 400)
    except ProviderAway:
        return JSONResponse({"error": "temporarily_unavailable"}, 503)
    await tries.take_back(client)
    for account_id in await sessions.end_of_provider(provider.issuer, subject=subject, provider_session=session):
        await audit.write(
            AuditAction.PROVIDER_ENDED_SESSION, actor=PROVIDER, object_kind="account", object_id=account_id or ""
        )
    return Response(status_code=200)


def away(request: Request, next_path: str) -> Response:
    """The log-in page, which says that the provider does not answer, and goes on working."""
    return show_log_in(request, next_path, notice=AWAY, status=503)


def _answers(request: Request, attempt: Attempt, issuer: str) -> bool:
    """Whether this answers our request: its state, a code, and no other provider that says so (RFC 9207)."""
    told = request.query_params
    return told.get("state") == attempt.state and bool(told.get("code")) and told.get("iss", issuer) == issuer


async def _arrived(person: Identity, accounts: Accounts, settings: Settings, now: datetime) -> Arrival:
    """Keep what the provider says of this person."""
    arrival = arrive(
        person,
        bound=await accounts.by_subject(person.issuer, person.subject),
        same_address=await accounts.by_email(person.email) if person.email else None,
        rules=Rules(settings.oidc_create_accounts, settings.oidc_link_by_email, settings.break_glass_email.lower()),
        now=now,
    )
    if arrival.account and arrival.events:
        await accounts.put(arrival.account, announcing=done_by(PROVIDER, *arrival.events))
    return arrival


async def _tell_refusal(audit: AuditRecords, account: Account | None, client: str) -> None:
    if account is None:
        await audit.count(AuditAction.PROVIDER_REFUSED, client)
    else:
        await audit.write(AuditAction.PROVIDER_REFUSED, object_kind="account", object_id=account.id, client=client)


def _failed(request: Request, attempts: Attempts, said: tuple[str, str], *, status: int, again: str) -> Response:
    _ = web(request).locale(request).gettext
    context = {"title": _(said[0]), "sentence": _(said[1]), "again": f"/login/provider?next={quote(again)}"}
    response = render(request, "provider_failed.html", status=status, **context)
    attempts.forget(response)
    return response


def _held(request: Request, seconds: int) -> Response:
    response = show_log_in(request, "/", error=HELD, status=429, seconds=seconds)
    response.headers["Retry-After"] = str(seconds)
    return response


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
