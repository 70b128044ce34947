"""The table of units as a file that comes back unchanged when it is imported."""

import io
from collections.abc import Callable, Iterable, Sequence

import xlsxwriter

from services.router.directory.domain.units import Unit, value_of
from services.router.directory.domain.words import COLUMNS


def table(units: Iterable[Unit], headings: Sequence[str], label: Callable[[str, str], str]) -> list[list[str]]:
    """Headings and rows. ``label`` is how a value of a column (kind, language, yes, no) is called."""
    return [list(headings), *([_cell(unit, name, label) for name in COLUMNS] for unit in units)]


def as_xlsx(rows: Iterable[Sequence[str]]) -> bytes:
    """A workbook whose cells are text, never formulas or links."""
    file = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(file, plain) as workbook:
        sheet, bold = workbook.add_worksheet(), workbook.add_format({"bold": True})
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell, None if number else bold)
        sheet.freeze_panes(1, 1)
        sheet.autofit()
    return file.getvalue()


def _cell(unit: Unit, name: str, label: Callable[[str, str], str]) -> str:
    value = value_of(unit, name)
    if isinstance(value, bool):
        return label(name, "yes" if value else "no")
    if name in ("kind", "language"):
        return label(name, value)
    return " ".join(value) if isinstance(value, tuple) else value or ""
