"""A unit that is not responsible chooses another one of the directory, or writes whatever it likes."""

import json

import pytest

from scripts.browser import Browser
from services.replies.app import known
from services.replies.domain.links import token
from services.replies.handlers import DirectoryHandlers
from services.replies.store import Assignments, UnitFiguresStore
from shared.directory_snapshots import DirectorySnapshots
from shared.documents import Database
from shared.events import DirectoryChanged
from tests import examples as example
from tests.conftest import Make, Visit

UNITS = [
    {"code": "yidb", "name_tr": "Yapı İşleri Dairesi", "name_en": "Construction Works"},
    {"code": "sks", "name_tr": "Sağlık, Kültür ve Spor", "name_en": "Health, Culture and Sports"},
]


def told(version: int = 3, units: list[dict[str, str]] | None = None) -> DirectoryChanged:
    return DirectoryChanged.model_validate({"version": version, "units": UNITS if units is None else units})


async def test_of_two_directories_the_newer_one_counts_in_either_order(database: Database) -> None:
    directory, another = DirectorySnapshots(database), DirectorySnapshots(database)
    handlers = DirectoryHandlers(directory)
    for version, units in ((3, UNITS), (2, []), (3, [])):
        await handlers.on_directory_changed(example.sealed(told(version, units)))
    assert [unit.code for unit in directory.current.units] == ["yidb", "sks"]
    await another.refresh()
    assert another.current == directory.current
    told_now = known(another, UnitFiguresStore(database), 7)
    assert (told_now.directory, told_now.institution) == (3, 7)


@pytest.fixture
async def unit(make: Make, visit: Visit, database: Database) -> Browser:
    await Assignments(database).prepare()
    app = make("replies")
    own = example.units_assignment().unit
    named = {"code": own.code, "name_tr": own.name_tr, "name_en": own.name_en}
    await app.state.provided[DirectorySnapshots].keep(told(units=[*UNITS, named]))
    return visit(app)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Yapı İşleri Dairesi", "yidb"),
        ("yapı işleri  dairesi", "yidb"),
        ("YAPI İŞLERİ DAİRESİ", "yidb"),
        ("construction works", "yidb"),
        ("SKS", "sks"),
        ("Rektörlük", None),
        ("", None),
    ],
)
async def test_a_name_of_the_directory_is_told_with_its_code(
    unit: Browser, database: Database, written: str, code: str | None
) -> None:
    assignment = example.units_assignment()
    await Assignments(database).add(assignment)
    path = f"/a/{token(example.SECRET, assignment.id)}"
    await unit.open(path)
    fields = {"reason": "Bizim değil.", "declined_by": "Fatma Şahin", "decline_check": "7KX4"}
    await unit.submit(f"{path}/decline", **fields, suggested_unit=written)
    found = await database["assignments"].find_one({"_id": assignment.id})
    (data,) = [example.unpublished_data(one) for one in example.told(found) if one["type"] == "assignment.declined"]
    assert (data["suggested_unit"], data.get("suggested_code")) == (written, code)


async def test_the_other_units_are_offered_by_the_alphabet(unit: Browser, database: Database) -> None:
    assignment = example.units_assignment()
    await Assignments(database).add(assignment)
    await unit.open(f"/a/{token(example.SECRET, assignment.id)}")
    offered = unit.html.partition('<datalist id="units">')[2].partition("</datalist>")[0]
    assert offered.index("Sağlık") < offered.index("Yapı")
    assert assignment.unit.name_tr not in offered and json.dumps("units") in unit.html
