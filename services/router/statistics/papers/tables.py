"""Tables as files that a spreadsheet opens, and takes for nothing but text and numbers."""

import io
from collections.abc import Iterable, Sequence
from typing import Final

import xlsxwriter

from shared.tables import MARK, with_numbers

Cell = str | int | float | None
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
NOT_IN_NAMES: Final = str.maketrans("[]:*?/\\", "       ")


def as_csv(tables: Sequence[Table], *, comma: bool) -> bytes:
    """CSV as Excel opens it without questions: in UTF-8 with a mark, separated by semicolons.

    With several tables each has its name above it, and an empty line below. ``comma``: before decimals.
    """
    several = len(tables) > 1
    titled = [
        ([*([[]] if place else []), [name]] if several else [], rows) for place, (name, rows) in enumerate(tables)
    ]
    return MARK + b"".join(with_numbers([*above, *rows], comma=comma) for above, rows in titled)


def as_xlsx(tables: Iterable[Table]) -> bytes:
    """A workbook with a sheet for each table. Text is never a formula or a link, numbers are numbers."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, PLAIN) as workbook:
        bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
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
                        sheet.write_number(number, column, cell)
    return file.getvalue()
