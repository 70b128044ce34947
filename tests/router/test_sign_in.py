"""Wrong passwords: who waits, who does not, and what the audit log says of it."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from scripts.browser import Browser
from services.router.access import AuditAction, Role
from services.router.accounts.domain import disable_account, new_account, path_inside
from services.router.accounts.domain.changes import choose_password
from services.router.accounts.pages.authenticator import Authenticator
from services.router.accounts.store import Accounts, SignInTries
from shared.clock import utc_now
from shared.documents import Database
from shared.web.client import client_of
from tests import examples as example
from tests.conftest import Broker, Make, Visit, listening, outcomes
from tests.router.desk import QUICK, directory, log_in, send, shown

EMAIL = "gorevli@klu.example"
OTHERS = "203.0.113.7"


@pytest.fixture
async def account(database: Database) -> None:
    """An account whose password costs no time."""
    await Accounts(database).put(example.account(password_hash=QUICK))


def client(app: FastAPI, address: str) -> Browser:
    """A browser at this address."""
    transport = httpx2.ASGITransport(app=app, client=(address, 5000))
    return Browser("http://127.0.0.1:8002", language="en", transport=transport)


async def attempt(browser: Browser, password: str, email: str = EMAIL) -> httpx2.Response:
    """One try to sign in."""
    await browser.open("/login")
    browser.client.follow_redirects = False
    answer = await send(browser, "/login", email=email, password=password)
    browser.client.follow_redirects = True
    return answer


async def recorded(database: Database, action: AuditAction) -> list[dict[str, Any]]:
    """The audit records of this action."""
    return [found async for found in database["audit"].find({"action": action})]


async def test_the_sixth_wrong_password_waits_and_says_how_long(
    app: FastAPI, account: None, database: Database
) -> None:
    guesser = client(app, OTHERS)
    answers = [await attempt(guesser, f"wrong {n}") for n in range(7)]
    assert [answer.status_code for answer in answers] == [401] * 6 + [429]
    assert answers[-1].headers["retry-after"] == "1"
    assert "Please try again in 1 seconds." in shown(answers[-1])
    (held,) = await recorded(database, AuditAction.SIGN_IN_HELD)
    assert (held["count"], held["object_id"]) == (1, "")


async def test_the_owner_signs_in_from_elsewhere_while_somebody_guesses(app: FastAPI, account: None) -> None:
    guesser, owner = client(app, OTHERS), client(app, "198.51.100.9")
    for n in range(8):
        await attempt(guesser, f"wrong {n}")
    assert (await attempt(guesser, example.PASSWORD)).status_code == 429
    assert (await attempt(owner, example.PASSWORD)).status_code == 303


async def test_a_thousand_wrong_passwords_are_slowed_and_the_owner_still_signs_in(
    app: FastAPI, account: None, database: Database
) -> None:
    guessers = [client(app, f"203.0.113.{n}") for n in range(10)]
    await guessers[0].open("/login")
    fields = guessers[0].form("/login").fields | {"email": EMAIL, "password": "wrong"}
    codes = [(await guesser.client.post("/login", data=fields)).status_code for _ in range(100) for guesser in guessers]
    assert codes.count(401) + codes.count(429) == 1_000
    assert codes.count(401) < 150
    owner = client(app, "198.51.100.9")
    assert (await attempt(owner, example.PASSWORD)).status_code == 303


async def test_many_tries_at_once_are_not_all_checked(app: FastAPI, account: None, database: Database) -> None:
    guessers = [client(app, OTHERS) for _ in range(30)]
    answers = await asyncio.gather(*(attempt(browser, f"wrong {n}") for n, browser in enumerate(guessers)))
    assert [answer.status_code for answer in answers].count(401) == 6


async def test_a_campus_behind_one_address_is_not_locked_out_by_one_guesser(app: FastAPI, account: None) -> None:
    guesser, colleague = client(app, OTHERS), client(app, OTHERS)
    for n in range(8):
        await attempt(guesser, f"wrong {n}", email="somebody.else@klu.example")
    assert (await attempt(colleague, example.PASSWORD)).status_code == 303


async def test_tries_for_an_unknown_account_count_like_those_for_a_known_one(
    app: FastAPI, account: None, database: Database
) -> None:
    for address, email in ((OTHERS, EMAIL), ("198.51.100.9", "nobody@klu.example")):
        for _ in range(3):
            assert (await attempt(client(app, address), "wrong", email=email)).status_code == 401
    assert {tries["count"] async for tries in database["sign_in_tries"].find()} == {3}


async def test_the_right_password_forgets_the_wrong_ones(app: FastAPI, account: None) -> None:
    browser = client(app, OTHERS)
    for _ in range(3):
        for n in range(5):
            assert (await attempt(browser, f"wrong {n}")).status_code == 401
        assert (await attempt(browser, example.PASSWORD)).status_code == 303


async def test_a_right_password_makes_nobody_else_behind_its_address_wait(make: Make, account: None) -> None:
    app = make("router", sign_in_tries=100, sign_in_tries_per_client=2)
    browser = client(app, OTHERS)
    for n in range(2):
        assert (await attempt(browser, f"wrong {n}")).status_code == 401
    for _ in range(3):
        assert (await attempt(client(app, OTHERS), example.PASSWORD)).status_code == 303


async def test_the_wait_doubles_up_to_its_limit(database: Database) -> None:
    now = example.NOW
    tries = SignInTries(Database(database.mongodb, source="router", clock=lambda: now))
    waits: list[float] = []
    for _ in range(10):
        assert await tries.wait("k", tries=2, longest=60) == 0
        waits.append(await tries.wait("k", tries=2, longest=60) if len(waits) > 1 else 0)
        now += timedelta(seconds=waits[-1])
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60]


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """No password's check ends before this is set."""
    event = asyncio.Event()

    async def held(call: Callable[..., bool], *args: Any) -> bool:
        await event.wait()
        return call(*args)

    monkeypatch.setattr("services.router.accounts.pages.authenticator.asyncio.to_thread", held)
    return event


