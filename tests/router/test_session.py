"""Logging in and out, and what becomes of a session."""

import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.accounts.domain import replace_account
from services.router.accounts.store import Accounts
from shared.clock import utc_now
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make, Visit
from tests.router.desk import announced, directory, keeps, kept, log_in, send, shown, types

WRONG = "E-mail address or password is wrong."
ENDED = "Your session has ended"


async def test_an_officer_logs_in_and_is_on_the_desk(app: FastAPI, visit: Visit, database: Database) -> None:
    await Accounts(database).put(example.account())
    browser = visit(app)
    await browser.open("/login")
    page = await browser.submit("/login", email=example.account().email, password=example.PASSWORD)
    assert browser.path == "/"
    assert "Ayşe Yılmaz" in page


async def test_the_address_may_be_written_in_capitals(app: FastAPI, visit: Visit, database: Database) -> None:
    await Accounts(database).put(example.account())
    browser = visit(app)
    await browser.open("/login")
    await browser.submit("/login", email=" GOREVLI@klu.example ", password=example.PASSWORD)
    assert browser.path == "/"


@pytest.mark.parametrize(
    ("account", "email", "password"),
    [
        ({}, "gorevli@klu.example", "not the password"),
        ({}, "nobody@klu.example", example.PASSWORD),
        ({"disabled": True}, "gorevli@klu.example", example.PASSWORD),
        ({}, '{"$ne": ""}', example.PASSWORD),
        ({}, "gorevli@klu.example\x00\ufffd", example.PASSWORD),
    ],
    ids=["wrong password", "unknown account", "disabled account", "an operator", "control characters"],
)
async def test_who_may_not_come_in_learns_no_more_than_that(
    app: FastAPI, visit: Visit, database: Database, account: dict[str, Any], email: str, password: str
) -> None:
    await Accounts(database).put(example.account(**account))
    browser = visit(app, language="en")
    await browser.open("/login")
    answer = await send(browser, "/login", email=email, password=password)
    assert (answer.status_code, WRONG in shown(answer)) == (401, True)
    assert keeps(answer, email)
    assert password not in answer.text
    assert await database["sessions"].count_documents({}) == 0


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"email": "", "password": ""}, "Please enter your e-mail address."),
        ({"email": "a@klu.example", "password": ""}, "Please enter your password."),
        ({"email": "a" * 300, "password": "x"}, "Please use at most 254 characters."),
        ({"email": "a@klu.example", "password": "x" * 300}, "Please use at most 256 characters."),
    ],
)
async def test_an_incomplete_log_in_says_what_is_missing(
    app: FastAPI, visit: Visit, fields: dict[str, str], said: str
) -> None:
    browser = visit(app, language="en")
    await browser.open("/login")
    answer = await send(browser, "/login", **fields)
    assert (answer.status_code, said in shown(answer)) == (422, True)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/\t/evil.example/",
        "\\\\evil.example",
        "javascript:alert(1)",
        "evil",
        "//[",
        "http://[",
        "http:evil.example",
        "\t//evil.example",
        "/\r\nset-cookie: a=b",
        "/\N{SKULL}\x00",
        "/" + "a" * 10_000,
    ],
)
async def test_a_log_in_never_leads_to_another_site(
    app: FastAPI, visit: Visit, database: Database, elsewhere: str
) -> None:
    await Accounts(database).put(example.account())
    browser = visit(app)
    await browser.open("/login")
    browser.client.follow_redirects = False
    answer = await send(browser, "/login", email="gorevli@klu.example", password=example.PASSWORD, next=elsewhere)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_log_in_leads_to_the_page_that_was_asked_for(app: FastAPI, visit: Visit, database: Database) -> None:
    case = await kept(database, example.case())
    await Accounts(database).put(example.account())
    browser = visit(app)
    await browser.open(f"/cases/{case.id}")
    assert browser.path == "/login"
    await browser.submit("/login", email="gorevli@klu.example", password=example.PASSWORD)
    assert browser.path == f"/cases/{case.id}"


