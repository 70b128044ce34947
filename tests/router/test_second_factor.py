"""The second factor: set up, asked for, used once, lost."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from scripts.browser import Browser
from services.router.access import AuditAction, Role
from services.router.accounts.domain.codes import STEP, matching_step
from services.router.accounts.pages.second_factor import used
from services.router.accounts.store import Accounts
from shared.clock import utc_now
from shared.documents import Conflict, Database
from tests import examples as example
from tests.conftest import Make, Visit
from tests.router.accounts import KEY, code, letters, sealing, with_factor
from tests.router.desk import QUICK, send, shown

EMAIL = "gorevli@klu.example"
WRONG = "This code is not right"


@pytest.fixture
async def asked(app: FastAPI, visit: Visit, database: Database) -> Browser:
    """Somebody whose password was right, and who is asked for a code."""
    await with_factor(database, example.account(password_hash=QUICK))
    return await password_given(visit(app, language="en"))


async def password_given(browser: Browser) -> Browser:
    await browser.open("/login?next=/units")
    await browser.submit("/login", email=EMAIL, password=example.PASSWORD)
    return browser


async def test_the_code_is_asked_after_the_password_and_leads_to_the_wanted_page(
    asked: Browser, database: Database
) -> None:
    assert asked.path == "/login/code"
    assert await database["sessions"].count_documents({}) == 0
    await asked.submit("/login/code", one_time_code=code())
    assert asked.path == "/units"


async def test_the_password_alone_opens_no_page(asked: Browser) -> None:
    await asked.open("/")
    assert asked.path == "/login"


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clocks_may_differ_by_one_step(steps: int, taken: bool) -> None:
    now = example.NOW
    assert (matching_step(KEY, code(now, steps=steps), now) is not None) is taken


@given(st.integers(0, 59), st.integers(-1, 1))
def test_a_code_is_not_taken_after_a_later_one(second: int, steps: int) -> None:
    now = example.NOW + timedelta(seconds=second)
    step = matching_step(KEY, code(now, steps=steps), now)
    assert step == int(now.timestamp()) // STEP + steps
    assert matching_step(KEY, code(now, steps=steps), now, after=step) is None


async def test_a_used_code_is_refused(app: FastAPI, asked: Browser, visit: Visit) -> None:
    shown_code = code()
    await asked.submit("/login/code", one_time_code=shown_code)
    again = await password_given(visit(app, language="en"))
    answer = await send(again, "/login/code", one_time_code=shown_code)
    assert (answer.status_code, WRONG in shown(answer)) == (401, True)


async def test_one_code_on_two_replicas_at_once_opens_one_session(database: Database) -> None:
    account = await with_factor(database, example.account(password_hash=QUICK))
    replicas = [sealing(database), sealing(database)]
    now = utc_now()
    tries = (used(accounts, account, code(now), now) for accounts in replicas)
    results: list[Any] = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(one).__name__ for one in results) == sorted(["bool", Conflict.__name__])
    fresh = await replicas[0].get(account.id)
    assert await used(replicas[1], fresh, code(now), now) is False


async def test_a_recovery_code_opens_once_and_is_told(
    app: FastAPI, asked: Browser, visit: Visit, database: Database
) -> None:
    await asked.submit("/login/code", one_time_code="aaaa bbbb cccc")
    assert asked.path == "/units"
    assert [one["purpose"] for one in await letters(database, EMAIL)] == ["recovery_code_used"]
    again = await password_given(visit(app, language="en"))
    assert (await send(again, "/login/code", one_time_code="AAAA-BBBB-CCCC")).status_code == 401


async def test_guessing_codes_is_slowed_and_recorded(asked: Browser, database: Database) -> None:
    answers = [(await send(asked, "/login/code", one_time_code="000000")).status_code for _ in range(7)]
    assert (answers[0], answers[-1]) == (401, 429)
    failed = [one async for one in database["audit"].find({"action": AuditAction.SECOND_FACTOR_FAILED})]
    assert {one["object_id"] for one in failed} == {example.account().id}


async def test_a_password_chosen_meanwhile_ends_the_step(asked: Browser, database: Database) -> None:
    await database["accounts"].update_one({}, {"$set": {"credentials_changed_at": utc_now()}})
    await asked.open("/login/code")
    assert asked.path == "/login"


async def set_up(browser: Browser, action: str, **more: str) -> str:
    """Set up what the page offers. Returns the page with the recovery codes."""
    found = re.search(r'class="setup-key">([A-Z2-7 ]+)<', browser.html)
    assert found
    return await browser.submit(action, one_time_code=code(key=found[1].replace(" ", "")), **more)


async def test_a_second_factor_is_set_up_with_password_and_code(officer: Browser, database: Database) -> None:
    await officer.open("/account/second-factor")
    assert "data:image/svg+xml" in officer.html
    wrong = await send(officer, "/account/second-factor", one_time_code="000000", password=example.PASSWORD)
    assert (wrong.status_code, WRONG in shown(wrong)) == (422, True)
    page = await set_up(officer, "/account/second-factor", password=example.PASSWORD)
    codes = re.findall(r"<code>([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})</code>", officer.html)
    assert (len(set(codes)), "Recovery codes" in page) == (10, True)
    found = await database["accounts"].find_one({}) or {}
    assert all(one not in str(found) for one in codes)
    assert found["second_factor"]["last_step"] > 0
    assert [one["purpose"] for one in await letters(database, EMAIL)] == ["second_factor_added"]
    assert "Recovery codes left" in await officer.open("/account")


async def test_a_second_factor_is_removed_with_the_password(officer: Browser, database: Database) -> None:
    account = await Accounts(database).by_email(EMAIL)
    assert account
    await with_factor(database, account)
    await officer.open("/account/second-factor")
    removal = "/account/second-factor/removal"
    assert (await send(officer, removal, password="not it")).status_code == 422
    await officer.open("/account/second-factor")
    await officer.submit(removal, password=example.PASSWORD)
    assert (await database["accounts"].find_one({}) or {})["second_factor"] is None


async def test_a_role_that_must_have_one_sets_it_up_before_anything_else(
    make: Make, visit: Visit, database: Database
) -> None:
    app = make("router", totp_roles=(Role.OFFICER,))
    await Accounts(database).put(example.account(password_hash=QUICK))
    person = await password_given(visit(app, language="en"))
    assert person.path == "/login/second-factor"
    await set_up(person, "/login/second-factor")
    await person.open("/units")
    assert person.path == "/units"
    await person.open("/account/second-factor")
    assert "removal" not in person.html


async def test_a_secret_sealed_with_an_old_key_is_sealed_anew(database: Database) -> None:
    account = await with_factor(database, example.account(password_hash=QUICK))
    accounts = sealing(database)
    assert account.second_factor
    assert KEY not in str(await database["accounts"].find_one({}))
    await accounts.seal_anew(account.id, utc_now())
    fresh = (await accounts.get(account.id)).second_factor
    assert fresh
    assert fresh.sealed != account.second_factor.sealed
    assert accounts.secret_of(fresh) == KEY