async def test_the_first_tries_do_not_wait_for_a_replica_whose_clock_is_ahead(database: Database) -> None:
    ahead = SignInTries(Database(database.mongodb, source="router", clock=lambda: example.NOW + timedelta(seconds=9)))
    here = SignInTries(Database(database.mongodb, source="router", clock=lambda: example.NOW))
    assert [await tries.wait("k", tries=5, longest=60) for tries in (ahead, here, ahead, here)] == [0] * 4


async def test_too_many_log_ins_at_once_are_asked_to_come_again(
    make: Make, account: None, answered: asyncio.Event
) -> None:
    app = make("router", sign_in_queue=1)
    tries = [asyncio.create_task(attempt(client(app, f"192.0.2.{n}"), "wrong")) for n in range(5)]
    first = asyncio.as_completed(tries)
    refused = [await next(first), await next(first)]  # two are checked, one waits
    answered.set()
    assert [(busy.status_code, busy.headers["retry-after"]) for busy in refused] == [(503, "5")] * 2
    assert "Many people are signing in" in shown(refused[0])
    assert sorted(answer.status_code for answer in await asyncio.gather(*tries)) == [401] * 3 + [503] * 2


async def test_one_client_leaves_others_half_of_the_queue(make: Make, account: None, answered: asyncio.Event) -> None:
    app = make("router", sign_in_queue=2)
    guesses = [
        asyncio.create_task(attempt(client(app, OTHERS), "wrong", email=f"guess{n}@klu.example")) for n in range(6)
    ]
    first = asyncio.as_completed(guesses)
    refused = [(await next(first)).status_code for _ in range(4)]
    owner = asyncio.create_task(attempt(client(app, "198.51.100.9"), example.PASSWORD))
    answered.set()
    assert (refused, (await owner).status_code) == ([503] * 4, 303)
    await asyncio.gather(*guesses)


