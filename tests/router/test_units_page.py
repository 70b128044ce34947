"""The directory of units on the desk: administrators change it, everybody else reads it."""

import asyncio
import time
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from scripts.local.config import ROOT
from services.router.access import Role
from services.router.directory.store import Units
from shared.documents import Database
from tests import examples as example
from tests.conftest import Visit
from tests.router.desk import directory, keeps, kept, log_in, send, shown

OFFICES = ROOT / "tests/cases/units"
HEAD = "code,parent,kind,name_tr,name_en,email"
SPORT = "sks,,administrative,Sağlık Kültür ve Spor,Health and Sport,sks@klu.example"
UNIT = {"code": "sks", "name_tr": "Sağlık, Kültür ve Spor", "name_en": "Health and Sport", "email": "sks@klu.example"}


async def test_everybody_sees_the_directory_in_the_order_of_the_turkish_alphabet(
    officer: Browser, database: Database
) -> None:
    for number, name in enumerate(["Zeytin", "Şube", "Sube", "Irmak", "İdare", "Ayar", "Çevre", "Ceza"]):
        await Units(database).add(example.unit(id=f"u{number}", name_tr=name, name_en=f"{name}!"))
    page = await officer.open("/units?lang=tr")
    order = [page.index(name) for name in ("Ayar", "Ceza", "Çevre", "Irmak", "İdare", "Sube", "Şube", "Zeytin")]
    assert order == sorted(order)
    assert "Birim ekle" not in page


async def test_who_reads_english_sees_units_in_the_order_of_their_english_names(
    officer: Browser, database: Database
) -> None:
    names = {"Zeytin": "Archives", "Ayar": "student affairs", "İdare": "Press", "Çevre": "Library"}
    for number, (turkish, english) in enumerate(names.items()):
        await Units(database).add(example.unit(id=f"u{number}", name_tr=turkish, name_en=english))
    case = await kept(database, example.case())
    for path in ("/units", "/?view=all", f"/cases/{case.id}"):
        page = await officer.open(path)
        order = [page.rindex(name) for name in ("Archives", "Library", "Press", "student affairs")]
        assert (path, order) == (path, sorted(order))


@pytest.mark.parametrize("path", ["/units/new", "/units/import", "/units/kddb/deputies", "/units/kddb/closing"])
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
    assert (admin.path, "Health and Sport" in page) == ("/units/sks", True)
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
    await admin.open("/units/kddb/edit")
    await admin.submit("/units/kddb", code="renamed", name_en="Library", parent="yitdb", active=[])
    unit = await Units(database).get("kddb")
    assert (unit.name_en, unit.parent, unit.active, unit.revision) == ("Library", "yitdb", False, 1)
    assert await database["units"].count_documents({}) == 2


async def test_of_two_administrators_who_change_a_unit_the_second_is_told_and_keeps_the_text(
    admin: Browser, database: Database
) -> None:
    await directory(database)
    await admin.open("/units/kddb/edit")
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
        ({"code": "x" * 41}, "A code has lower-case letters"),
        ({"code": "import"}, "A code has lower-case letters"),
        ({"copies": "a@klu.example, nobody"}, "Please enter an e-mail address such as"),
        ({"phone": "yok"}, "Please enter a phone number such as"),
        ({"head_email": "amir"}, "Please enter an e-mail address such as"),
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
@pytest.mark.parametrize("new", [True, False], ids=["new", "known"])
async def test_a_bad_entry_is_explained_and_nothing_is_half_done(
    admin: Browser, database: Database, new: bool, fields: dict[str, Any], said: str
) -> None:
    page = "/units/new" if new else "/units/kddb"
    await directory(database, example.LIBRARY)
    before = await Units(database).all()
    await admin.open(page if new else "/units/kddb/edit")
    answer = await send(admin, page, **UNIT | fields)
    assert (answer.status_code, said in shown(answer)) == (422, True)
    assert keeps(answer, "Health and Sport" if "name_en" not in fields else "sks@klu.example")
    assert await Units(database).all() == before


