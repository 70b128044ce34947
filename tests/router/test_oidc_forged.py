"""What a provider, or somebody in its place, may not get through: forged tokens, states and logouts."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from time import time
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.access import AuditAction
from services.router.accounts.claims import Identity, Refusal, Rules
from services.router.accounts.claims import arrive as arrived
from services.router.accounts.domain.changes import ask_for_reset, drawn, hash_of, invite
from services.router.accounts.provider import PAUSE, Provider, ProviderAway
from services.router.accounts.store import Accounts
from services.router.config import Settings
from shared.clock import utc_now
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make
from tests.providers.forger import LOGOUT, PERSON, STRANGE_KEY, Forger, forging
from tests.providers.standing import RETURN, Both, browser, settings
from tests.router.desk import QUICK, log_in, send, shown
from tests.router.test_sign_in import recorded


@pytest.fixture
async def forger() -> AsyncIterator[Forger]:
    async with forging() as started:
        yield started


@pytest.fixture
def app(make: Make, forger: Forger) -> FastAPI:
    return make("router", **settings(forger))  # type: ignore[arg-type]  # nobody sits at it


@pytest.fixture
async def visitor(app: FastAPI) -> AsyncIterator[Browser]:
    async with browser(app) as visiting:
        yield visiting


async def asked(visitor: Browser, path: str = "/units") -> dict[str, str]:
    """What the desk asks the provider for."""
    step = await visitor.client.get("/login/provider", params={"next": path}, follow_redirects=False)
    return dict(httpx2.URL(step.headers["location"]).params)


async def arrive(visitor: Browser, path: str = "/units", **different: str) -> httpx2.Response:
    """Comes back from the provider, whose code is the nonce that goes into the token."""
    request = await asked(visitor, path)
    told = {"code": request["nonce"], "state": request["state"]} | different
    return await visitor.client.get(RETURN, params=told, follow_redirects=False)


async def test_an_honest_token_opens_the_desk(visitor: Browser, forger: Forger) -> None:
    answer = await arrive(visitor, "/units?tab=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/units?tab=1")
    assert "Ayşe" in await visitor.open("/units")
    assert "/userinfo_endpoint" not in forger.asked


async def test_the_way_on_stays_on_the_desk(visitor: Browser) -> None:
    assert (await arrive(visitor, "https://evil.example/")).headers["location"] == "/"


async def test_the_authorities_that_we_trust_are_not_read_for_each_sign_in(
    visitor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await arrive(visitor)
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", None, raising=False)
    assert (await arrive(visitor)).headers["location"] == "/units"


FORGED: dict[str, Callable[[Forger], None]] = {
    "another nonce": lambda forger: forger.claims.update(nonce="another"),
    "no nonce": lambda forger: setattr(forger, "without", ("nonce",)),
    "another audience": lambda forger: forger.claims.update(aud="another"),
    "another audience, which names us": lambda forger: forger.claims.update(aud="another", azp="desk"),
    "another audience beside us": lambda forger: forger.claims.update(aud=["desk", "another"], azp="another"),
    "no audience": lambda forger: setattr(forger, "without", ("aud",)),
    "another issuer": lambda forger: forger.claims.update(iss="https://another.example"),
    "no issuer": lambda forger: setattr(forger, "without", ("iss",)),
    "expired": lambda forger: forger.claims.update(exp=int(time()) - 600),
    "of the future": lambda forger: forger.claims.update(iat=int(time()) + 600),
    "without an end": lambda forger: setattr(forger, "without", ("exp",)),
    "of nobody": lambda forger: setattr(forger, "without", ("sub",)),
    "signed by nobody": lambda forger: forger.header.update(alg="none"),
    "signed by a stranger": lambda forger: setattr(forger, "key", STRANGE_KEY),
    "signed with a key that is not there": lambda forger: forger.header.update(kid="strange"),
    "no token": lambda forger: setattr(forger, "no_id_token", True),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
async def test_a_forged_token_opens_nothing(
    visitor: Browser, forger: Forger, database: Database, forge: Callable[[Forger], None]
) -> None:
    forge(forger)
    answer = await arrive(visitor)
    assert (answer.status_code, "Please sign in once more" in shown(answer)) == (400, True)
    assert await database["sessions"].count_documents({}) == await database["accounts"].count_documents({}) == 0
    assert len(await recorded(database, AuditAction.SIGN_IN_FAILED)) == 1


@pytest.mark.parametrize("alg", ["HS256", "none"])
async def test_an_unsafe_signature_is_none_though_the_provider_lists_it(
    visitor: Browser, forger: Forger, alg: str
) -> None:
    forger.metadata, forger.header = {"id_token_signing_alg_values_supported": ["HS256", "none"]}, {"alg": alg}
    assert (await arrive(visitor)).status_code == 400


async def test_userinfo_is_asked_where_the_token_holds_a_name_alone(
    visitor: Browser, forger: Forger, database: Database
) -> None:
    forger.person, forger.userinfo = {"sub": "1"}, PERSON
    assert (await arrive(visitor)).status_code == 303
    assert (await Accounts(database).by_email("ayse@klu.example")) is not None


async def test_userinfo_of_somebody_else_opens_nothing(visitor: Browser, forger: Forger) -> None:
    forger.person, forger.userinfo = {"sub": "1"}, {**PERSON, "sub": "2"}
    assert (await arrive(visitor)).status_code == 400
    assert "/userinfo_endpoint" in forger.asked


@pytest.mark.parametrize(
    "different", [{"state": "another"}, {"state": ""}, {"code": ""}, {"iss": "https://evil.example"}]
)
async def test_an_answer_to_another_request_is_not_taken(
    visitor: Browser, forger: Forger, different: dict[str, str]
) -> None:
    answer = await arrive(visitor, **different)
    assert (answer.status_code, "/login/provider?next=/units" in answer.text) == (400, True)
    assert "/token_endpoint" not in forger.asked


@pytest.mark.parametrize("cookie", [None, "forged", "x" * 3000])
async def test_an_answer_without_our_cookie_is_not_taken(visitor: Browser, forger: Forger, cookie: str | None) -> None:
    request = await asked(visitor)
    visitor.client.cookies.delete("sign-in")
    if cookie:
        visitor.client.cookies.set("sign-in", cookie)
    answer = await visitor.client.get(RETURN, params={"code": request["nonce"], "state": request["state"]})
    assert (answer.status_code, "/token_endpoint" in forger.asked) == (400, False)


async def test_who_says_no_at_the_provider_is_told_so(visitor: Browser) -> None:
    answer = await arrive(visitor, code="", error="access_denied")
    assert (answer.status_code, "cancelled or refused there" in shown(answer)) == (400, True)


async def test_the_cookie_of_an_attempt_is_for_ten_minutes_and_no_script(visitor: Browser) -> None:
    step = await visitor.client.get("/login/provider", follow_redirects=False)
    told = step.headers["set-cookie"].lower()
    assert all(part in told for part in ("httponly", "max-age=600", "samesite=lax", "path=/"))


async def test_many_answers_from_one_client_wait(make: Make, forger: Forger) -> None:
    app = make("router", **settings(forger, sign_in_tries_per_client=2))  # type: ignore[arg-type]
    async with browser(app) as visitor:
        answers = [await arrive(visitor, state="another") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [400, 400, 400, 429]
        assert answers[-1].headers["retry-after"] == "1"


@pytest.mark.parametrize("status", [500, 503])
async def test_while_the_provider_is_down_the_page_says_so_and_passwords_work(
    app: FastAPI, visitor: Browser, forger: Forger, database: Database, status: int
) -> None:
    forger.broken = status
    answer = await visitor.client.get("/login/provider?next=/units")
    assert (answer.status_code, "does not answer just now" in shown(answer)) == (503, True)
    assert 'href="/login/provider?next=/units"' in answer.text
    await log_in(visitor, database)
    assert visitor.path == "/"


async def test_a_provider_that_goes_down_on_the_way_costs_no_try(
    visitor: Browser, forger: Forger, database: Database
) -> None:
    request = await asked(visitor)
    forger.broken = 502
    answer = await visitor.client.get(RETURN, params={"code": request["nonce"], "state": request["state"]})
    assert answer.status_code == 503
    assert [tries["count"] async for tries in database["sign_in_tries"].find()] == [0]


async def test_a_provider_that_did_not_answer_is_asked_again_after_a_pause(forger: Forger) -> None:
    now = 0.0
    given = {"mongodb_url": "-", "rabbitmq_url": "-", "secret_key": example.SECRET} | example.keys("router")
    provider = Provider(Settings.model_validate(given | settings(forger)), clock=lambda: now)  # type: ignore[arg-type]
    forger.broken = 500
    for _ in range(3):
        with pytest.raises(ProviderAway):
            await provider.request()
    assert len(forger.asked) == 1
    forger.broken, now = None, PAUSE
    assert (await provider.request()).url.startswith(forger.issuer)
    await provider.request()
    assert len(forger.asked) == 2


@pytest.mark.parametrize(
    "metadata", [{"issuer": "https://another.example"}, {"token_endpoint": None}, {"jwks_uri": "ftp://klu.example/"}]
)
async def test_metadata_that_cannot_be_right_are_not_used(
    visitor: Browser, forger: Forger, metadata: dict[str, Any]
) -> None:
    forger.metadata = metadata
    assert (await visitor.client.get("/login/provider")).status_code == 503


# --- who gets which account


async def local(database: Database, **different: Any) -> None:
    """A local account with the person's address."""
    await Accounts(database).put(example.account(**{"email": "ayse@klu.example", "password_hash": QUICK} | different))


