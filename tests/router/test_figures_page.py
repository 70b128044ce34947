"""The page of figures: what it says, in numbers of the reader's language; its files, which are no formulas."""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from scripts.browser import Browser
from services.router.access import Role
from services.router.statistics.domain.row import AskedUnit, FigureRow
from services.router.statistics.papers.tables import Cell, Month, Share, as_csv, as_xlsx
from shared.documents import Database
from tests.conftest import Visit
from tests.router.desk import log_in
from tests.router.figures import faculties, stored

WHOLE = "period=range&since=2026-01&until=2026-06"


def row(number: int, **different: Any) -> FigureRow:
    """The row of an answered case of March 2026."""
    asked = (AskedUnit(unit="kim", hours=number, on_time=number < 3, accepted_at_once=True),)
    given: dict[str, Any] = {
        "id": f"row-{number}",
        "revision": 3,
        "calendar": 1,
        "opened": "2026-03-10",
        "asked": asked,
    }
    given |= {"kind": "complaint", "channel": "web", "units": ("kim",), "state": "resolved", "finished": "2026-03-20"}
    given |= {
        "to_routing": 1,
        "to_review": 2,
        "to_answer": 10 * number,
        "answer_days": 10,
        "in_time": True,
        "rating": 4,
    }
    return FigureRow.model_validate(given | different)


@pytest.fixture
async def figures(database: Database) -> None:
    """1,200 would be too many to wait for: four cases, one of them restricted, and one unwanted message."""
    await faculties(database)
    rows = [row(number) for number in (1, 2, 3)]
    rows.append(FigureRow(id="r", revision=1, calendar=1, opened="2026-03-01", restricted=True))
    rows.append(row(9, closure_reason="spam"))
    await stored(database, rows)


async def test_the_page_says_medians_percentiles_and_shares(officer: Browser, figures: None) -> None:
    page = await officer.open(f"/figures?{WHOLE}")
    assert "January 2026 – June 2026" in page and "compared with July 2025 – December 2025" in page
    for said in ("3 of them answered or closed, 1 open", "nine in ten within 3.8 working days", "67%", "2 of 3"):
        assert said in page
    assert "Restricted messages count in the totals alone: 1." in page
    assert "Unwanted messages do not count: 1." in page


async def test_numbers_are_turkish_on_turkish_pages(app: Any, visit: Visit, database: Database, figures: None) -> None:
    reader = await log_in(visit(app, language="tr"), database)
    page = await reader.open(f"/figures?{WHOLE}")
    assert "2,5 iş günü" in page and "%67" in page and "Ocak 2026 – Haziran 2026" in page


async def test_a_unit_leads_to_its_own_figures_and_to_those_below_it(officer: Browser, figures: None) -> None:
    assert "Faculty of Science" in await officer.open(f"/figures?{WHOLE}")
    assert "unit=fen" in officer.html
    page = await officer.open(f"/figures?{WHOLE}&unit=fen")
    assert "Department of Chemistry" in page and "3 of them answered or closed, 0 open" in page
    assert (await officer.client.get("/figures?unit=nowhere")).status_code == 404


async def test_a_filter_leaves_out_what_does_not_fit(officer: Browser, figures: None) -> None:
    assert "No figures" in await officer.open(f"/figures?{WHOLE}&kind=request")
    assert "No figures" in await officer.open("/figures?period=2025")


async def test_an_empty_desk_has_a_page_of_figures(officer: Browser) -> None:
    assert "No message of this period fits the filters." in await officer.open("/figures")


@pytest.mark.parametrize("role", [*Role])
async def test_whoever_reads_cases_reads_figures(app: Any, visit: Visit, database: Database, role: Role) -> None:
    reader = await log_in(visit(app, language="en"), database, role=role)
    assert (await reader.client.get("/figures")).status_code == 200


