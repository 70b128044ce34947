"""Office files, which are archives: what they are by their table of contents. Runs in a process of ``opener`` only."""

import zipfile
import zlib
from typing import BinaryIO
from xml.parsers import expat

from shared.files.accepted import TYPES

MOST_ENTRIES = 5_000
MOST_UNPACKED = 200 * 1024 * 1024
MOST_RATIO = 200
"""How many times larger an entry may become, if it becomes larger than RATIO_FROM. XML of large tables reaches 50."""
RATIO_FROM = 5 * 1024 * 1024
READ = 1024 * 1024
LARGEST_PART = 4 * 1024 * 1024
"""Of the part that is read."""
MAIN = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}
MACROS = ("vbaproject.bin", "basic/script-lc.xml", "basic/script-lb.xml")
NO_ARCHIVE = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError, RuntimeError, ValueError)
"""What an archive raises that is damaged, or packed or encrypted in a way that office programs do not use."""


class UnpacksTooLarge(Exception):
    """By its table of contents."""


class HasMacros(Exception):
    """It contains programs."""


def look_into(source: BinaryIO, ending: str) -> None:
    """Check that this is the office file that its ending says. Raises what is above."""
    if source.read(4) != b"PK\x03\x04":
        raise ValueError("no archive from its first byte")
    with zipfile.ZipFile(source) as archive:
        entries = archive.infolist()
        _bounded(entries)
        names = {entry.filename for entry in entries}
        if len(names) != len(entries) or any(_leads_out(name) for name in names):
            raise ValueError("names that no office program writes")
        if any(name.lower().endswith(MACROS) for name in names):
            raise HasMacros
        (_is_office if ending in MAIN else _is_open_document)(archive, ending)
        for entry in entries:
            _unpack(archive, entry)


def _bounded(entries: list[zipfile.ZipInfo]) -> None:
    total = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES or total > MOST_UNPACKED:
        raise UnpacksTooLarge
    for entry in entries:
        if entry.file_size > RATIO_FROM and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
            raise UnpacksTooLarge
        if entry.flag_bits & 1:
            raise ValueError("an encrypted entry")


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Check that an entry is what the table of contents says: no more of it is read, and its checksum must agree."""
    with archive.open(entry) as content:
        while content.read(READ):
            pass


def _leads_out(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/")


def _is_office(archive: zipfile.ZipFile, ending: str) -> None:
    """Office Open XML (ECMA-376, part 2): the content types name the main part."""
    types = _read(archive, "[Content_Types].xml")
    _well_formed(types)
    if b"macroEnabled" in types:
        raise HasMacros
    if TYPES[ending].encode() + b".main+xml" not in types or MAIN[ending] not in archive.namelist():
        raise ValueError("another kind of document")


def _is_open_document(archive: zipfile.ZipFile, ending: str) -> None:
    """OpenDocument (ISO/IEC 26300-3, 3.3): ``mimetype`` is the first entry, and not packed."""
    first = archive.infolist()[0]
    if first.filename != "mimetype" or first.compress_type != zipfile.ZIP_STORED:
        raise ValueError("no media type at its begin")
    if _read(archive, "mimetype").strip() != TYPES[ending].encode():
        raise ValueError("another kind of document")
    _well_formed(_read(archive, "META-INF/manifest.xml"))
    if "content.xml" not in archive.namelist():
        raise ValueError("no content")


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as entry:
        read = entry.read(LARGEST_PART + 1)
    if len(read) > LARGEST_PART:
        raise UnpacksTooLarge
    return read


def _well_formed(xml: bytes) -> None:
    parser = expat.ParserCreate()
    parser.EntityDeclHandler = _no_entities
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise ValueError("no XML") from error


def _no_entities(*declared: object) -> None:
    raise ValueError("an entity")
