"""People of the desk: invited, changed, disabled; and that somebody can always administer the desk."""

import asyncio
from datetime import timedelta

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.access import AuditAction, Role
from services.router.accounts.store import Accounts
from shared.clock import utc_now
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make, Visit
from tests.router.accounts import NEW, letters, link_for, with_factor
from tests.router.desk import QUICK, log_in, send, shown

HERE = "/administration/people"
ELIF = {"name": "Elif Demir", "email": "Elif.Demir@klu.example", "role": "officer", "language": "en"}
EMAIL = "elif.demir@klu.example"
OTHER = {"id": "other", "email": "ikinci@klu.example", "name": "İkinci Yönetici", "role": Role.ADMIN}


async def other_admin(database: Database) -> None:
    await Accounts(database).put(example.account(password_hash=QUICK, **OTHER))


async def stored(database: Database, email: str) -> dict[str, object]:
    found = await database["accounts"].find_one({"email": email})
    assert found
    return found


async def audited(database: Database, email: str) -> list[tuple[str, tuple[str, ...]]]:
    """Action and fields of what is owed to the audit log about an account."""
    found = await database["accounts"].find_one({"email": email})
    owed_data = (
        [example.unpublished_data(one) for one in found["outbox"] if one["type"] == "router.audited"] if found else []
    )
    return [(data["action"], tuple(data["fields"])) for data in owed_data]


@pytest.fixture
async def invited(admin: Browser, database: Database) -> str:
    """The page of somebody who was invited."""
    await Accounts(database).prepare()
    await admin.fill_in(f"{HERE}/new", **ELIF)
    return admin.path


async def test_who_is_invited_chooses_a_password_and_signs_in(
    admin: Browser, invited: str, app: FastAPI, visit: Visit, database: Database
) -> None:
    (letter,) = await letters(database, EMAIL)
    assert (letter["purpose"], letter["language"], letter["name"]) == ("invitation", "en", "Elif Demir")
    link = await link_for(database, EMAIL)
    assert link.rpartition("/")[2] not in str(await stored(database, EMAIL))
    assert "Invited" in await admin.open(HERE)
    person = visit(app, language="en")
    await person.open(link)
    await person.open(link)  # a mail scanner was there before
    await person.submit(link, password=NEW, password_again=NEW)
    assert "Your password is saved" in await person.open("/login?chosen=yes")
    await person.submit("/login", email=EMAIL, password=NEW)
    assert person.path == "/"
    assert (await person.client.get(link)).status_code == 404
    page = await admin.open(HERE)
    assert page.count("Active") == 2


async def test_an_invitation_opens_for_72_hours(
    admin: Browser, invited: str, app: FastAPI, visit: Visit, database: Database
) -> None:
    link = await link_for(database, EMAIL)
    past = utc_now() - timedelta(seconds=1)
    found = await stored(database, EMAIL)
    assert found["invitation"]["expires_at"] - found["invitation"]["sent_at"] == timedelta(hours=72)  # type: ignore[index]
    await database["accounts"].update_one({"email": EMAIL}, {"$set": {"invitation.expires_at": past}})
    answer = await visit(app, language="en").client.get(link)
    assert (answer.status_code, "does not open any more" in shown(answer)) == (404, True)
    assert "does not open any more" in await admin.open(invited)


async def test_an_invitation_that_is_sent_again_has_another_link(
    admin: Browser, invited: str, app: FastAPI, visit: Visit, database: Database
) -> None:
    first = await link_for(database, EMAIL)
    await admin.open(invited)
    await admin.submit(f"{invited}/invitation")
    second = await link_for(database, EMAIL)
    stranger = visit(app)
    answers = [(await stranger.client.get(link)).status_code for link in (first, second)]
    assert (first != second, answers) == (True, [404, 200])


async def test_a_withdrawn_invitation_opens_nothing(
    admin: Browser, invited: str, app: FastAPI, visit: Visit, database: Database
) -> None:
    link = await link_for(database, EMAIL)
    await admin.open(invited)
    await admin.submit(f"{invited}/withdrawal")
    assert (await visit(app).client.get(link)).status_code == 404
    assert await audited(database, EMAIL) == [
        (AuditAction.ACCOUNT_INVITED, ("email", "name", "role", "language")),
        (AuditAction.INVITATION_WITHDRAWN, ("disabled", "invitation")),
    ]


async def test_one_address_is_one_account(admin: Browser, invited: str) -> None:
    await admin.open(f"{HERE}/new")
    answer = await send(admin, f"{HERE}/new", **ELIF)
    assert (answer.status_code, "Somebody has this e-mail address already." in shown(answer)) == (409, True)


async def test_a_change_is_in_the_history_and_the_audit_log(admin: Browser, database: Database) -> None:
    await other_admin(database)
    page = f"{HERE}/other"
    await admin.fill_in(page, name="Başka Ad", role="supervisor")
    assert await audited(database, "ikinci@klu.example") == [(AuditAction.ACCOUNT_CHANGED, ("name", "role"))]
    text = shown(await admin.client.get(page))
    assert "İkinci Yönetici → Başka Ad" in text
    assert "Administrator → Hotline supervisor" in text


