"""What somebody typed while their session ended: kept for that person alone, for an hour, encrypted."""

import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.access import Role
from shared.clock import utc_now
from shared.documents import Database
from tests import examples as example
from tests.conftest import Visit
from tests.router.desk import kept, log_in, send, shown

TEXT = "Isıtma için yeniden yönlendirilmeli"
EMAIL = "gorevli@klu.example"


@pytest.fixture
async def ended(officer: Browser, database: Database) -> str:
    """The page where the texts are after the next sign-in."""
    case = await kept(database, example.routed_case())
    recall = f"/cases/{case.id}/assignments/{case.assignments[0].id}/recall"
    await officer.open(recall)
    await database["sessions"].delete_many({})
    answer = await send(officer, recall, reason=TEXT)
    assert (answer.status_code, TEXT in shown(answer)) == (401, True)
    found = re.search(r'href="/login\?next=(/kept/[^"]+)"', answer.text)
    assert found
    return found[1]


async def sign_in(browser: Browser, page: str) -> Browser:
    await browser.open(f"/login?next={page}")
    await browser.submit("/login", email=EMAIL, password=example.PASSWORD)
    return browser


async def test_the_form_comes_back_filled_in_and_is_sent_from_there(
    officer: Browser, ended: str, database: Database
) -> None:
    await sign_in(officer, ended)
    assert (officer.path, TEXT in officer.html) == (ended, True)
    recall = re.search(r'action="(/cases/[^"]+/recall)"', officer.html)
    assert recall
    again = await officer.send(recall[1])
    assert (again.status_code, TEXT in again.text) == (422, True)
    assert (await database["cases"].find_one({}) or {})["assignments"][0]["state"] != "recalled"
    await officer.submit(recall[1])
    assert (await database["cases"].find_one({}) or {})["assignments"][0]["state"] == "recalled"


async def test_a_bulk_act_whose_session_has_ended_comes_back_with_the_chosen_cases(
    officer: Browser, database: Database
) -> None:
    chosen = [f"{(await kept(database, example.case())).id}:0" for _ in range(2)]
    await kept(database, example.case())
    await officer.open("/")
    await database["sessions"].delete_many({})
    answer = await send(officer, "/bulk", what="close", reason="inadmissible", cases=chosen)
    assert (answer.status_code, chosen[0] in shown(answer)) == (401, False)
    found = re.search(r'href="/login\?next=(/kept/[^"]+)"', answer.text)
    assert found
    await sign_in(officer, found[1])
    await officer.send("/bulk")
    fields = officer.form("/bulk").fields
    assert sorted(fields["cases"]) == sorted(chosen)
    assert '<option value="inadmissible" selected>' in officer.html
    await officer.submit("/bulk", what="close", reason="inadmissible")
    assert await database["cases"].count_documents({"release.kind": "closure"}) == 2


async def test_the_texts_are_encrypted_and_have_no_token(ended: str, database: Database) -> None:
    found = await database["kept_forms"].find_one({})
    assert found
    assert TEXT not in str(found)
    assert "csrf" not in str(found)


async def test_nobody_else_gets_them(
    app: FastAPI, ended: str, visit: Visit, officer: Browser, database: Database
) -> None:
    other: dict[str, Any] = {"id": "other", "email": "ikinci@klu.example", "role": Role.ADMIN}
    colleague = await log_in(visit(app, language="en"), database, **other)
    await colleague.open(ended)
    assert (colleague.path, TEXT in colleague.html) == ("/", False)
    stranger = visit(app)
    await stranger.open(ended)
    assert stranger.path == "/login"


async def test_after_an_hour_they_are_gone(officer: Browser, ended: str, database: Database) -> None:
    await database["kept_forms"].update_one({}, {"$set": {"kept_at": utc_now() - timedelta(hours=1)}})
    await sign_in(officer, ended)
    assert officer.path == "/"


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}])
async def test_what_a_foreign_page_sends_is_not_kept(
    officer: Browser, database: Database, headers: dict[str, str]
) -> None:
    await database["sessions"].delete_many({})
    answer = await officer.client.post("/cases/c1/closure", data={"reason": "spam"}, headers=headers)
    assert answer.status_code == 401
    assert await database["kept_forms"].count_documents({}) == 0


async def test_without_a_session_before_nothing_is_kept(app: FastAPI, visit: Visit, database: Database) -> None:
    answer = await visit(app).client.post("/cases/c1/closure", data={"reason": "spam"})
    assert answer.status_code == 401
    assert await database["kept_forms"].count_documents({}) == 0


async def test_who_signed_out_leaves_no_name_in_the_browser(officer: Browser) -> None:
    await officer.open("/")
    await officer.submit("/logout")
    assert "person" not in officer.client.cookies


async def test_passwords_are_not_kept(officer: Browser, database: Database) -> None:
    await officer.open("/account/password")
    await database["sessions"].delete_many({})
    fields = {"old_password": example.PASSWORD, "password": "gizli kelimeler", "password_again": "gizli kelimeler"}
    answer = await send(officer, "/account/password", **fields)
    assert answer.status_code == 401
    assert example.PASSWORD not in answer.text
    assert await database["kept_forms"].count_documents({}) == 0
