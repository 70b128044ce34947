"""The first administrator, by a one-time link."""

import asyncio

from fastapi import FastAPI

from scripts.browser import Browser
from services.router.accounts.store import Accounts
from services.router.accounts.store.first import FirstLinks
from shared.clock import utc_now
from shared.documents import Database
from tests import examples as example
from tests.conftest import Visit
from tests.router.accounts import NEW
from tests.router.desk import send

SECRET = "ein-langes-geheimnis"
LINK = f"/first/{SECRET}"
FIELDS = {"name": "Mehmet Demir", "email": "Yonetici@klu.example", "password": NEW, "password_again": NEW}


async def test_the_link_makes_an_administrator_once(app: FastAPI, visit: Visit, database: Database) -> None:
    await FirstLinks(database).keep(SECRET, utc_now())
    assert SECRET not in str(await database["first_links"].find_one({}))
    person = visit(app, language="en")
    await person.fill_in(LINK, **FIELDS)
    assert person.path == "/administration"
    assert "First steps" in person.html
    assert (await person.client.get(LINK)).status_code == 404


async def test_of_two_at_once_one_is_made(app: FastAPI, visit: Visit, database: Database) -> None:
    await Accounts(database).prepare()
    await FirstLinks(database).keep(SECRET, utc_now())
    browsers: list[Browser] = [visit(app), visit(app)]
    for browser in browsers:
        await browser.open(LINK)
    tries = (send(one, LINK, **FIELDS | {"email": f"a{n}@klu.example"}) for n, one in enumerate(browsers))
    await asyncio.gather(*tries)
    assert await database["accounts"].count_documents({}) == 1


async def test_the_link_opens_only_while_there_is_no_account(app: FastAPI, visit: Visit, database: Database) -> None:
    await FirstLinks(database).keep(SECRET, utc_now())
    await Accounts(database).put(example.account())
    assert (await visit(app).client.get(LINK)).status_code == 404
