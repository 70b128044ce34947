"""Signing in with two real providers: pytest-iam, and npm's oidc-provider where Node is found."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from scripts.browser import Browser
from scripts.eventually import eventually
from services.router.access import AuditAction
from services.router.accounts.store import Accounts
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make
from tests.providers import node
from tests.providers.iam import IamProvider, server
from tests.providers.standing import DESK, IdentityProvider, browser, came_back, settings
from tests.router.desk import shown
from tests.router.test_sign_in import recorded
from tests.server import serving

ENDED = "credentials_changed_at"
"""Sessions from before then have ended."""


class Reached:
    """Where the provider reaches the desk of the present test."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="module")
def reached() -> Reached:
    return Reached()


@pytest.fixture(scope="module")
async def oidc_provider(reached: Reached) -> AsyncIterator[node.NodeProvider]:
    async with serving(reached) as port, node.running(f"http://127.0.0.1:{port}/login/provider/ended") as provider:
        yield provider


@pytest.fixture(scope="module")
def iam_server() -> Iterator[Any]:
    with server() as started:
        yield started


@pytest.fixture
def iam(iam_server: Any) -> Iterator[IamProvider]:
    provider = IamProvider(iam_server)
    yield provider
    provider.end()


@pytest.fixture(params=["iam", "oidc_provider"])
def provider(request: pytest.FixtureRequest) -> IdentityProvider:
    found: IdentityProvider = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def app(make: Make, provider: IdentityProvider, reached: Reached) -> FastAPI:
    reached.app = app = make("router", **settings(provider))
    return app


@pytest.fixture
async def visitor(app: FastAPI) -> AsyncIterator[Browser]:
    async with browser(app) as visiting:
        yield visiting


async def account(database: Database) -> dict[str, Any]:
    (found,) = [found async for found in database["accounts"].find()]
    return dict(found)


async def signed_in(visitor: Browser) -> bool:
    answer = await visitor.client.get("/units", follow_redirects=False)
    return answer.status_code == 200


async def test_a_person_with_a_role_is_signed_in_where_they_wanted_to_go(
    visitor: Browser, provider: IdentityProvider, database: Database
) -> None:
    await provider.person("ayse", "hat-officers", "something-else")
    page = await visitor.open("/login/provider?next=/units")
    assert (visitor.path, "Ayse" in page) == ("/units", True)
    known = await account(database)
    assert (known["email"], known["role"], known["issuer"]) == ("ayse@klu.example", "officer", provider.issuer)
    (record,) = await recorded(database, AuditAction.SIGNED_IN)
    assert record["actor"]["id"] == known["_id"]


async def test_who_comes_again_has_the_same_account(
    visitor: Browser, provider: IdentityProvider, database: Database
) -> None:
    await provider.person("ayse", "hat-officers")
    for _ in range(2):
        await visitor.open("/login/provider")
    assert (await account(database))["history"] == []


async def test_another_role_counts_at_the_next_sign_in_and_ends_the_sessions_of_before(
    app: FastAPI, visitor: Browser, provider: IdentityProvider, database: Database
) -> None:
    await provider.person("ayse", "hat-officers")
    await visitor.open("/login/provider")
    await provider.groups("ayse", "hat-officers", "hat-admins")
    async with browser(app) as elsewhere:
        await elsewhere.open("/login/provider")
        assert (await elsewhere.client.get("/audit")).status_code == 200
    assert not await signed_in(visitor)
    known = await account(database)
    values = known["history"][0]["fields"]
    assert (known["role"], values["role"], set(values)) == ("admin", ["officer", "admin"], {"role", ENDED})
    added, changed = (example.unpublished_data(entry) for entry in known["outbox"])
    assert (added["action"], added["actor"]["id"]) == (AuditAction.ACCOUNT_ADDED, "provider")
    assert (changed["action"], changed["fields"]) == (AuditAction.ACCOUNT_FROM_CLAIMS, ["role", ENDED])


async def test_who_has_no_role_any_more_does_not_come_in_and_is_out_everywhere(
    app: FastAPI, visitor: Browser, provider: IdentityProvider, database: Database
) -> None:
    await provider.person("ayse", "hat-officers")
    await visitor.open("/login/provider")
    await provider.groups("ayse", "something-else")
    async with browser(app) as elsewhere:
        refused = await elsewhere.client.get("/login/provider")
        assert (refused.status_code, "You have no role on the desk" in shown(refused)) == (403, True)
        assert not await signed_in(elsewhere)
    assert not await signed_in(visitor)
    assert (await account(database))["role"] == ""
    assert len(await recorded(database, AuditAction.PROVIDER_REFUSED)) == 1