async def test_a_local_account_is_not_taken_over(visitor: Browser, database: Database) -> None:
    await local(database)
    answer = await arrive(visitor)
    assert (answer.status_code, "There is an account with your address" in shown(answer)) == (403, True)
    (record,) = await recorded(database, AuditAction.PROVIDER_REFUSED)
    assert record["object_id"] == example.account().id


@pytest.mark.parametrize(
    ("different", "claims", "status"),
    [
        ({}, {}, 303),
        ({}, {"email_verified": False}, 403),
        ({}, {"email_verified": "true"}, 403),
        ({"break_glass_email": "Ayse@klu.example"}, {}, 403),
    ],
)
async def test_a_verified_address_takes_over_a_local_account_where_that_is_allowed(
    make: Make, forger: Forger, database: Database, different: dict[str, Any], claims: dict[str, Any], status: int
) -> None:
    await local(database)
    app = make("router", **settings(forger, oidc_link_by_email=True, **different))  # type: ignore[arg-type]
    forger.claims |= claims
    async with browser(app) as visitor:
        assert (await arrive(visitor)).status_code == status
    found = await Accounts(database).by_email("ayse@klu.example")
    assert found and (found.subject, bool(found.password_hash)) == (("1", False) if status == 303 else (None, True))


async def test_the_password_of_a_person_of_the_provider_is_void(visitor: Browser, database: Database) -> None:
    await arrive(visitor)
    await database["accounts"].update_one({}, {"$set": {"password_hash": QUICK}})
    await database["sessions"].delete_many({})
    await visitor.open("/login")
    answer = await send(visitor, "/login", email="ayse@klu.example", password=example.PASSWORD)
    assert answer.status_code == 401


