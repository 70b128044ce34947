"""Small files, good ones and bad ones, made when they are asked for."""

import io
import random
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image
from pypdf import PdfWriter

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
"""The harmless text that every virus scanner finds (eicar.org); in pieces, so that none finds this file."""
GPS = 0x8825
ORIENTATION = 0x0112
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
OPEN_TEXT = "application/vnd.oasis.opendocument.text"


def picture(form: str = "JPEG", size: tuple[int, int] = (640, 480), **options: Any) -> bytes:
    """A picture with two colours, so that it can be seen which side is up: its upper half is red."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0], size[1] // 2))
    written = io.BytesIO()
    image.save(written, form, **options)
    return written.getvalue()


def photo() -> bytes:
    """A JPEG as a telephone takes it: lying on its side, with the place, and a comment."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif.get_ifd(GPS)[2] = (41.0, 44.0, 6.0)
    exif[0x010E] = "SECRET PLACE"
    return picture(exif=exif, comment=b"SECRET COMMENT")


def pdf(pages: int = 1, password: str = "") -> bytes:
    """A PDF of empty pages."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if password:
        writer.encrypt(password)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def archive(entries: dict[str, bytes], *, packed: bool = True) -> bytes:
    """A zip file."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as made:
        for name, content in entries.items():
            made.writestr(name, content)
    return written.getvalue()


def docx(more: dict[str, bytes] | None = None, media_type: str = WORD) -> bytes:
    """A Word document, with ``more`` in it."""
    types = f'<Types><Override PartName="/word/document.xml" ContentType="{media_type}.main+xml"/></Types>'
    return archive({"[Content_Types].xml": types.encode(), "word/document.xml": b"<document/>"} | (more or {}))


def odt(more: dict[str, bytes] | None = None) -> bytes:
    """An OpenDocument text."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as made:
        made.writestr("mimetype", OPEN_TEXT)
        made.writestr("META-INF/manifest.xml", "<manifest/>")
        for name, content in ({"content.xml": b"<content/>"} | (more or {})).items():
            made.writestr(name, content)
    return written.getvalue()


def bomb(megabytes: int = 300) -> bytes:
    """A Word document that becomes a thousand times larger."""
    return docx({"word/media/image1.bmp": bytes(megabytes * 1024 * 1024)})


def laughs() -> bytes:
    """A Word document whose XML has entities of entities."""
    lines = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    types = f'<!DOCTYPE Types [<!ENTITY e0 "ha">{lines}]><Types>&e9;{WORD}.main+xml</Types>'
    return archive({"[Content_Types].xml": types.encode(), "word/document.xml": b"<document/>"})


def lying_bomb() -> bytes:
    """A Word document whose table of contents says that its largest entry is small."""
    made = bytearray(docx({"word/zeros.xml": bytes(50 * 1024 * 1024)}))
    at = made.rfind(struct.pack("<I", 50 * 1024 * 1024))
    made[at : at + 4] = struct.pack("<I", 100)
    return bytes(made)


def huge_png(side: int = 50_000) -> bytes:
    """The begin of a PNG that says it has ``side`` × ``side`` pixels."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(bytes(1000)))
        + _chunk(b"IEND", b"")
    )


def polyglot() -> bytes:
    """A JPEG that is an archive too."""
    return picture() + archive({"run.js": b"alert('SECRET')"}, packed=False)


def large_pdf(size: int) -> bytes:
    """A PDF with an attached stream, so that it has about this size."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.add_attachment("noise.bin", random.randbytes(size - 2000))
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
PROGRAM = b"MZ\x90\x00" + bytes(200)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
