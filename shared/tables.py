"""Tables as CSV files (RFC 4180), in which a spreadsheet finds text and numbers, and no formula."""

import csv
import io
from collections.abc import Iterable
from typing import Final

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection)."""
MEDIA_TYPE: Final = "text/csv; charset=utf-8"
MARK: Final = "\ufeff".encode()
"""The first bytes of a file: without it, Excel does not read UTF-8."""


def guarded(cell: str) -> str:
    """A cell of a CSV file that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def unguarded(cell: str) -> str:
    """The cell before it was guarded."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def as_csv(rows: Iterable[Iterable[str]], *, delimiter: str = ";") -> bytes:
    """The file, with guarded cells. Excel in Turkish opens it without questions when semicolons separate them."""
    return MARK + csv_lines(rows, delimiter=delimiter)


def csv_lines(rows: Iterable[Iterable[str]], *, delimiter: str = ";") -> bytes:
    """Lines of a file that is written piece by piece, without its ``MARK``."""
    return _written(([guarded(cell) for cell in row] for row in rows), delimiter)


def with_numbers(rows: Iterable[Iterable[str | int | float | None]], *, comma: bool) -> bytes:
    """Lines of a file in which numbers are numbers, negative ones too. ``comma``: before decimals."""
    return _written(([_plain(cell, comma=comma) for cell in row] for row in rows), ";")


def _plain(cell: str | int | float | None, *, comma: bool) -> str:
    """A number as it is: only text can be taken for a formula."""
    if isinstance(cell, float):
        return str(cell).replace(".", ",") if comma else str(cell)
    return guarded(cell) if isinstance(cell, str) else "" if cell is None else str(cell)


def _written(rows: Iterable[Iterable[str]], delimiter: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode()
