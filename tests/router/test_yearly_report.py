"""The yearly report: what it says of a year, and that it is a PDF for screen readers too."""

import io
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pdfua
import pytest
from pypdf import PdfReader

from scripts.browser import Browser
from services.router.statistics.domain.cells import Summary
from services.router.statistics.domain.yearly import Line, Report, lines, years
from shared.documents import Database
from tests.router.published import keep_rows, rows

PLAIN_TABLES = "UA-15-003"
"""A hint, no fault: WeasyPrint writes no scope for headers of a table, which here stand in the first row and column."""


def summary(received: int, *, days: tuple[int, ...] = (), **counts: int) -> Summary:
    counted = Counter({"received": received, "answered": len(days), **counts})
    return Summary(counted, {"days": Counter(days)} if days else {})


def codes(now: Summary, before: Summary, **different: Any) -> list[str]:
    given: dict[str, Any] = {"year": 2025, "until": None, "kinds": [], "units": [], "months": []}
    report = Report(**given | {"total": Line("", "", now, before)} | different)
    return [finding.code for finding in report.findings]


@pytest.mark.parametrize(
    ("before", "code"), [(80, "received_more"), (125, "received_fewer"), (100, "received_same"), (0, "received")]
)
def test_the_first_finding_compares_with_the_year_before(before: int, code: str) -> None:
    assert codes(summary(100), summary(before)) == [code]


def test_a_year_that_is_not_over_is_not_compared() -> None:
    assert codes(summary(100), summary(80), until=date(2025, 6, 1)) == ["received"]


@pytest.mark.parametrize(
    ("before", "code"), [((9,) * 5, "answered_faster"), ((2,) * 5, "answered_slower"), ((4,) * 5, "answered_same")]
)
def test_faster_and_slower_go_by_the_median(before: tuple[int, ...], code: str) -> None:
    assert code in codes(summary(5, days=(4,) * 5), summary(5, days=before))


def test_of_few_answers_nothing_is_said() -> None:
    assert codes(summary(4, days=(1, 2, 3, 4), judged=4, in_time=1), summary(0)) == ["received"]


def test_the_unit_that_takes_clearly_longer_is_named() -> None:
    quick, slow = (Summary(Counter(received=9), {"reply": Counter({hours: 9})}) for hours in (10, 40))
    both = Summary(Counter(received=18), {"reply": Counter({10: 10, 40: 8})})
    units = [Line("a", "A", quick, Summary()), Line("b", "B", slow, Summary())]
    assert "slowest" in codes(both, Summary(), units=units)
    assert "slowest" not in codes(both, Summary(), units=units[:1])


def test_rows_stand_by_number_and_have_both_years() -> None:
    found = lines({("a",): summary(1), ("b",): summary(9)}, {("c",): summary(5)}, {"b": "Birim"})
    assert [(line.code, line.name) for line in found] == [("b", "Birim"), ("a", "a"), ("c", "c")]


def test_there_is_a_report_of_each_year_since_the_first_message() -> None:
    assert years("2024-11", date(2026, 1, 2)) == [2026, 2025, 2024]
    assert years(None, date(2026, 1, 2)) == []


async def test_the_report_is_a_tagged_pdf_in_the_readers_language(
    officer: Browser, database: Database, tmp_path: Path
) -> None:
    await keep_rows(database, rows(60), rows(50, year=2024, seed=2))
    assert "/figures/report/2025.pdf?lang=tr" in (await officer.client.get("/figures/report")).text
    answer = await officer.client.get("/figures/report/2025.pdf?lang=tr")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    pdf = PdfReader(io.BytesIO(answer.content))
    catalogue: Any = pdf.trailer["/Root"]
    assert (catalogue["/Lang"], catalogue["/MarkInfo"]["/Marked"]) == ("tr", True)
    assert "2025 yılı raporu" in str(pdf.metadata and pdf.metadata.title)
    words = " ".join(page.extract_text() for page in pdf.pages)
    for said in ("Mühendislik Fakültesi", "2025 yılında 60 başvuru alınmıştır", "Hesaplama yöntemi"):
        assert said in words.replace("\n", " ")
    assert [entry["/Title"] for entry in pdf.outline if isinstance(entry, dict)]
    paper = tmp_path / "report.pdf"
    paper.write_bytes(answer.content)
    faults = {finding.rule_id: finding.message for finding in pdfua.validate(str(paper)).findings}
    faults.pop(PLAIN_TABLES, None)
    assert faults == {}


@pytest.mark.parametrize("year", ["2024", "1999", "x"])
async def test_there_is_no_report_of_another_year(officer: Browser, database: Database, year: str) -> None:
    await keep_rows(database, rows(1))
    assert (await officer.client.get(f"/figures/report/{year}.pdf")).status_code == 404