async def test_one_client_gets_one_check_at_a_time(
    app: FastAPI, account: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, most = 0, 0

    async def watched(call: Callable[..., bool], *args: Any) -> bool:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return call(*args)

    monkeypatch.setattr("services.router.accounts.pages.authenticator.asyncio.to_thread", watched)
    guesses = (attempt(client(app, OTHERS), "wrong", email=f"guess{n}@klu.example") for n in range(6))
    assert [answer.status_code for answer in await asyncio.gather(*guesses)] == [401] * 6
    assert most == 1


async def test_who_was_asked_to_come_again_has_lost_no_try(
    make: Make, account: None, answered: asyncio.Event, database: Database
) -> None:
    app = make("router", sign_in_queue=1)
    tries = [asyncio.create_task(attempt(client(app, OTHERS), "wrong")) for _ in range(5)]
    first = asyncio.as_completed(tries)
    refused = [(await next(first)).status_code for _ in range(3)]
    assert refused == [503] * 3
    assert [found["count"] async for found in database["sign_in_tries"].find()] == [2, 2]
    answered.set()
    await asyncio.gather(*tries)


async def test_sign_ins_and_refusals_are_in_the_audit_log(
    app: FastAPI, visit: Visit, officer: Browser, database: Database
) -> None:
    await attempt(visit(app), "wrong")
    await attempt(visit(app), "wrong", email="a password typed as an address")
    await officer.client.get("/parked")
    await officer.open("/")
    await officer.client.post("/logout", data={"csrf": "forged"})
    await officer.open("/")
    await officer.submit("/logout")
    me = example.account().id
    (signed_in,) = await recorded(database, AuditAction.SIGNED_IN)
    known, unknown = sorted(await recorded(database, AuditAction.SIGN_IN_FAILED), key=lambda one: not one["object_id"])
    (refused,) = await recorded(database, AuditAction.RIGHT_REFUSED)
    (signed_out,) = await recorded(database, AuditAction.SIGNED_OUT)
    assert signed_in["actor"]["id"] == signed_out["actor"]["id"] == refused["actor"]["id"] == me
    assert (known["object_id"], unknown["object_id"], refused["object_id"]) == (me, "", "/parked")
    assert len(await recorded(database, AuditAction.FORM_REFUSED)) == 1
    assert "a password typed" not in str([found async for found in database["audit"].find()])


async def test_changes_of_an_account_reach_the_audit_log(make: Make, broker: Broker, database: Database) -> None:
    added, told = new_account(email=EMAIL, name="A", role=Role.ADMIN, password_hash="x", now=utc_now())
    disabled, told_later = disable_account(added, utc_now())
    async with listening(make("router")) as service:
        await broker.publish(example.sealed(told), times=3)
        await broker.publish(example.sealed(told_later))
        assert (await outcomes(service, "router.audit", of=4))["obeyed"] == 2
    one, other = [found async for found in database["chain"].find().sort("_id", 1)]
    assert (one["action"], one["object_id"]) == (AuditAction.ACCOUNT_ADDED, added.id)
    assert one["fields"] == ["email", "name", "role", "password_hash"]
    assert (other["action"], other["object_id"]) == (AuditAction.ACCOUNT_DISABLED, disabled.id)


async def test_a_changed_address_of_a_unit_owes_a_record(admin: Browser, database: Database) -> None:
    await directory(database)
    await admin.open("/units/kddb/edit")
    await admin.submit("/units/kddb", email="other@klu.example")
    unit = await database["units"].find_one({"_id": "kddb"})
    assert unit
    assert {entry["type"] for entry in unit["outbox"]} == {"router.audited", "unit.changed"}
    assert "other@klu.example" not in unit["outbox"][0]["body"]


async def test_an_account_that_was_made_again_does_not_admit_old_sessions(
    app: FastAPI, officer: Browser, database: Database
) -> None:
    accounts = Accounts(database)
    await database["sessions"].update_one({}, {"$unset": {"account_id": ""}})
    await database["accounts"].delete_many({})
    again, _ = new_account(email=EMAIL, name="A", role=Role.OFFICER, password_hash=QUICK, now=utc_now())
    await accounts.put(again)
    await officer.open("/")
    assert officer.path == "/login"


async def test_a_foreign_page_ends_neither_session_nor_cookie(app: FastAPI, visit: Visit, officer: Browser) -> None:
    stranger = visit(app)  # the browser sends no cookie with a foreign form (SameSite)
    answer = await stranger.client.post("/logout", data={}, headers={"origin": "https://evil.example"})
    assert "set-cookie" not in answer.headers
    forged = await officer.client.post("/logout", data={}, headers={"origin": "https://evil.example"})
    assert (forged.status_code, "session" in officer.client.cookies) == (403, True)
    await officer.open("/")
    assert officer.path == "/"


async def test_a_log_out_after_the_session_was_deleted_deletes_the_cookie(officer: Browser, database: Database) -> None:
    await officer.open("/")
    await database["sessions"].delete_many({})
    await officer.submit("/logout")
    assert "session" not in officer.client.cookies


async def test_a_sign_in_ends_the_session_before(app: FastAPI, visit: Visit, database: Database) -> None:
    browser = await log_in(visit(app), database)
    await browser.open("/login")
    await browser.submit("/login", email=EMAIL, password=example.PASSWORD)
    assert await database["sessions"].count_documents({}) == 1


@pytest.mark.parametrize(
    "url", ["//[", "//evil.example", "/\\evil.example", "/\t/evil", "/a\n", "http://[", "", "/" + "a" * 3_000]
)
def test_an_address_outside_becomes_the_first_page(url: str) -> None:
    assert path_inside(url) == "/"


@given(st.text(max_size=50).map(lambda text: "/" + text) | st.text(max_size=50))
def test_no_text_leads_to_another_site(url: str) -> None:
    inside = path_inside(url)
    assert inside.startswith("/")
    assert not inside.startswith(("//", "/\\"))
    assert not any(ord(letter) < 33 for letter in inside)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("not an address", "not an address", True),
    ],
)
def test_a_client_is_an_address_or_a_network(app: FastAPI, one: str, other: str, same: bool) -> None:
    def key(host: str) -> str:
        from starlette.requests import Request

        return client_of(Request({"type": "http", "client": (host, 1), "app": app, "headers": []}))

    assert (key(one) == key(other)) is same
    assert one not in key(one)


async def test_a_password_that_is_changed_while_it_is_checked_opens_nothing(
    app: FastAPI, visit: Visit, account: None, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    authenticator, accounts = app.state.provided[Authenticator], Accounts(database)
    checked = authenticator.matches

    async def slowly(*arguments: Any) -> bool:
        right: bool = await checked(*arguments)
        found = await accounts.by_email(EMAIL)
        assert found
        changed, announcing = choose_password(found, QUICK, now=utc_now())
        await accounts.put(changed, announcing=announcing)
        return right

    monkeypatch.setattr(authenticator, "matches", slowly)
    thief = visit(app, language="en")
    await attempt(thief, example.PASSWORD)
    await thief.open("/")
    assert thief.path == "/login"