async def test_a_new_address_is_told_to_the_old_one_and_signs_in(
    admin: Browser, app: FastAPI, visit: Visit, database: Database
) -> None:
    await other_admin(database)
    await admin.fill_in(f"{HERE}/other", email="yeni@klu.example", role="admin")
    (letter,) = await letters(database, "yeni@klu.example")
    assert (letter["purpose"], letter["email"]) == ("email_changed", "ikinci@klu.example")
    person = visit(app, language="en")
    await person.open("/login")
    refused = await send(person, "/login", email="ikinci@klu.example", password=example.PASSWORD)
    assert refused.status_code == 401
    await person.submit("/login", email="yeni@klu.example", password=example.PASSWORD)
    assert person.path == "/"


async def test_who_is_disabled_is_out_at_once(admin: Browser, app: FastAPI, visit: Visit, database: Database) -> None:
    person = await log_in(visit(app, language="en"), database, **OTHER)
    await admin.open(f"{HERE}/other")
    await admin.submit(f"{HERE}/other/disabling")
    await person.open("/")
    assert person.path == "/login"
    assert await database["sessions"].count_documents({"account_id": "other"}) == 0
    await admin.submit(f"{HERE}/other/enabling")
    assert (await stored(database, "ikinci@klu.example"))["disabled"] is False


async def test_ended_sessions_have_to_be_begun_again(
    admin: Browser, app: FastAPI, visit: Visit, database: Database
) -> None:
    person = await log_in(visit(app, language="en"), database, **OTHER)
    await admin.open(f"{HERE}/other")
    await admin.submit(f"{HERE}/other/sessions")
    await person.open("/")
    assert person.path == "/login"


async def test_a_lost_second_factor_is_taken_away(admin: Browser, database: Database) -> None:
    await with_factor(database, example.account(password_hash=QUICK, **OTHER))
    await admin.open(f"{HERE}/other")
    await admin.submit(f"{HERE}/other/second-factor")
    assert (await stored(database, "ikinci@klu.example"))["second_factor"] is None
    (letter,) = await letters(database, "ikinci@klu.example")
    assert letter["purpose"] == "second_factor_removed"


@pytest.mark.parametrize("what", ["disabling", "demotion"])
async def test_the_last_administrator_stays(admin: Browser, database: Database, what: str) -> None:
    await Accounts(database).put(example.account(password_hash="", **OTHER))  # invited, and has not come yet
    me = f"{HERE}/{example.account().id}"
    await admin.open(me)
    answer = await (send(admin, f"{me}/disabling") if what == "disabling" else send(admin, me, role="officer"))
    assert (answer.status_code, "This is the last administrator" in shown(answer)) == (409, True)
    found = await stored(database, example.account().email)
    assert (found["disabled"], found["role"]) == (False, "admin")


async def test_two_administrators_who_disable_each_other_do_not_both_succeed(
    make: Make, admin: Browser, visit: Visit, database: Database
) -> None:
    second = await log_in(visit(make("router"), language="en"), database, **OTHER)
    first_page, second_page = f"{HERE}/other", f"{HERE}/{example.account().id}"
    await admin.open(first_page)
    await second.open(second_page)
    await asyncio.gather(send(admin, f"{first_page}/disabling"), send(second, f"{second_page}/disabling"))
    left = [account.id for account in await Accounts(database).all() if account.administers]
    assert len(left) == 1


async def test_a_stale_page_overwrites_nothing(admin: Browser, database: Database) -> None:
    await other_admin(database)
    await admin.open(f"{HERE}/other")
    await admin.fill_in(f"{HERE}/other", name="Başka Ad", role="admin")
    answer = await send(admin, f"{HERE}/other", name="Üçüncü Ad", role="admin", revision="0")
    assert answer.status_code == 409
    assert (await stored(database, "ikinci@klu.example"))["name"] == "Başka Ad"


async def test_after_an_invitation_the_next_person_can_be_invited_at_once(admin: Browser, database: Database) -> None:
    await Accounts(database).prepare()
    await admin.fill_in(f"{HERE}/new", **ELIF, then="another")
    assert (admin.path, "The invitation is on its way" in admin.html) == (f"{HERE}/new", True)
    assert (await stored(database, EMAIL))["name"] == "Elif Demir"


async def test_another_role_ends_the_sessions_that_began_with_the_one_before(
    admin: Browser, app: FastAPI, visit: Visit, database: Database
) -> None:
    person = await log_in(visit(app, language="en"), database, **OTHER | {"role": Role.OFFICER})
    await admin.open(f"{HERE}/other")
    await admin.submit(f"{HERE}/other", name="Başka Ad", role="officer")
    await person.open("/")
    assert person.path == "/", "another name ends nothing"
    await admin.open(f"{HERE}/other")
    await admin.submit(f"{HERE}/other", role="admin")
    await person.open("/")
    assert person.path == "/login"