async def test_nobody_gets_an_account_where_administrators_make_them(
    make: Make, forger: Forger, database: Database
) -> None:
    async with browser(make("router", **settings(forger, oidc_create_accounts=False))) as visitor:  # type: ignore[arg-type]
        answer = await arrive(visitor)
    assert (answer.status_code, "You have no account on the desk" in shown(answer)) == (403, True)
    assert await database["accounts"].count_documents({}) == 0


async def test_a_disabled_account_stays_closed(visitor: Browser, database: Database) -> None:
    await arrive(visitor)
    await database["accounts"].update_one({}, {"$set": {"disabled": True}})
    answer = await arrive(visitor)
    assert (answer.status_code, "Your account is disabled" in shown(answer)) == (403, True)


@pytest.mark.parametrize("email", [None, "", "no address", "a@b\r\nBcc: c@d.example"])
async def test_who_has_no_address_gets_no_account(visitor: Browser, forger: Forger, email: str | None) -> None:
    forger.claims["email"] = email
    forger.userinfo = {"sub": "1"}
    answer = await arrive(visitor)
    assert (answer.status_code, "Your e-mail address is missing" in shown(answer)) == (403, True)


def test_an_account_that_another_first_sign_in_has_just_made_is_that_of_the_person() -> None:
    person = Identity("https://idp.example", "s1", "yeni@klu.example", True, "Yeni", "officer")
    rules = Rules(create=True, link=False)
    made = arrived(person, bound=None, same_address=None, rules=rules, now=example.NOW).account
    again = arrived(person, bound=None, same_address=made, rules=rules, now=example.NOW)
    assert (again.account and made and again.account.id == made.id, again.refused) == (True, None)
    other = replace(person, subject="s2")
    assert arrived(other, bound=None, same_address=made, rules=rules, now=example.NOW).refused is Refusal.ADDRESS_TAKEN


async def test_two_first_sign_ins_at_once_make_one_account(app: FastAPI, forger: Forger, database: Database) -> None:
    await Accounts(database).prepare()
    async with browser(app) as one, browser(app) as two:
        answers = await asyncio.gather(arrive(one), arrive(two))
    assert [answer.status_code for answer in answers] == [303, 303]
    assert await database["accounts"].count_documents({}) == 1


# --- the provider ends sessions


