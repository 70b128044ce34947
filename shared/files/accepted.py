"""Which files are accepted, and why one is not. Every sentence here is a msgid with values."""

import unicodedata
from typing import Any

from shared.characters import clean, one_line, visible
from shared.refused import Refused

JPEG, PNG, WEBP, GIF, PDF, TEXT = "image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf", "text/plain"
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
TYPES = {
    "jpg": JPEG,
    "jpeg": JPEG,
    "png": PNG,
    "webp": WEBP,
    "gif": GIF,
    "pdf": PDF,
    "docx": _OFFICE + "wordprocessingml.document",
    "xlsx": _OFFICE + "spreadsheetml.sheet",
    "pptx": _OFFICE + "presentationml.presentation",
    "odt": _OPEN + "text",
    "ods": _OPEN + "spreadsheet",
    "odp": _OPEN + "presentation",
    "txt": TEXT,
}
"""The media type of each ending. What is in the file must agree with it."""
IMAGES = frozenset({JPEG, PNG, WEBP, GIF})
ACCEPT = ",".join([*dict.fromkeys(TYPES.values()), *(f".{ending}" for ending in TYPES)])
"""For ``<input accept>``: with the endings too, because some browsers know no types of office files. iPhones, which
take pictures as HEIC, convert them to what is named here."""
LONGEST_NAME = 150
"""Characters, with the ending."""
SENTENCES = {
    "empty": "“%(name)s” is empty. Please attach another copy.",
    "too_large": "“%(name)s” is larger than %(most)s MB.",
    "too_many": "“%(name)s” was not attached: there can be at most %(most)s files.",
    "type": "“%(name)s” cannot be attached. Possible are pictures (JPEG, PNG, WebP, GIF), PDF, Word, Excel, "
    "PowerPoint, OpenDocument and text files.",
    "content": "“%(name)s” is damaged, or not what its ending says. Please save it again and attach the new copy.",
    "encoding": "“%(name)s” is not a text in UTF-8. Please save it as UTF-8, or as PDF.",
    "macros": "“%(name)s” contains macros. Please save it without macros, or as PDF.",
    "pixels": "The picture “%(name)s” has too many pixels. Please attach a smaller one.",
    "unpacked": "“%(name)s” becomes too large when it is opened. Please save it as PDF.",
    "infected": "“%(name)s” contains harmful software and was not kept.",
    "unproved": "“%(name)s” was not attached: please type the four characters of the form first.",
    "unproved_removal": "Please type the four characters of the form first.",
    "busy": "“%(name)s” was not attached: many files came from your connection in the last hour. Please try "
    "again later.",
    "full": "“%(name)s” was not attached: we cannot take files just now. You can send the form without it.",
}


class FileRefused(Refused):
    """A file is not accepted. ``reason`` is a key of SENTENCES; ``values`` fill in the sentence."""

    field = "files"

    def __init__(self, reason: str, **values: Any) -> None:
        super().__init__(SENTENCES[reason])
        self.reason, self.values = reason, values


def ending_of(name: str) -> str:
    """What follows the last full stop, in small letters; empty when there is none."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def safe_name(given: str) -> str:
    """How a file is called on pages: one line without a path or marks that change the direction of the writing.

    At most LONGEST_NAME characters; the ending stays.
    """
    last = given[-1000:].replace("\\", "/").rpartition("/")[2]
    for escaped in ("%22", "%0D", "%0A"):  # what HTML escapes in the name of a part
        last = last.replace(escaped, " ")
    name = " ".join(one_line(clean(last)).split())
    name = "".join(c for c in name if c not in '<>:"|?*' and unicodedata.category(c)[0] != "C").strip(" .")
    stem, dot, ending = name.rpartition(".")
    if not dot or not visible(stem):
        return f"file.{ending or name}"[:LONGEST_NAME] if visible(name) else "file"
    return f"{stem[: LONGEST_NAME - 1 - len(ending)].strip()}.{ending}" if len(ending) <= 10 else name[:LONGEST_NAME]