async def test_a_unit_that_is_added_twice_at_once_is_there_once(admin: Browser, database: Database) -> None:
    await admin.open("/units/new")
    answers = await asyncio.gather(*(send(admin, "/units/new", **UNIT) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert await database["units"].count_documents({}) == 1


async def preview(admin: Browser, table: str = "", file: bytes | None = None) -> str:
    """Send a table, as text or as a file, and read what it would do."""
    return shown(await sent(admin, table, file))


async def sent(admin: Browser, table: str = "", file: bytes | None = None) -> httpx2.Response:
    """Send a table, as text or as a file."""
    await admin.open("/units/import")
    form = {"csrf": admin.form("/units/import").fields["csrf"][0], "table": table}
    files = {"file": ("birimler.csv", file)} if file else {"file": ("", b"")}
    admin.page = await admin.client.post("/units/import", data=form, files=files)
    return admin.page


async def apply(admin: Browser) -> httpx2.Response:
    """Apply what was previewed."""
    return await send(admin, f"{admin.path.removesuffix('/application')}/application")


@pytest.mark.parametrize("as_file", [True, False], ids=["file", "text"])
async def test_a_table_is_previewed_and_nothing_is_stored_before_it_is_applied(
    admin: Browser, database: Database, as_file: bool
) -> None:
    await directory(database)
    table = f"{HEAD}\n{SPORT}\nkddb,,,,,new@klu.example\nyitdb,,,,,\n"
    said = await preview(admin, **({"file": table.encode("utf-16")} if as_file else {"table": table}))
    for words in ("New: 1", "Will change: 1", "No change: 1", "E-mail address: kddb@klu.example → new@klu.example"):
        assert words in said
    assert {unit.id for unit in await Units(database).all()} == {"kddb", "yitdb"}
    answer = await apply(admin)
    assert (answer.status_code, "New units: 1. Changed units: 1." in shown(answer)) == (200, True)
    units = {unit.id: unit for unit in await Units(database).all()}
    assert (units["sks"].name_tr, units["kddb"].email) == ("Sağlık Kültür ve Spor", "new@klu.example")
    assert (units["kddb"].name_tr, units["yitdb"].revision) == (example.LIBRARY.name_tr, 0)
    (change,) = units["kddb"].history
    assert change.fields == {"email": (example.LIBRARY.email, "new@klu.example")}


async def test_every_wrong_row_is_named_at_once_and_nothing_can_be_applied(admin: Browser, database: Database) -> None:
    said = await preview(admin, file=(ROOT / "tests/cases/units/two-bad-rows.csv").read_bytes())
    for words in (
        "Wrong: 3",
        "E-mail address: Please enter an e-mail address such as",
        "Belongs to: There is no unit with this code",
        "Kind: There is no such kind of unit.",
    ):
        assert words in said
    assert "Apply" not in said
    assert await Units(database).all() == []


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "Please choose a file, or paste the table."),
        ("\n\n", "Please choose a file, or paste the table."),
        (f"{SPORT}\n", "No row names the columns"),
        (f"{HEAD}\n", "The table names no unit."),
        (f'{HEAD}\n{SPORT}\nx,,other,"{"a" * 140_000}', "A cell of this table has no end."),
        (f"{HEAD}\n{SPORT}\n" + "x" * 500_000, "Please use at most 500,000 characters."),
    ],
    ids=["empty", "blank", "no headings", "head only", "endless cell", "too long"],
)
async def test_a_bad_table_is_explained_and_kept(admin: Browser, database: Database, table: str, said: str) -> None:
    answer = await sent(admin, table)
    assert (answer.status_code, said in shown(answer), keeps(answer, table[:500])) == (422, True, True)
    assert await database["unit_imports"].count_documents({}) == 0


async def test_what_was_changed_meanwhile_is_said_and_nothing_is_applied_before_it_is_read(
    admin: Browser, database: Database
) -> None:
    await directory(database)
    units = Units(database)
    await preview(admin, "code;phone\nkddb;0288 212 00 00\nyitdb;0288 212 00 01\n")
    await units.save((await units.get("kddb")).model_copy(update={"email": "yeni@klu.example"}))
    admin.page = answer = await apply(admin)
    assert (answer.status_code, "The directory has changed since" in shown(answer)) == (409, True)
    assert [unit.phone for unit in await units.all()] == [None, None]
    assert (await apply(admin)).status_code == 200
    kept = await units.get("kddb")
    assert (kept.email, kept.phone) == ("yeni@klu.example", "0288 212 00 00")


