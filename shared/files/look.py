"""What is in a file: judged by its bytes, against what its ending says. Runs in a process of ``opener`` only."""

import codecs
import logging
from typing import BinaryIO

from PIL import Image, ImageCms
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from shared.files import archives, images
from shared.files.accepted import IMAGES, PDF, TEXT, TYPES

READ = 1024 * 1024
CONTROLS = bytes(c for c in range(32) if c not in b"\t\n\r\f\x1b")
"""Bytes that no text has."""
LARGE_PDF = 20_000
"""Pages."""


def prepare() -> None:
    """Load what the libraries load late."""
    Image.preinit()
    ImageCms.createProfile("sRGB")
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def look(source: BinaryIO, ending: str, kept: BinaryIO, preview: BinaryIO) -> str:
    """Why this file is refused, a key of ``accepted.SENTENCES``; empty if it is what its ending says.

    Of a picture, ``kept`` gets what is to be stored in its place, and ``preview`` a small one.
    """
    media_type = TYPES[ending]
    try:
        if media_type in IMAGES:
            images.rewrite(source, media_type, kept, preview)
        elif media_type == PDF:
            return _about_pdf(source)
        elif media_type == TEXT:
            return _about_text(source)
        else:
            archives.look_into(source, ending)
    except (images.TooManyPixels, MemoryError):
        return "pixels" if media_type in IMAGES else "unpacked"
    except archives.UnpacksTooLarge:
        return "unpacked"
    except archives.HasMacros:
        return "macros"
    except (*images.NO_PICTURE, *archives.NO_ARCHIVE):
        return "content"
    return ""


def _about_pdf(source: BinaryIO) -> str:
    """Its structure is read: the table of objects and the tree of pages. Of an encrypted one, the table."""
    if source.read(5) != b"%PDF-":
        return "content"
    source.seek(0)
    try:
        reader = PdfReader(source, strict=False)
        if reader.is_encrypted:
            return ""
        return "" if 0 < len(reader.pages) <= LARGE_PDF else "content"
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError):
        return "content"


def _about_text(source: BinaryIO) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while read := source.read(READ):
            decoder.decode(read)
            if read.translate(None, CONTROLS) != read:
                return "encoding"
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "encoding"
    return ""
