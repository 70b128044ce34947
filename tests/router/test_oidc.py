"""Signing in with two real providers: pytest-iam, and npm's oidc-provider where Node is found."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from fastapi import FastAPI

from services.router.access import AuditAction
from shared.documents import Database
from tests.conftest import Make
from tests.providers import node
from tests.providers.iam import IamProvider
from tests.providers.standing import IdentityProvider, browser, settings
from tests.router.test_sign_in import recorded


@pytest.fixture(scope="module")
async def oidc_provider() -> AsyncIterator[node.NodeProvider]:
    async with node.running() as provider:
        yield provider


@pytest.fixture
def iam(request: pytest.FixtureRequest) -> Iterator[IamProvider]:
    provider = IamProvider(request.getfixturevalue("iam_server"))
    yield provider
    provider.end()


@pytest.fixture(params=["iam", "oidc_provider"])
def provider(request: pytest.FixtureRequest) -> IdentityProvider:
    found: IdentityProvider = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def app(make: Make, provider: IdentityProvider) -> FastAPI:
    return make("router", **settings(provider))


async def accounts_of(database: Database) -> list[dict[str, Any]]:
    return [found async for found in database["accounts"].find()]


async def test_a_person_with_a_role_is_signed_in_and_gets_an_account(
    app: FastAPI, provider: IdentityProvider, database: Database
) -> None:
    await provider.person("ayse", "hat-officers", "something-else")
    visitor, both = browser(app)
    await visitor.open("/login?next=/units")
    page = await visitor.open("/login/provider?next=/units")
    assert (visitor.path, "Ayse" in page) == ("/units", True)
    (account,) = await accounts_of(database)
    assert (account["email"], account["role"], account["issuer"]) == ("ayse@klu.example", "officer", provider.issuer)
    assert len(await recorded(database, AuditAction.SIGNED_IN)) == 1
    (asked,) = [url for url in both.visited if "code_challenge" in url.params]
    assert asked.params["code_challenge_method"] == "S256"
