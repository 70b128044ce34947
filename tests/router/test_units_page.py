"""The directory of units on the desk: administrators change it, everybody else reads it."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.access import Role
from services.router.directory.store import Units
from shared.documents import Database
from tests import examples as example
from tests.conftest import Visit
from tests.router.desk import directory, keeps, log_in, send, shown

HEAD = "code,parent,kind,name_tr,name_en,email"
SPORT = "sks,,administrative,Sağlık Kültür ve Spor,Health and Sport,sks@klu.example"
UNIT = {"code": "sks", "name_tr": "Sağlık, Kültür ve Spor", "name_en": "Health and Sport", "email": "sks@klu.example"}


async def test_everybody_sees_the_directory_in_the_order_of_the_turkish_alphabet(
    officer: Browser, database: Database
) -> None:
    for number, name in enumerate(["Zeytin", "Şube", "Sube", "Irmak", "İdare", "Ayar", "Çevre", "Ceza"]):
        await Units(database).add(example.unit(id=f"u{number}", name_tr=name, name_en=f"{name}!"))
    page = await officer.open("/units")
    order = [page.index(f"{name}!") for name in ("Ayar", "Ceza", "Çevre", "Irmak", "İdare", "Sube", "Şube", "Zeytin")]
    assert order == sorted(order)
    assert "Add a unit" not in page


@pytest.mark.parametrize("path", ["/units/new", "/units/import", "/units/kddb"])
@pytest.mark.parametrize("role", [Role.OFFICER, Role.SUPERVISOR])
async def test_only_administrators_change_the_directory(
    app: FastAPI, visit: Visit, database: Database, path: str, role: Role
) -> None:
    await directory(database)
    browser = await log_in(visit(app, language="en"), database, role=role)
    assert (await browser.client.get(path)).status_code == 403
    answer = await browser.client.post(path, data=UNIT)
    assert (answer.status_code, "You may not open this page" in shown(answer)) == (403, True)
    assert [unit.id for unit in await Units(database).all()] == ["kddb", "yitdb"]


async def test_an_administrator_adds_a_unit(admin: Browser, database: Database) -> None:
    await admin.open("/units/new")
    page = await admin.submit("/units/new", **UNIT, kind="administrative")
    assert (admin.path, "Health and Sport" in page) == ("/units", True)
    unit = await Units(database).get("sks")
    assert (unit.name_tr, unit.email, unit.active) == ("Sağlık, Kültür ve Spor", "sks@klu.example", True)


async def test_a_code_that_is_taken_is_explained_and_nothing_is_overwritten(admin: Browser, database: Database) -> None:
    await directory(database)
    before = await Units(database).get("kddb")
    await admin.open("/units/new")
    answer = await send(admin, "/units/new", **UNIT | {"code": "kddb"})
    assert (answer.status_code, "There is a unit with this code already." in shown(answer)) == (409, True)
    assert keeps(answer, "sks@klu.example")
    assert await Units(database).get("kddb") == before


async def test_an_administrator_changes_a_unit_but_not_its_code(admin: Browser, database: Database) -> None:
    await directory(database)
    await admin.open("/units/kddb")
    await admin.submit("/units/kddb", code="renamed", name_en="Library", parent="yitdb", active=[])
    unit = await Units(database).get("kddb")
    assert (unit.name_en, unit.parent, unit.active, unit.revision) == ("Library", "yitdb", False, 1)
    assert await database["units"].count_documents({}) == 2


async def test_of_two_administrators_who_change_a_unit_the_second_is_told_and_keeps_the_text(
    admin: Browser, database: Database
) -> None:
    await directory(database)
    await admin.open("/units/kddb")
    units = Units(database)
    changed = await units.save((await units.get("kddb")).model_copy(update={"email": "yeni@klu.example"}))
    answer = await send(admin, "/units/kddb", name_en="Library")
    assert (answer.status_code, "yeni@klu.example" in shown(answer), keeps(answer, "Library")) == (409, True, True)
    assert await units.get("kddb") == changed
    admin.page = answer
    await admin.submit("/units/kddb", email="yeni@klu.example")
    assert (await units.get("kddb")).name_en == "Library"


@pytest.mark.parametrize("code", ["nowhere", "%00", "%ff", "x" * 500])
async def test_an_unknown_unit_is_not_found(admin: Browser, code: str) -> None:
    answer = await admin.client.get(f"/units/{code}")
    assert (answer.status_code, "This page was not found" in shown(answer)) == (404, True)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"code": ""}, "Please enter a short code."),
        ({"code": "Fen Fakültesi"}, "Please check"),
        ({"code": "x" * 41}, "Please check"),
        ({"name_tr": ""}, "Please enter the Turkish name."),
        ({"name_en": "x" * 151}, "Please use at most 150 characters."),
        ({"name_tr": "Kültür \ufffd"}, "could not be read"),
        ({"email": "a@b.example, c@d.example"}, "Please enter an e-mail address such as"),
        ({"email": "a@b.example\r\nBcc: c@d.example"}, "Please enter an e-mail address such as"),
        ({"kind": "nonsense"}, "Please choose one of the options."),
        ({"parent": "x" * 41}, "Please check"),
        ({"parent": "a\x00b"}, "Please check"),
        ({"active": "maybe"}, "Please choose one of the options."),
        ({"csrf": "forged"}, "This page was open for a long time."),
    ],
)
@pytest.mark.parametrize("page", ["/units/new", "/units/kddb"])
async def test_a_bad_entry_is_explained_and_nothing_is_half_done(
    admin: Browser, database: Database, page: str, fields: dict[str, Any], said: str
) -> None:
    await directory(database, example.LIBRARY)
    before = await Units(database).all()
    await admin.open(page)
    answer = await send(admin, page, **UNIT | fields)
    assert (answer.status_code, said in shown(answer)) == (422, True)
    assert keeps(answer, "Health and Sport" if "name_en" not in fields else "sks@klu.example")
    assert await Units(database).all() == before


async def test_a_unit_that_is_added_twice_at_once_is_there_once(admin: Browser, database: Database) -> None:
    await admin.open("/units/new")
    answers = await asyncio.gather(*(send(admin, "/units/new", **UNIT) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert await database["units"].count_documents({}) == 1


@pytest.mark.parametrize(
    "table",
    [
        f"{HEAD}\n{SPORT}\n",
        f"{HEAD};remarks\n{SPORT};none\n".replace(",", ";"),
        f"\ufeff{HEAD}\r\n{SPORT}\r\n",
        f"{HEAD}\r{SPORT}\r",
        f"{HEAD.replace(',', ', ')}\n\n{SPORT.replace(',', ', ')}\n\n",
    ],
    ids=["commas", "semicolons", "BOM", "old line ends", "blanks"],
)
async def test_a_table_is_imported(admin: Browser, database: Database, table: str) -> None:
    await admin.open("/units/import")
    page = await admin.submit("/units/import", table=table)
    assert (admin.path, "Health and Sport" in page) == ("/units", True)
    unit = await Units(database).get("sks")
    assert (unit.name_tr, unit.email, unit.active) == ("Sağlık Kültür ve Spor", "sks@klu.example", True)


async def test_a_table_brings_known_units_up_to_date_and_leaves_others_alone(
    admin: Browser, database: Database
) -> None:
    await directory(database)
    await database["units"].update_one({"_id": "kddb"}, {"$set": {"active": False}})
    await admin.open("/units/import")
    await admin.submit("/units/import", table=f"{HEAD}\nkddb,,other,Kütüphane,Library,new@klu.example\n{SPORT}\n")
    units = {unit.id: unit for unit in await Units(database).all()}
    assert (units["kddb"].email, units["kddb"].active) == ("new@klu.example", False)
    assert (set(units), units["yitdb"].email) == ({"kddb", "sks", "yitdb"}, example.WORKS.email)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "Please paste the table."),
        ("\n\n", "The first line must name the columns"),
        (f"{HEAD.replace(',email', '')}\n{SPORT}\n", "Line 1: The first line must name the columns"),
        (f"{HEAD}\n", "The table names no unit."),
        (f"{HEAD}\n{SPORT}\nBAD,,other,a,b,c@d.example\n", "Line 3: This line is not valid"),
        (f"{HEAD}\n{SPORT}\n\nx,,other,a,b,nobody\n", "Line 4: This line is not valid"),
        (f"{HEAD}\n{SPORT}\nx,,other,,b,c@d.example\n", "Line 3: This line is not valid"),
        (f"{HEAD}\n{SPORT}\nx,,other\n", "Line 3: This line is not valid"),
        (f"{HEAD}\n{SPORT}\n{SPORT}\n", "Line 3: The same code stands twice in the table."),
        (f"{HEAD}\n{SPORT}\nx,,other,a\ufffd,b,c@d.example\n", "Line 3: This line is not valid"),
        (f'{HEAD}\n{SPORT}\nx,,other,"{"a" * 140_000}', "This line is not valid"),
        (f"{HEAD}\n{SPORT}\n" + "x" * 200_000, "Please use at most 200,000 characters."),
    ],
    ids=[
        *("empty", "blank", "missing column", "head only", "bad code", "bad address", "no name", "short line"),
        *("same code twice", "damaged text", "endless cell", "too long"),
    ],
)
async def test_a_bad_table_is_explained_and_nothing_is_half_done(
    admin: Browser, database: Database, table: str, said: str
) -> None:
    await admin.open("/units/import")
    answer = await send(admin, "/units/import", table=table)
    assert (answer.status_code, said in shown(answer), keeps(answer, table[:500])) == (422, True, True)
    assert await Units(database).all() == []
