"""The directory's entries, its tables, and the Turkish alphabet."""

import pytest
from pydantic import ValidationError

from scripts.local.config import ROOT
from services.router.directory.domain import COLUMNS, BadTable, UnitEntry, units_from_csv
from tests import examples as example

HEAD = ",".join(COLUMNS)
SPORT = "sks,,other,Sağlık Kültür ve Spor,Health and Sport,sks@klu.example"


def entry(**different: str) -> UnitEntry:
    given = {"code": "kddb", "name_tr": "Kütüphane", "name_en": "Library", "email": "kddb@klu.example"}
    return UnitEntry.model_validate(given | different)


def test_an_entry_becomes_a_unit() -> None:
    assert entry(kind="institute").unit(active=False) == example.unit(
        parent="", kind="institute", name_tr="Kütüphane", name_en="Library", email="kddb@klu.example", active=False
    )


@pytest.mark.parametrize("code", ["", "A", "ş", "a b", "a_b", "x" * 41, "a/b", "../a", "kddb\x00"])
def test_a_code_is_made_of_what_may_stand_in_an_address(code: str) -> None:
    with pytest.raises(ValidationError):
        entry(code=code)


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "a@b.example, c@d.example", "a b@c.example"])
def test_a_unit_has_one_proper_address(email: str) -> None:
    with pytest.raises(ValidationError):
        entry(email=email)


def test_events_name_a_unit_by_its_code() -> None:
    assert example.unit().address == example.LIBRARY


def test_a_table_is_read_whatever_the_order_of_its_columns() -> None:
    table = "remarks;email;code;name_en;name_tr;kind;parent\nx;sks@klu.example;sks;Health;Sağlık;faculty;rektorluk\n"
    (unit,) = units_from_csv(table)
    assert (unit.id, unit.parent, unit.kind, unit.name_tr, unit.active) == (
        "sks",
        "rektorluk",
        "faculty",
        "Sağlık",
        True,
    )


def test_a_cell_in_quotes_may_hold_the_separator() -> None:
    (unit,) = units_from_csv(f'{HEAD}\nsks,,other,"Sağlık, Kültür ve Spor","Health, Culture",sks@klu.example\n')
    assert unit.name_tr == "Sağlık, Kültür ve Spor"


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n"])
def test_a_table_is_read_as_any_program_writes_it(start: str, end: str) -> None:
    assert [unit.id for unit in units_from_csv(start + HEAD + end + SPORT + end)] == ["sks"]


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ("", 1),
        (HEAD.replace("email", "mail") + "\n" + SPORT, 1),
        (HEAD, 1),
        (f"{HEAD}\n{SPORT}\n{SPORT}", 3),
        (f"{HEAD}\n{SPORT}\n\n\nbad code,,,a,b,c@d.example", 5),
        (f"{HEAD}\nsks", 2),
        (f'{HEAD}\nsks,,other,"never closed', 2),
    ],
)
def test_a_bad_table_names_the_line(table: str, line: int) -> None:
    with pytest.raises(BadTable) as bad:
        units_from_csv(table)
    assert bad.value.line == line


def test_the_table_of_the_demonstration_is_valid() -> None:
    units = units_from_csv((ROOT / "scripts/local/units.csv").read_text(encoding="utf-8"))
    codes = {unit.id for unit in units}
    assert len(units) >= 25
    assert {unit.parent for unit in units} <= codes | {""}
