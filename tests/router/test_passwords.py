"""Passwords: which are refused, how one is changed or chosen anew, and who hears of it."""

from datetime import timedelta

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.access import AuditAction
from services.router.accounts.domain.passwords import WeakPassword, check_password, common
from services.router.accounts.store import Accounts
from shared.clock import utc_now
from shared.documents import Database
from tests import examples as example
from tests.conftest import Visit
from tests.router.accounts import NEW, letters, link_for
from tests.router.desk import QUICK, log_in, send, shown

EMAIL = "gorevli@klu.example"
OWN = ("Ayşe Yılmaz", EMAIL, "Kırklareli Üniversitesi", "7/24 KLU Hat")


@pytest.mark.parametrize(
    "weak",
    [
        *(
            "kısa parola",
            "password1234",
            "P@ssw0rd123!",
            "Galatasaray1905",
            "seniseviyorum",
            "ŞİFREŞİFRE123",
            "qwertyuiopğü1",
        ),
        *("1234567890123", "987654321098", "abcabcabcabc", "111111111111", "abcdefghijklm"),
        *("ayşeyılmaz1990", "Gorevli@klu.example", "KırklareliÜniversitesi", "yilmaz-ayse-42!", "7/24KLUHAT-2026"),
    ],
)
def test_a_password_that_is_easily_guessed_is_refused(weak: str) -> None:
    with pytest.raises(WeakPassword):
        check_password(weak, own=OWN)


@pytest.mark.parametrize(
    "good",
    [example.PASSWORD, NEW, "8391 2204 5517", "yilmaz bahçede ıhlamur", "aaaa bbbb cccc dddd e", "üçgençiçekler"],
)
def test_a_password_needs_no_kinds_of_characters(good: str) -> None:
    check_password(good, own=OWN)


def test_the_bundled_lists_are_there() -> None:
    assert len(common()) > 19_000
    assert {"password", "fenerbahce", "sifre"} <= common()


async def test_a_forgotten_password_is_chosen_anew_by_mail(app: FastAPI, visit: Visit, database: Database) -> None:
    old = await log_in(visit(app), database)
    person = visit(app, language="en")
    await person.open("/reset")
    assert "an e-mail is on its way" in await person.submit("/reset", email=EMAIL.upper())
    (letter,) = await letters(database, EMAIL)
    assert letter["purpose"] == "reset"
    link = await link_for(database, EMAIL)
    assert "dört" not in await person.open(link)
    answer = await send(person, link, password="Galatasaray1905", password_again="Galatasaray1905")
    assert (answer.status_code, "Many people use this password" in shown(answer)) == (422, True)
    assert "Galatasaray" not in answer.text
    await person.submit(link, password=NEW, password_again=NEW)
    assert person.path == "/login"
    assert (await person.client.get(link)).status_code == 404
    await old.open("/")
    assert old.path == "/login"
    assert [one["purpose"] for one in await letters(database, EMAIL)] == ["reset", "password_changed"]
    await person.submit("/login", email=EMAIL, password=NEW)
    assert person.path == "/"


async def test_a_reset_link_opens_for_an_hour(app: FastAPI, visit: Visit, database: Database) -> None:
    await Accounts(database).put(example.account(password_hash=QUICK))
    person = visit(app)
    await person.open("/reset")
    await person.submit("/reset", email=EMAIL)
    found = (await database["accounts"].find_one({}) or {})["reset"]
    assert found["expires_at"] - found["sent_at"] == timedelta(hours=1)
    link = await link_for(database, EMAIL)
    await database["accounts"].update_one({}, {"$set": {"reset.expires_at": utc_now()}})
    assert (await person.client.get(link)).status_code == 404


@pytest.mark.parametrize("different", [{"email": "x@klu.example"}, {"disabled": True}, {"password_hash": ""}])
async def test_a_reset_says_the_same_to_anybody(
    app: FastAPI, visit: Visit, database: Database, different: dict[str, object]
) -> None:
    await Accounts(database).put(example.account(**{"password_hash": QUICK} | different))
    person = visit(app, language="en")
    await person.open("/reset")
    assert "an e-mail is on its way" in await person.submit("/reset", email=EMAIL)
    assert await database["accounts"].count_documents({"outbox.type": "account.notified"}) == 0


async def test_an_address_is_not_flooded_with_links(app: FastAPI, visit: Visit, database: Database) -> None:
    await Accounts(database).put(example.account(password_hash=QUICK))
    person = visit(app, language="en")
    for _ in range(8):
        await person.open("/reset")
        assert "an e-mail is on its way" in await person.submit("/reset", email=EMAIL)
    assert 3 <= len(await letters(database, EMAIL)) <= 5


async def test_guessing_links_is_slowed(app: FastAPI, visit: Visit) -> None:
    guesser = visit(app)
    answers = [(await guesser.client.get(f"/invitation/{n}")).status_code for n in range(55)]
    assert (answers[0], answers[-1]) == (404, 429)


async def test_ones_own_password_is_changed_with_the_old_one(
    app: FastAPI, officer: Browser, visit: Visit, database: Database
) -> None:
    elsewhere = visit(app)
    await elsewhere.open("/login")
    await elsewhere.submit("/login", email=EMAIL, password=example.PASSWORD)
    await officer.open("/account/password")
    wrong = await send(officer, "/account/password", old_password="not it", password=NEW, password_again=NEW)
    assert (wrong.status_code, "This is not your password." in shown(wrong)) == (422, True)
    twice = await send(officer, "/account/password", old_password=example.PASSWORD, password=NEW, password_again="x")
    assert (twice.status_code, "The two passwords are not the same." in shown(twice)) == (422, True)
    fields = {"old_password": example.PASSWORD, "password": NEW, "password_again": NEW}
    assert "Your password is changed" in await officer.submit("/account/password", **fields)
    await elsewhere.open("/")
    assert (elsewhere.path, officer.path) == ("/login", "/account")
    assert [one["purpose"] for one in await letters(database, EMAIL)] == ["password_changed"]
    found = await database["accounts"].find_one({}) or {}
    told = [example.unpublished_data(one) for one in found["outbox"] if one["type"] == "router.audited"]
    assert [data["action"] for data in told] == [AuditAction.PASSWORD_CHOSEN]
    assert found["history"][0]["fields"]["password_hash"] == [None, None]