async def test_a_stranger_without_a_role_leaves_no_account(
    visitor: Browser, provider: IdentityProvider, database: Database
) -> None:
    await provider.person("mert", "students")
    assert (await visitor.client.get("/login/provider")).status_code == 403
    assert await database["accounts"].count_documents({}) == 0


async def test_signing_out_ends_the_session_at_the_provider_too(visitor: Browser, provider: IdentityProvider) -> None:
    await provider.person("ayse", "hat-officers")
    await visitor.open("/login/provider?next=/units")
    left = await visitor.send("/logout")
    await provider.leave(left, visitor)
    assert left.history[0].headers["location"].startswith(provider.issuer)
    again = await visitor.client.get("/login/provider")
    assert not str(again.url).startswith(f"{DESK}/units")
    assert not await signed_in(visitor)


async def test_who_was_dismissed_meanwhile_does_not_come_in(
    visitor: Browser, provider: IdentityProvider, database: Database
) -> None:
    await provider.person("ayse", "hat-officers")
    url = await came_back(visitor)
    await provider.remove("ayse")
    answer = await visitor.client.get(url)
    assert answer.status_code in (400, 503)
    assert not await signed_in(visitor)


async def test_a_code_that_is_too_old_is_told_with_a_way_to_try_again(
    visitor: Browser, provider: IdentityProvider
) -> None:
    await provider.person("ayse", "hat-officers")
    url = await came_back(visitor)
    await provider.expire_codes()
    answer = await visitor.client.get(url)
    assert (answer.status_code, "This sign-in is no longer valid" in shown(answer)) == (400, True)
    assert 'href="/login/provider?next=/units"' in answer.text


async def test_a_code_counts_once(app: FastAPI, visitor: Browser, provider: IdentityProvider) -> None:
    await provider.person("ayse", "hat-officers")
    used = await came_back(visitor)
    cookies = dict(visitor.client.cookies)
    assert (await visitor.client.get(used, follow_redirects=False)).status_code == 303
    async with browser(app) as thief:
        thief.client.cookies.update({name: value for name, value in cookies.items() if name == "sign-in"})
        answer = await thief.client.get(used)
        assert (answer.status_code, "Please sign in once more" in shown(answer)) == (400, True)
        assert not await signed_in(thief)


async def test_the_provider_takes_nothing_without_pkce_and_we_always_send_it(
    visitor: Browser, provider: IdentityProvider
) -> None:
    await provider.person("ayse", "hat-officers")
    step = await visitor.client.get("/login/provider", follow_redirects=False)
    asked = httpx2.URL(step.headers["location"])
    assert (asked.params["code_challenge_method"], len(asked.params["code_challenge"])) == ("S256", 43)
    if isinstance(provider, IamProvider):
        return  # it leaves PKCE to its clients
    without = asked.copy_remove_param("code_challenge").copy_remove_param("code_challenge_method")
    refused = await visitor.client.get(without)
    assert "invalid_request" in str(refused.history[-1].headers.get("location")) + refused.text


async def test_a_provider_that_names_itself_otherwise_is_not_trusted(
    make: Make, provider: IdentityProvider, database: Database
) -> None:
    await provider.person("ayse", "hat-officers")
    other = provider.issuer.replace("localhost", "127.0.0.1")
    async with browser(make("router", **settings(provider, oidc_issuer=other))) as visitor:
        answer = await visitor.client.get("/login/provider")
    assert (answer.status_code, "does not answer just now" in shown(answer)) == (503, True)


async def test_signing_out_at_the_provider_ends_the_sessions_on_the_desk(
    make: Make, oidc_provider: node.NodeProvider, reached: Reached, database: Database
) -> None:
    reached.app = app = make("router", **settings(oidc_provider))
    await Accounts(database).prepare()
    await oidc_provider.person("ayse", "hat-officers")
    async with browser(app) as visitor:
        await visitor.open("/login/provider?next=/units")
        page = await visitor.client.get(f"{oidc_provider.issuer}/session/end")
        await oidc_provider.leave(page, visitor)

        async def out() -> bool:
            return not await signed_in(visitor)

        await eventually(out, within=10)
    (record,) = await recorded(database, AuditAction.PROVIDER_ENDED_SESSION)
    assert record["object_id"] == (await account(database))["_id"]