async def test_files_have_the_numbers_of_the_page_and_are_recorded(
    officer: Browser, figures: None, database: Database
) -> None:
    answer = await officer.client.get(f"/figures/export.csv?{WHOLE}")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    (march,) = [line for line in lines if line and line[0] == "March 2026"]
    assert march[1:] == ["4", "3", "1", "20.0", "30", "1.0"]
    answer = await officer.client.get(f"/figures/export.xlsx?{WHOLE}")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert len(book.sheet_names) == 8 and "By month" in book.sheet_names
    assert [date(2026, 3, 1), 4.0, 3.0, 1.0, 20.0, 30.0, 1.0] in book.get_sheet_by_name("By month").to_python()
    headings, came_in, answer_after, in_time, *_ = book.get_sheet_by_name("Overview").to_python()
    assert headings[0] == "January 2026 – June 2026"
    assert came_in[:2] == ["Messages that came in", 4.0]
    assert (answer_after[1], answer_after[3]) == (20.0, "working hours")
    assert in_time[1] == 1.0
    recorded = [one async for one in database["audit"].find({"action": "figures_exported"})]
    assert [(one["object_kind"], one["object_id"]) for one in recorded] == [("figures", "figures")] * 2
    assert (await officer.client.get("/figures/export.pdf")).status_code == 404


async def test_the_file_of_rows_has_a_line_for_each_case_but_restricted_ones(
    officer: Browser, figures: None, database: Database
) -> None:
    answer = await officer.client.get(f"/figures/rows.csv?{WHOLE}")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert len(lines) == 4 and {line[1] for line in lines[1:]} == {"Complaint"}
    assert "Answered" in {line[4] for line in lines[1:]}
    assert all(word not in answer.text for word in (";kim;", ";resolved;", "out_of_scope"))
    assert "row-1" not in answer.text
    assert await database["audit"].count_documents({"action": "figures_exported", "object_id": "rows"}) == 1


async def test_days_of_the_workbook_of_rows_are_days(officer: Browser, figures: None) -> None:
    answer = await officer.client.get(f"/figures/rows.xlsx?{WHOLE}")
    headings, *rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert (headings[0], headings[5]) == ("Came in on", "Ended on")
    assert {type(row[0]) for row in rows} == {date}
    assert all(row[5] == "" or type(row[5]) is date for row in rows)


BAD = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "http://evil.example", "plain"]


def rows_of(cells: Sequence[str]) -> list[list[str]]:
    return [["Heading"], *([cell] for cell in cells)]


def test_no_cell_of_a_csv_file_is_a_formula() -> None:
    text = as_csv([("x", rows_of(BAD))], comma=False).decode("utf-8-sig")
    cells = [line[0] for line in csv.reader(io.StringIO(text, newline=""), delimiter=";")][1:]
    assert cells == [f"'{cell}" for cell in BAD[:6]] + BAD[6:]


def test_no_cell_of_a_workbook_is_a_formula_or_a_link() -> None:
    made = as_xlsx([("=x[1]", rows_of(BAD)), ("'y'", [["a", 1, 2.5, None]])])
    with zipfile.ZipFile(io.BytesIO(made)) as files:
        sheets = "".join(files.read(name).decode() for name in files.namelist() if "worksheets" in name)
    assert "<f>" not in sheets and "hyperlink" not in sheets
    assert 't="inlineStr"' in sheets or 't="s"' in sheets


def test_a_share_is_a_percentage_and_a_day_a_day_in_a_workbook_and_both_are_plain_in_a_csv_file() -> None:
    cells: list[Cell] = [Share(0.25), date(2026, 3, 9), Month(date(2026, 3, 1), "Mart 2026")]
    with zipfile.ZipFile(io.BytesIO(as_xlsx([("x", [["a", "b", "c"], cells])]))) as files:
        styles = files.read("xl/styles.xml").decode()
    assert 'formatCode="0.0%"' in styles and 'numFmtId="14"' in styles
    assert as_csv([("x", [cells])], comma=True).decode("utf-8-sig") == "0,25;2026-03-09;Mart 2026\r\n"


def test_decimals_have_a_comma_in_turkish_files_and_numbers_are_no_text() -> None:
    assert as_csv([("x", [["a", 1.5, -2, None]])], comma=True).decode("utf-8-sig") == "a;1,5;-2;\r\n"