@pytest.mark.parametrize(
    ("old", "over"),
    [
        ({"seen_at": timedelta(minutes=29)}, False),
        ({"seen_at": timedelta(minutes=30)}, True),
        ({"created_at": timedelta(hours=11, minutes=59)}, False),
        ({"created_at": timedelta(hours=12)}, True),
    ],
    ids=["idle for 29 minutes", "idle for 30 minutes", "11:59 hours old", "12 hours old"],
)
async def test_a_session_ends_by_itself(
    officer: Browser, database: Database, old: dict[str, timedelta], over: bool
) -> None:
    now = utc_now()
    await database["sessions"].update_one({}, {"$set": {name: now - age for name, age in old.items()}})
    await officer.open("/")
    assert officer.path == ("/login" if over else "/")


async def test_whose_session_has_ended_reads_so_and_returns_to_the_same_page(
    officer: Browser, database: Database
) -> None:
    case = await kept(database, example.case())
    await database["sessions"].delete_many({})
    page = await officer.open(f"/cases/{case.id}?list=view%3Dnew")
    assert ENDED in page
    assert "Then you return to the page that you asked for." in page
    wrong = await send(officer, "/login", email="gorevli@klu.example", password="not the password")
    assert (WRONG in shown(wrong), ENDED in shown(wrong)) == (True, False)
    await officer.submit("/login", email="gorevli@klu.example", password=example.PASSWORD)
    assert (officer.path, officer.page and officer.page.url.query) == (f"/cases/{case.id}", b"list=view%3Dnew")


async def test_who_comes_for_the_first_time_or_has_signed_out_reads_of_no_ended_session(
    app: FastAPI, visit: Visit, officer: Browser
) -> None:
    assert ENDED not in await visit(app, language="en").open("/figures")
    await officer.open("/")
    await officer.submit("/logout")
    assert ENDED not in await officer.open("/figures")


async def test_a_visit_keeps_a_session_alive(officer: Browser, database: Database) -> None:
    earlier = utc_now() - timedelta(minutes=29)
    await database["sessions"].update_one({}, {"$set": {"seen_at": earlier}})
    await officer.open("/")
    session = await database["sessions"].find_one({})
    assert session
    assert session["seen_at"] > earlier + timedelta(minutes=28)


async def test_logging_out_ends_the_session_on_the_server(officer: Browser, database: Database) -> None:
    cookies = dict(officer.client.cookies)
    await officer.open("/")
    await officer.submit("/logout")
    assert officer.path == "/login"
    assert await database["sessions"].count_documents({}) == 0
    officer.client.cookies.update(cookies)
    await officer.open("/")
    assert officer.path == "/login"


async def test_logging_out_makes_the_browser_forget_its_pages(officer: Browser) -> None:
    await officer.open("/")
    officer.client.follow_redirects = False
    answer = await send(officer, "/logout")
    assert answer.headers["clear-site-data"] == '"cache"'


async def test_a_forged_log_out_leaves_the_session_alone(officer: Browser, database: Database) -> None:
    await officer.open("/")
    await send(officer, "/logout", csrf="forged")
    assert await database["sessions"].count_documents({}) == 1


async def test_disabling_an_account_ends_its_session(officer: Browser, database: Database) -> None:
    await database["accounts"].update_one({}, {"$set": {"disabled": True}})
    await officer.open("/")
    assert officer.path == "/login"


@pytest.mark.parametrize("forged", ["", "x", "x.y", "gorevli@klu.example", "\xff\xfe", "a" * 4000])
async def test_a_forged_cookie_opens_nothing(app: FastAPI, visit: Visit, forged: str) -> None:
    cookie = [(b"cookie", f"session={forged}".encode("latin-1"))]
    answer = await visit(app).client.get("/", headers=cookie)
    assert answer.url.path == "/login"


async def test_only_a_hash_of_the_cookie_is_kept(officer: Browser, database: Database) -> None:
    session = await database["sessions"].find_one({})
    secret = officer.client.cookies["session"].partition(".")[0]
    assert len(secret) >= 43
    assert secret not in str(session)