async def test_a_logout_token_ends_the_sessions_of_its_person_or_one_of_them(
    app: FastAPI, visitor: Browser, forger: Forger, database: Database
) -> None:
    forger.claims["sid"] = "s1"
    await arrive(visitor)
    async with browser(app) as elsewhere:
        forger.claims["sid"] = "s2"
        await arrive(elsewhere)
        forger.claims = {}
        ended = {"logout_token": forger.token(sid="s2", events=LOGOUT)}
        assert (await elsewhere.client.post("/login/provider/ended", data=ended)).status_code == 200
        assert (await elsewhere.client.get("/units", follow_redirects=False)).status_code == 303
        assert (await visitor.client.get("/units", follow_redirects=False)).status_code == 200
        ended = {"logout_token": forger.token(sub="1", events=LOGOUT)}
        assert (await elsewhere.client.post("/login/provider/ended", data=ended)).status_code == 200
        assert (await visitor.client.get("/units", follow_redirects=False)).status_code == 303
    assert len(await recorded(database, AuditAction.PROVIDER_ENDED_SESSION)) == 2


@pytest.mark.parametrize(
    "told",
    [
        {"events": {}},
        {"events": LOGOUT, "nonce": "n"},
        {"events": LOGOUT, "aud": "another"},
        {"events": LOGOUT, "iss": "https://another.example"},
        {"events": LOGOUT, "exp": 1},
        {"events": LOGOUT, "sub": None},
        {"events": LOGOUT, "sub": {"$ne": None}},
    ],
)
async def test_a_forged_logout_token_ends_nothing(
    visitor: Browser, forger: Forger, database: Database, told: dict[str, Any]
) -> None:
    await arrive(visitor)
    token = forger.token(**{"sub": "1"} | told)
    assert (await visitor.client.post("/login/provider/ended", data={"logout_token": token})).status_code == 400
    assert await database["sessions"].count_documents({}) == 1


async def test_a_desk_without_a_provider_has_none_of_its_pages(make: Make) -> None:
    client = httpx2.AsyncClient(transport=Both(make("router")), base_url="http://127.0.0.1:8002")
    async with client:
        for path in ("/login/provider", "/login/provider/return"):
            assert (await client.get(path)).status_code == 404
        assert (await client.post("/login/provider/ended")).status_code == 404
        assert "/login/provider" not in (await client.get("/login")).text


async def test_links_to_choose_a_password_are_void_once_the_person_comes_from_the_provider(
    make: Make, forger: Forger, database: Database
) -> None:
    link = drawn("http://127.0.0.1:8002/invitation/")
    person = {"email": "ayse@klu.example", "name": "Ayşe", "role": "officer", "language": "tr"}
    invited, _ = invite(**person, link=link, by=example.officer().actor, now=utc_now())
    asked_too, _ = ask_for_reset(invited, link=link, now=utc_now())
    await Accounts(database).put(asked_too)
    async with browser(make("router", **settings(forger, oidc_link_by_email=True))) as visitor:  # type: ignore[arg-type]
        assert (await arrive(visitor)).status_code == 303
        for kind in ("invitation", "reset"):
            assert (await visitor.client.get(f"/{kind}/{link.secret}")).status_code == 404
    found = await Accounts(database).by_email("ayse@klu.example")
    assert found and (found.subject, found.invitation, found.reset) == ("1", None, None)
    assert hash_of(link.secret) not in str(found.history)


async def test_where_passwords_open_nothing_no_link_leads_to_one(
    make: Make, forger: Forger, database: Database
) -> None:
    link = drawn("http://127.0.0.1:8002/invitation/")
    person = {"email": "veli@klu.example", "name": "Veli", "role": "officer", "language": "tr"}
    invited, _ = invite(**person, link=link, by=example.officer().actor, now=utc_now())
    await Accounts(database).put(invited)
    await local(database)
    app = make("router", **settings(forger, local_accounts=False))  # type: ignore[arg-type]
    async with browser(app) as visitor:
        answer = await visitor.client.get(f"/invitation/{link.secret}", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        await visitor.open("/reset")
        assert "an e-mail is on its way" in shown(await send(visitor, "/reset", email="ayse@klu.example"))
    found = await Accounts(database).by_email("ayse@klu.example")
    assert found and found.reset is None


async def test_the_address_of_the_emergency_account_is_nobodys_at_the_provider(
    make: Make, forger: Forger, database: Database
) -> None:
    app = make("router", **settings(forger, break_glass_email="ayse@klu.example"))  # type: ignore[arg-type]
    async with browser(app) as visitor:
        assert (await arrive(visitor)).status_code == 403
    assert await database["accounts"].count_documents({}) == 0
