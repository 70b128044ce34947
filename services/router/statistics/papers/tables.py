"""Tables as files that a spreadsheet opens, and takes for nothing but text and numbers."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from shared.tables import MARK, with_numbers


@dataclass(frozen=True)
class Share:
    """A part of one, which a workbook shows as a percentage."""

    value: float


@dataclass(frozen=True)
class Month:
    """A month, by its first day, and what it is called: a workbook has the day, and sorts by it."""

    first: date
    name: str


Cell = str | int | float | date | Share | Month | None
Table = tuple[str, Iterable[Sequence[Cell]]]
"""The name of a sheet, and its rows, of which the first has the headings."""
PLAIN: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
LONGEST_NAME: Final = 31
"""Characters that the name of a sheet may have."""
AS_SHARE: Final = {"num_format": "0.0%", "align": "right"}
AS_DAY: Final = {"num_format": 14}
"""How the reader's spreadsheet writes a day."""
AS_MONTH: Final = {"num_format": "mmmm yyyy", "align": "left"}
FORMATS: Final = {Share: AS_SHARE, date: AS_DAY, Month: AS_MONTH}
NOT_IN_NAMES: Final = str.maketrans("[]:*?/\\", "       ")


def as_csv(tables: Sequence[Table], *, comma: bool) -> bytes:
    """CSV as Excel opens it without questions: in UTF-8 with a mark, separated by semicolons.

    With several tables each has its name above it, and an empty line below. ``comma``: before decimals.
    """
    several = len(tables) > 1
    titled = [
        ([*([[]] if place else []), [name]] if several else [], rows) for place, (name, rows) in enumerate(tables)
    ]
    return MARK + b"".join(
        with_numbers([*above, *(map(_plain, row) for row in rows)], comma=comma) for above, rows in titled
    )


def as_xlsx(tables: Iterable[Table]) -> bytes:
    """A workbook with a sheet for each table. Text is never a formula or a link; numbers and days are what they are."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, PLAIN) as workbook:
        bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        formats = {kind: workbook.add_format(how) for kind, how in FORMATS.items()}
        for name, rows in tables:
            sheet = workbook.add_worksheet(name.translate(NOT_IN_NAMES)[:LONGEST_NAME].strip(" '"))
            sheet.freeze_panes(1, 1)
            sheet.set_column(0, 0, 36)
            sheet.set_column(1, 30, 14)
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, str):
                        sheet.write_string(number, column, cell, None if number else bold)
                    elif cell is not None:
                        _write(sheet, number, column, cell, formats.get(type(cell)))
    return file.getvalue()


def _write(sheet: Worksheet, row: int, column: int, cell: float | date | Share | Month, how: Format | None) -> None:
    """Something that is no text."""
    if isinstance(cell, date | Month):
        sheet.write_datetime(row, column, cell.first if isinstance(cell, Month) else cell, how)
    else:
        sheet.write_number(row, column, cell.value if isinstance(cell, Share) else cell, how)


def _plain(cell: Cell) -> str | int | float | None:
    """As a CSV file has it, in which nothing has a format."""
    if isinstance(cell, date):
        return cell.isoformat()
    return cell.value if isinstance(cell, Share) else cell.name if isinstance(cell, Month) else cell