async def test_the_cookie_is_for_the_browser_and_this_host_alone(make: Make, visit: Visit, database: Database) -> None:
    await Accounts(database).put(example.account())
    browser = visit(make("router", router_url="https://desk.klu.example"))
    await browser.open("/login")
    browser.client.follow_redirects = False
    answer = await send(browser, "/login", email="gorevli@klu.example", password=example.PASSWORD)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


async def test_typed_text_is_shown_when_the_session_has_ended(officer: Browser, database: Database) -> None:
    case = await kept(database, example.routed_case())
    recall = f"/cases/{case.id}/assignments/{case.assignments[0].id}/recall"
    await officer.open(recall)
    await database["sessions"].delete_many({})
    answer = await send(officer, recall, reason="<b>Yanlış birim</b>")
    assert (answer.status_code, ENDED in shown(answer)) == (401, True)
    assert "<b>Yanlış birim</b>" in shown(answer)
    assert (await database["cases"].find_one({"_id": case.id}) or {})["revision"] == case.revision


async def test_nothing_has_to_be_typed_or_chosen_again_when_a_session_has_ended(
    officer: Browser, database: Database
) -> None:
    case = await kept(database, example.case())
    await directory(database)
    routing = f"/cases/{case.id}/routing"
    await officer.open(f"/cases/{case.id}")
    await database["sessions"].delete_many({})
    chosen: dict[str, Any] = {"units": [example.LIBRARY.code, example.WORKS.code], "note": "Acele"}
    ended = await send(officer, routing, **chosen)
    assert ended.status_code == 401
    assert "Acele" in shown(ended)
    found = re.search(r'href="(/login\?next=/kept/[^"]+)"', ended.text)
    assert found
    await officer.open(found[1])
    await officer.submit("/login", email="gorevli@klu.example", password=example.PASSWORD)
    assert officer.path.startswith("/kept/")
    again = await officer.send(routing)
    assert again.status_code == 422
    assert again.text.count(" checked") >= 2
    assert "Acele" in shown(again)
    await officer.submit(routing, units=chosen["units"])
    assert types(await announced(database, case.id)).count("assignment.requested") == 2


async def test_a_form_from_a_foreign_page_is_not_kept_to_be_sent_again(officer: Browser, database: Database) -> None:
    case = await kept(database, example.case())
    await database["sessions"].delete_many({})
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = await officer.client.post(f"/cases/{case.id}/closure", data={"reason": "spam"}, headers=headers)
        assert answer.status_code == 401
        assert "<form method" not in answer.text


async def test_a_form_that_cannot_be_read_is_refused_with_or_without_a_session(
    app: FastAPI, visit: Visit, officer: Browser, database: Database
) -> None:
    case = await kept(database, example.case())
    headers = {"content-type": "multipart/form-data; boundary=x"}
    for browser in (officer, visit(app, language="en")):
        for action in (f"/cases/{case.id}/routing", "/logout", "/login"):
            answer = await browser.client.post(action, content=b"nonsense", headers=headers)
            ended = browser is not officer and "routing" in action
            assert (answer.status_code, "could not be read" in shown(answer)) == (
                (401, False) if ended else (400, True)
            )


async def test_a_replaced_password_ends_the_sessions_of_its_account(officer: Browser, database: Database) -> None:
    accounts = Accounts(database)
    account = await accounts.by_email("gorevli@klu.example")
    assert account
    replaced, _ = replace_account(account, name=account.name, role=account.role, password_hash="x", now=utc_now())
    await accounts.put(replaced)
    answer = await officer.client.get("/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/&ended=yes")


async def test_a_new_log_in_makes_a_new_session(app: FastAPI, visit: Visit, database: Database) -> None:
    browser = await log_in(visit(app), database)
    first = browser.client.cookies["session"]
    await browser.open("/login")
    await browser.submit("/login", email="gorevli@klu.example", password=example.PASSWORD)
    assert browser.client.cookies["session"] != first
