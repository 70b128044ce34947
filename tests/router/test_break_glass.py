"""A desk whose local accounts are off, and the one account for the day on which the provider is down."""

from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import ValidationError

from scripts.browser import Browser
from services.router.access import AuditAction, Role
from services.router.accounts.store import Accounts
from services.router.config import Settings
from shared.config import load
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make, Visit
from tests.router.desk import QUICK, log_in, send, shown
from tests.router.test_sign_in import recorded

PROVIDER: dict[str, Any] = {
    "oidc_issuer": "https://login.klu.example",
    "oidc_client_id": "desk",
    "oidc_roles": "hat-admins:admin, urn:klu:hat:officer ,hat:officer",
}
EMERGENCY = "emergency@klu.example"
OFF = PROVIDER | {"local_accounts": False, "break_glass_email": "Emergency@klu.example"}


@pytest.fixture
def app(make: Make) -> FastAPI:
    return make("router", **OFF)


async def attempt(browser: Browser, email: str) -> int:
    await browser.open("/login")
    return (await send(browser, "/login", email=email, password=example.PASSWORD)).status_code


async def test_a_local_account_is_closed(app: FastAPI, visit: Visit, database: Database) -> None:
    await Accounts(database).put(example.account(password_hash=QUICK))
    assert await attempt(visit(app), example.account().email) == 401


async def test_a_session_of_a_local_account_ends_when_they_are_switched_off(
    make: Make, visit: Visit, database: Database
) -> None:
    before = await log_in(visit(make("router")), database)
    after = visit(make("router", **OFF))
    after.client.cookies.update(dict(before.client.cookies))
    assert (await after.client.get("/units", follow_redirects=False)).headers["location"].startswith("/login")


async def test_the_emergency_account_opens_and_raises_the_alarm(
    app: FastAPI, visit: Visit, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    account = example.account(email=EMERGENCY, password_hash=QUICK, role=Role.ADMIN)
    await Accounts(database).put(account)
    metric = "klu_break_glass_sign_ins_total"
    registry = app.state.service.telemetry.registry
    assert registry.get_sample_value(metric) == 0
    assert await attempt(visit(app), EMERGENCY) == 200
    assert registry.get_sample_value(metric) == 1
    (record,) = await recorded(database, AuditAction.BREAK_GLASS_USED)
    assert (record["actor"]["id"], record["object_id"]) == (account.id, account.id)
    assert "the emergency account was used" in capsys.readouterr().out


async def test_another_account_raises_no_alarm(make: Make, visit: Visit, database: Database) -> None:
    await log_in(visit(make("router", **OFF | {"local_accounts": True})), database)
    assert await recorded(database, AuditAction.BREAK_GLASS_USED) == []


@pytest.mark.parametrize(
    ("different", "says", "says_not"),
    [
        ({}, ["Sign in with the institution's account", "Emergency sign-in"], ["Or with a password"]),
        ({"break_glass_email": ""}, ["Sign in with the institution's account"], ["Emergency", "Password"]),
        ({"local_accounts": True, "oidc_label": "KLÜ giriş"}, ["KLÜ giriş", "Or with a password"], ["Emergency"]),
        ({"local_accounts": True, "oidc_issuer": ""}, ["Password"], ["Or with a password", "institution's account"]),
    ],
)
async def test_the_page_shows_the_ways_that_there_are(
    make: Make, visit: Visit, different: dict[str, Any], says: list[str], says_not: list[str]
) -> None:
    page = await visit(make("router", **OFF | different), language="en").client.get("/login")
    assert [part for part in says if part not in shown(page)] == []
    assert [part for part in says_not if part in shown(page)] == []


async def test_answers_to_forms_may_lead_to_the_provider_alone(app: FastAPI, make: Make, visit: Visit) -> None:
    for desk, allowed in (
        (app, "form-action 'self' https://login.klu.example;"),
        (make("router"), "form-action 'self';"),
    ):
        page = await visit(desk).client.get("/login")
        assert allowed in page.headers["content-security-policy"]


def settings(**different: Any) -> Settings:
    given = {"mongodb_url": "-", "rabbitmq_url": "-", "secret_key": example.SECRET} | example.keys("router")
    return Settings.model_validate(given | different)


def test_roles_are_read_in_their_order_and_values_may_have_colons() -> None:
    roles = settings(**PROVIDER).oidc_roles
    assert list(roles.items()) == [("hat-admins", "admin"), ("urn:klu:hat", "officer"), ("hat", "officer")]


@pytest.mark.parametrize(
    ("different", "says"),
    [
        ({"local_accounts": False}, "nobody could sign in"),
        (PROVIDER | {"oidc_client_id": ""}, "KLU_OIDC_CLIENT_ID"),
        (PROVIDER | {"oidc_roles": ""}, "KLU_OIDC_ROLES"),
        (PROVIDER | {"oidc_roles": "hat:king"}, "oidc_roles"),
        (PROVIDER | {"oidc_scopes": "email"}, "openid"),
        (PROVIDER | {"oidc_issuer": "http://login.klu.example"}, "https://"),
        (PROVIDER | {"oidc_issuer": "login.klu.example"}, "https://"),
    ],
)
def test_settings_that_would_keep_people_out_or_let_strangers_in_are_refused(
    different: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        settings(**different)


def test_a_setting_that_contradicts_another_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"mongodb_url": "-", "rabbitmq_url": "-", "secret_key": example.SECRET} | example.keys("router")
    for name, value in (given | {"local_accounts": "false"}).items():
        monkeypatch.setenv(f"KLU_{name.upper()}", value)
    with pytest.raises(SystemExit, match="KLU_LOCAL_ACCOUNTS=false needs KLU_OIDC_ISSUER"):
        load(Settings)
