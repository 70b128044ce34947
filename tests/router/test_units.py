"""The directory's entries, its tables, and the Turkish alphabet."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from pydantic import ValidationError

from scripts.local.config import ROOT
from services.router.directory.domain.exporting import as_xlsx, table
from services.router.directory.domain.importing import Plan, plan, read_rows
from services.router.directory.domain.tables import BadTable, rows_of, rows_of_text
from services.router.directory.domain.tree import DEEPEST, tree
from services.router.directory.domain.units import Unit, UnitEntry, in_circles
from services.router.directory.domain.words import COLUMNS
from shared.tables import as_csv
from tests import examples as example

FILES = ROOT / "tests/cases/units"
HEAD = "code,parent,kind,name_tr,name_en,email"
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


def planned(text: str, *units: Unit, erase: bool = False) -> Plan:
    return plan(read_rows(rows_of_text(text)), units, erase=erase)


def faults(text: str, *units: Unit) -> list[tuple[int, str]]:
    """Line and column of each fault."""
    return [(row.line, fault.column) for row in planned(text, *units).rows for fault in row.faults]


def only(found: Plan) -> Unit:
    (row,) = found.rows
    assert row.after and not row.faults
    return row.after


def test_a_table_is_read_whatever_the_order_of_its_columns() -> None:
    table = "remarks;email;code;name_en;name_tr;kind;parent\nx;sks@klu.example;sks;Health;Sağlık;faculty;rektorluk\n"
    unit = only(planned(table, example.unit(id="rektorluk")))
    assert (unit.id, unit.parent, unit.kind, unit.name_tr, unit.active) == (
        "sks",
        "rektorluk",
        "faculty",
        "Sağlık",
        True,
    )


def test_a_cell_in_quotes_may_hold_the_separator() -> None:
    table = f'{HEAD}\nsks,,other,"Sağlık, Kültür ve Spor","Health, Culture",sks@klu.example\n'
    assert only(planned(table)).name_tr == "Sağlık, Kültür ve Spor"


@pytest.mark.parametrize("start", ["", "\ufeff", "sep=,\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n"])
def test_a_table_is_read_as_any_program_writes_it(start: str, end: str) -> None:
    assert only(planned(start + HEAD + end + SPORT + end)).id == "sks"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1254"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_a_file_is_read_in_any_encoding_with_any_separator(encoding: str, separator: str) -> None:
    content = f"{HEAD}\r\n{SPORT}\r\n".replace(",", separator).encode(encoding)
    assert only(plan(read_rows(rows_of(content)), [])).name_tr == "Sağlık Kültür ve Spor"


@pytest.mark.parametrize("file", sorted(FILES.glob("*.*")), ids=lambda file: file.name)
def test_the_tables_of_offices_are_read(file: Path) -> None:
    found = plan(read_rows(rows_of(file.read_bytes())), [])
    if file.name == "two-bad-rows.csv":
        bad = [(row.line, [fault.column for fault in row.faults]) for row in found.rows]
        assert bad == [(2, ["email"]), (3, ["email"]), (4, ["parent", "kind"])]
        return
    unit = only(found)
    assert (unit.id, unit.email) == ("deneme-1", "deneme@klu.example")
    names = {
        "header-turkish.csv": ("faculty", "Şehircilik Fakültesi"),
        "excel-windows-1254.csv": ("faculty", "Öğrenci İşleri Daire Başkanlığı"),
    }
    assert (unit.kind, unit.name_tr) == names.get(file.name, ("other", "Deneme Birimi"))


@pytest.mark.parametrize(
    "table",
    ["", "\n\n", HEAD, "a;b;c\n1;2;3\n", f'{HEAD}\nsks,,other,"{"a" * 140_000}'],
    ids=["nothing", "blank lines", "headings alone", "no headings", "a cell without an end"],
)
def test_what_is_no_table_is_refused(table: str) -> None:
    with pytest.raises(BadTable):
        planned(table)


def test_a_second_column_of_the_same_meaning_is_refused_where_it_says_something_else() -> None:
    table = "Kod;Ad;E-posta;Telefon;Dahili\nsks;Spor;a@b.example;0288 212 96 79;"
    assert only(planned(table)).phone == "0288 212 96 79"
    assert only(planned(f"{table}0288 212 96 79")).phone == "0288 212 96 79"
    with pytest.raises(BadTable, match="the same meaning"):
        planned(f"{table}1234")
    with pytest.raises(BadTable, match="the same meaning"):
        planned("Kod;Ad;E-posta;E-posta\nsks;Spor;;a@b.example")


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04 no archive", b"\xd0\xcf\x11\xe0 old", b"\xff\xfe\x00", b"x" * (2 * 1024 * 1024 + 1), b"code\x81"],
    ids=["no archive", "old Excel", "half a letter", "too large", "no letters"],
)
def test_what_is_no_file_with_a_table_is_refused(content: bytes) -> None:
    with pytest.raises(BadTable):
        read_rows(rows_of(content))


def test_every_bad_row_is_named_at_once() -> None:
    table = f"{HEAD}\n{SPORT}\nBAD!,,other,a,b,c@d.example\n\nx,,other,,b,nobody\nx,,none,a,b,c@d.example\nsks\n"
    assert set(faults(table)) == {
        *((2, "code"), (3, "code"), (5, "code"), (5, "name_tr"), (5, "email"), (6, "code"), (6, "kind")),
        *((7, "code"), (7, "name_tr"), (7, "email")),
    }


def test_a_unit_may_belong_to_one_that_the_table_adds_and_is_named_by_code_or_name() -> None:
    rows = "a,,other,Bir,One,a@klu.example\nb,a,other,İki,Two,b@klu.example\nc,BİR,other,Üç,Three,c@klu.example\n"
    assert [row.after.parent for row in planned(f"{HEAD}\n{rows}").rows if row.after] == ["", "a", "a"]


def test_a_circle_of_units_is_refused() -> None:
    known = example.unit(id="a", parent="b"), example.unit(id="b", parent="")
    assert faults("code;parent\nb;a\n", *known) == [(2, "parent")]
    assert faults("code;parent\nb;b\n", *known) == [(2, "parent")]


def test_an_empty_cell_erases_nothing_unless_that_is_said_and_never_what_is_needed() -> None:
    known = example.unit(phone="0288 212 00 00", head_email="amir@klu.example", parent="rektorluk")
    table = "code;phone;head_email;email;kind;parent\nkddb;;;;;\n"
    assert [row.verdict for row in planned(table, known).rows] == ["unchanged"]
    (row,) = planned(table, known, erase=True).rows
    assert row.after and (row.verdict, row.fields) == ("changed", ("parent", "phone", "head_email"))
    assert (row.after.email, row.after.kind) == (known.email, known.kind)


def test_a_table_may_have_only_what_changes() -> None:
    (row,) = planned("Kod;E-posta\nKDDB;yeni@klu.example\n", example.unit(copies=("a@klu.example",))).rows
    assert row.after
    assert (row.verdict, row.fields, row.after.copies) == ("changed", ("email",), ("a@klu.example",))


def test_an_exported_table_comes_back_unchanged_and_holds_no_formula() -> None:
    units = [
        example.unit(id="genel-sekreterlik", parent="", name_tr='=HYPERLINK("http://x.example";"y")'),
        example.unit(phone="+90 288 212 00 00", copies=("a@klu.example", "b@klu.example"), takes_compliments=False),
        example.unit(id="eski", active=False, head_name="@amir", head_email="amir@klu.example", language="en"),
    ]
    rows = table(units, list(COLUMNS), lambda name, value: value)
    text = as_csv(rows).decode("utf-8-sig")
    assert not re.search(r'(^|;)"?[=+@-]', text, re.MULTILINE)
    for content in (as_csv(rows), as_xlsx(rows)):
        found = plan(read_rows(rows_of(content)), units)
        assert [row.verdict for row in found.rows] == ["unchanged"] * 3
    with zipfile.ZipFile(io.BytesIO(as_xlsx(rows))) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_a_plan_is_another_when_the_directory_has_changed() -> None:
    known, text = example.unit(), "code;phone\nkddb;0288 212 00 00\n"
    first = planned(text, known)
    assert first.digest == planned(text, known).digest
    assert first.digest != planned(text, known.model_copy(update={"revision": 1})).digest


def test_the_table_of_the_demonstration_is_valid() -> None:
    found = plan(read_rows(rows_of((ROOT / "scripts/local/units.csv").read_bytes())), [])
    assert len(found.rows) >= 25
    assert not found.wrong


def workbook(sheet: str, **parts: str) -> bytes:
    """An XLSX file whose sheet holds these rows."""
    file = io.BytesIO(as_xlsx([["code"]]))
    told = io.BytesIO()
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as written:
        for name in archive.namelist():
            content = archive.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = re.sub(rb"<sheetData>.*</sheetData>", f"<sheetData>{sheet}</sheetData>".encode(), content)
            written.writestr(name, content)
        for name, text in parts.items():
            written.writestr(name, text)
    return told.getvalue()


FAR = {
    "in the last row": '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="Z1048576"><v>1</v></c></row>',
    "in the last cell": '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>',
    "after empty rows": '<row r="1"><c r="XFD1"><v>1</v></c></row>' + "<row/>" * 1000 + "<row><c><v>1</v></c></row>",
    "without places": "<row>" + "<c><v>1</v></c>" * 2000 + "</row>" + "<row/>" * 2000 + "<row><c><v>1</v></c></row>",
}


@pytest.mark.parametrize("sheet", FAR.values(), ids=FAR)
def test_a_small_sheet_whose_cells_lie_far_apart_costs_no_memory(sheet: str) -> None:
    with pytest.raises(BadTable, match="too many rows"):
        rows_of(workbook(sheet))


@pytest.mark.parametrize("cells", [100, 4000])
def test_one_long_text_that_many_cells_show_is_too_large(cells: int) -> None:
    content = workbook("".join(f'<row><c t="s"><v>{n % 2}</v></c></row>' for n in range(cells)))
    long, texts = re.compile(rb"<si>.*</si>"), b"<si><t>a</t></si><si><t>" + b"x" * 60_000 + b"</t></si>"
    told = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as written:
        for name in archive.namelist():
            written.writestr(name, long.sub(texts, archive.read(name)))
    with pytest.raises(BadTable, match="too large"):
        rows_of(told.getvalue())


def test_an_archive_that_lies_about_its_sizes_is_refused() -> None:
    content = workbook("", bomb=" " * 60_000_000)
    with pytest.raises(BadTable, match="too large"):
        rows_of(content)
    size = (60_000_000).to_bytes(4, "little")
    with pytest.raises(BadTable, match="cannot be opened"):
        rows_of(content.replace(size, (10).to_bytes(4, "little")))


def test_an_archive_of_another_kind_is_no_table() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("xl/workbook.xml", "")
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("content.xml", '<table:table-cell table:number-columns-repeated="1000000000"/>')
    for content in (file.getvalue(), other.getvalue()):
        with pytest.raises(BadTable, match="cannot be opened"):
            rows_of(content)


def test_a_chain_of_thousands_of_units_is_planned_and_drawn() -> None:
    chain = [example.unit(id=f"u{n}", parent=f"u{n - 1}" if n else "") for n in range(5000)]
    assert in_circles({unit.id: unit.parent for unit in chain}) == set()
    roots = tree(chain)
    assert [root.unit.id for root in roots] == [f"u{n}" for n in range(0, 5000, DEEPEST)]


def test_the_units_of_a_circle_are_found_and_those_that_only_lead_there_are_not() -> None:
    assert in_circles({"a": "b", "b": "c", "c": "b", "d": "a", "e": "", "f": "f", "g": "gone"}) == {"b", "c", "f"}