async def test_of_two_administrators_who_import_at_once_neither_loses_anything(
    app: FastAPI, visit: Visit, database: Database
) -> None:
    await directory(database)
    browsers = [
        await log_in(visit(app, language="en"), database, id=name, email=f"{name}@klu.example", role=Role.ADMIN)
        for name in ("ayse", "ali")
    ]
    await preview(browsers[0], "code;phone\nkddb;0288 212 00 00\nyitdb;0288 212 00 01\n")
    await preview(browsers[1], "code;email;name_tr\nkddb;yeni@klu.example;\nsks;sks@klu.example;Spor\n")
    waiting = list(browsers)
    for _ in range(3):
        answers = await asyncio.gather(*(apply(browser) for browser in waiting))
        for browser, answer in zip(waiting, answers, strict=True):
            browser.page = answer
        waiting = [browser for browser, answer in zip(waiting, answers, strict=True) if answer.status_code == 409]
    assert waiting == []
    units = {unit.id: unit for unit in await Units(database).all()}
    assert set(units) == {"kddb", "sks", "yitdb"}
    assert (units["kddb"].phone, units["kddb"].email) == ("0288 212 00 00", "yeni@klu.example")
    assert (units["yitdb"].phone, len(units["kddb"].history)) == ("0288 212 00 01", 2)


async def test_a_table_is_applied_by_whoever_has_sent_it(app: FastAPI, visit: Visit, database: Database) -> None:
    ayse = await log_in(visit(app, language="en"), database, role=Role.ADMIN)
    await preview(ayse, f"{HEAD}\n{SPORT}\n")
    ali = await log_in(visit(app, language="en"), database, id="ali", email="ali@klu.example", role=Role.ADMIN)
    assert (await ali.client.get(ayse.path)).status_code == 404


async def test_each_change_of_an_import_is_audited_with_its_fields(admin: Browser, database: Database) -> None:
    await directory(database)
    await preview(admin, f"{HEAD}\n{SPORT}\nkddb,,faculty,,,new@klu.example\nyitdb,,faculty,,,\n")
    await apply(admin)
    found = [unit async for unit in database["units"].find()] + [one async for one in database["unit_imports"].find()]
    told = [example.unpublished_data(entry) for document in found for entry in document["outbox"]]
    actor = {"kind": "officer", "id": example.account().id}
    assert all(one["actor"] == actor for one in told)
    audited = {(one["object_id"], one["action"]): one["fields"] for one in told if one.get("object_kind") == "unit"}
    assert audited == {
        ("sks", "unit_added"): [],
        ("kddb", "unit_address_changed"): ["kind", "email"],
        ("yitdb", "unit_changed"): ["kind"],
    }
    (table,) = [one for one in told if one.get("action") == "units_imported"]
    assert table["fields"] == ["email", "kind"]
    assert len([one for one in told if "code" in one]) == 1


@pytest.mark.parametrize("name", sorted(file.name for file in OFFICES.glob("[eh]*.*")))
async def test_a_table_of_an_office_is_taken_in_through_the_page(admin: Browser, database: Database, name: str) -> None:
    assert "New: 1" in await preview(admin, file=(OFFICES / name).read_bytes())
    assert await database["units"].count_documents({}) == 0
    assert "New units: 1" in shown(await apply(admin))
    (unit,) = await Units(database).all()
    assert (unit.id, unit.email) == ("deneme-1", "deneme@klu.example")


async def test_two_thousand_rows_are_previewed_and_applied(admin: Browser, database: Database) -> None:
    rows = "".join(f"u{n};{'u0' if n else ''};faculty;Birim {n};Unit {n};u{n}@klu.example\n" for n in range(2_000))
    began = time.process_time()
    assert "New: 2,000" in await preview(admin, f"{HEAD}\n".replace(",", ";") + rows)
    assert "New units: 2,000" in shown(await apply(admin))
    assert time.process_time() - began < 3, "seconds of the processor, the browser's included"
    assert await database["units"].count_documents({}) == 2_000


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_the_exported_table_changes_nothing_when_it_is_imported(
    admin: Browser, database: Database, kind: str
) -> None:
    await directory(database)
    exported = await admin.client.get(f"/units/export.{kind}")
    assert f'filename="units.{kind}"' in exported.headers["content-disposition"]
    assert "No change: 2" in await preview(admin, file=exported.content)
    assert (await admin.client.get("/units/export.exe")).status_code == 404


async def test_no_table_makes_the_directory_larger_than_an_event_can_tell(
    admin: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await directory(database)
    monkeypatch.setattr("services.router.directory.store.imports.MOST", 2)
    await preview(admin, table=f"{HEAD}\n{SPORT}\n")
    answer = await apply(admin)
    assert (answer.status_code, "The table has too many rows." in shown(answer)) == (409, True)
    assert len(await Units(database).all()) == 2
