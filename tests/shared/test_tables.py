"""CSV files of all services: what a spreadsheet makes of them."""

import csv
import io

import pytest

from shared.tables import as_csv, guarded, unguarded, with_numbers


def test_a_file_has_a_mark_and_semicolons_and_what_is_in_it_comes_back() -> None:
    rows = [["Birim", "Açıklama"], ["Kütüphane", 'iki\nsatır; "tırnak"']]
    text = as_csv(rows).decode("utf-8")
    assert text.startswith("\ufeffBirim;Açıklama\r\n")
    assert list(csv.reader(io.StringIO(text[1:], newline=""), delimiter=";")) == rows


def test_a_program_may_have_commas() -> None:
    assert as_csv([["a", "b"]], delimiter=",").decode("utf-8-sig") == "a,b\r\n"


@pytest.mark.parametrize("cell", ["=1+1", "+90", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_text_is_never_a_formula(cell: str) -> None:
    assert (guarded(cell), unguarded(guarded(cell))) == (f"'{cell}", cell)
    assert unguarded(f"'{cell}'s") == f"{cell}'s"


def test_numbers_stay_numbers_and_negative_ones_have_no_guard() -> None:
    assert with_numbers([["-x", -2, 1.5, None]], comma=True).decode() == "'-x;-2;1,5;\r\n"
    assert with_numbers([[1.5]], comma=False).decode() == "1.5\r\n"
