"""The cells of a table as the programs of offices write it: CSV in some encoding with some separator, or XLSX."""

import csv
import io
import re
import zipfile
import zlib
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook

from services.router.directory.domain.words import HEADINGS, fold
from shared.refused import Refused

SEPARATORS: Final = (";", ",", "\t", "|")
MOST_ROWS: Final = 5_000
MOST_COLUMNS: Final = 60
LARGEST: Final = 2 * 1024 * 1024
"""Bytes of a file, and of a text."""
LARGEST_UNPACKED: Final = 50 * 1024 * 1024
"""Bytes of what an XLSX file, which is a ZIP archive, may hold."""
MOST_CELLS: Final = 2_000_000
"""Of the rectangle around all cells of a sheet: the library keeps room for each, also for those that are empty."""
_WORKBOOK: Final = "xl/workbook.xml"
_PLACE: Final = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]*)([0-9]+)""")
_ROW: Final = re.compile(rb"<(?:\w+:)?row\b")
_CELL: Final = re.compile(rb"<(?:\w+:)?c[\s/>]")
_SHARED: Final = "xl/sharedstrings.xml"
_TEXT: Final = re.compile(rb"<(?:\w+:)?si\b")
_NUMBER: Final = re.compile(rb"<(?:\w+:)?v\b[^>]*>\s*([0-9]{1,9})")
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
Rows = list[list[str]]


class BadTable(Refused):
    """A file or a text is no table that can be read. The message is a msgid."""


def rows_of(content: bytes) -> Rows:
    """All rows of a file, each with its cells as text. Raises BadTable."""
    if len(content) > LARGEST:
        raise BadTable("The file is too large.")
    if content.startswith(_OLD_EXCEL):
        raise BadTable("This is a file of an old Excel, or one with a password. Please save it as XLSX or CSV.")
    rows = _sheet(content) if content.startswith(_ZIP) else rows_of_text(_decoded(content))
    return _bounded(rows)


def rows_of_text(text: str) -> Rows:
    """All rows of a table in CSV, with the separator that makes most of its first line. Raises BadTable."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    first, _, rest = text.partition("\n")
    if first.strip().strip('"').lower().startswith("sep="):
        return _bounded(_parsed(rest, first.strip().strip('"')[4:5] or "\t"))
    tables: list[Rows] = [_parsed(text, separator) for separator in SEPARATORS]
    return _bounded(max(tables, key=_recognised))


def _decoded(content: bytes) -> str:
    """Text in UTF-8, in UTF-16 or, as Excel writes it in Türkiye, in Windows-1254."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\x00" in content[:100]:
        encodings = ["utf-16-le" if content[1:2] == b"\x00" else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "cp1254"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadTable("The letters of this file cannot be read. Please save it as XLSX, or as CSV in UTF-8.")


def _parsed(text: str, separator: str) -> Rows:
    """A cell over many lines that was never closed is found by the length of a cell, or as a row that is not valid."""
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=separator)]
    except csv.Error:
        raise BadTable("A cell of this table has no end. Please check the quotation marks.") from None


def _recognised(rows: Rows) -> tuple[int, int]:
    """How many headings are known, and how many cells there are."""
    heads = [row for row in rows[:10] if any(row)]
    known = max((sum(fold(cell) in HEADINGS for cell in row) for row in heads), default=0)
    return known, -len(heads[0] if heads else ())


def _sheet(content: bytes) -> Rows:
    """The first sheet that has cells."""
    try:
        workbook = CalamineWorkbook.from_filelike(_unpacked(content))
        sheets = (workbook.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in workbook.sheet_names)
        found = next((sheet for sheet in sheets if any(any(cell != "" for cell in row) for row in sheet)), [])
    except (CalamineError, zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError):
        raise BadTable("This file cannot be opened. Please save it as XLSX or CSV.") from None
    return [[_text(cell) for cell in row] for row in found]


def _unpacked(content: bytes) -> io.BytesIO:
    """The same workbook without compression: the sizes that an archive tells of itself may be wrong.

    Raises BadTable for what is too large, also because many cells show one long text, and for a sheet whose cells lie
    so far apart that no memory would suffice.
    """
    parts: dict[str, bytes] = {}
    room = LARGEST_UNPACKED
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for item in archive.infolist():
            if item.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise zipfile.BadZipFile(item.filename)
            with archive.open(item) as packed:
                part = packed.read(room + 1)
            room -= len(part)
            if room < 0:
                raise BadTable("The file is too large.")
            _require_near(part)
            parts[item.filename] = part
    if _WORKBOOK not in parts:
        raise zipfile.BadZipFile(_WORKBOOK)
    texts = [len(text) for name, part in parts.items() if name.lower() == _SHARED for text in _TEXT.split(part)[1:]]
    for part in parts.values():
        if sum(texts[int(number)] for number in _NUMBER.findall(part) if int(number) < len(texts)) > LARGEST_UNPACKED:
            raise BadTable("The file is too large.")
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    stored.seek(0)
    return stored


def _require_near(part: bytes) -> None:
    """Raise BadTable if the cells of a sheet lie too far apart. A cell may say its place, or follow the one before."""
    pieces, places = _ROW.split(part), _PLACE.findall(part)
    rows = len(pieces) + max((int(row) for _, row in places), default=0)
    columns = max(len(_CELL.findall(piece)) for piece in pieces) + max((_column(c) for c, _ in places), default=0)
    if rows * columns > MOST_CELLS:
        raise BadTable("The table has too many rows.")


def _column(letters: bytes) -> int:
    """The number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number


def _text(cell: object) -> str:
    """Numbers as people typed them: 101, not 101.0."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _bounded(rows: Rows) -> Rows:
    if len(rows) > MOST_ROWS + 20:
        raise BadTable("The table has too many rows.")
    bounded = [row[:MOST_COLUMNS] for row in rows]
    if sum(len(cell) for row in bounded for cell in row) > LARGEST:
        raise BadTable("The file is too large.")
    return bounded
