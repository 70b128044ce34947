"""A mail of a text and an HTML part as bytes (RFC 5322; 2045 to 2047), written by hand.

The policies of Python's ``email`` parse each header before they write it, which takes most of a letter's time, and fold
headers with free text wrongly (``shared.mail_headers``).
"""

import re
from binascii import b2a_qp
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.headerregistry import Address
from email.utils import format_datetime

from shared.mail_headers import header_lines

_LINE_ENDS = re.compile("\r\n|\r|\n")
_CHANGED_ON_THE_WAY = re.compile(rb"(?m)^(?:From |\.)")
_CODED = {b"From ": b"=46rom ", b".": b"=2E"}


def mail_of(headers: Iterable[str], text: str, html: str, *, boundary: str) -> bytes:
    """The whole mail. ``headers`` are lines with their ends; the text comes first, HTML is the better alternative."""
    kind = f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n\r\n'
    parts = (_part("plain", text, boundary), _part("html", html, boundary), f"--{boundary}--\r\n".encode())
    return b"".join(("".join(headers).encode("ascii"), kind.encode("ascii"), *parts))


def address_line(name: str, address: Address) -> str:
    """A header with one address. Raises for one that no mail server takes."""
    if address.display_name:
        return header_lines(name, address.display_name, f" <{address.addr_spec}>")
    return f"{name}: {address.addr_spec}\r\n"


def date_line(at: datetime) -> str:
    """When the letter was written."""
    return f"Date: {format_datetime(at)}\r\n"


def lines_of(headers: Mapping[str, str]) -> str:
    """Headers whose values are ours. An id is never folded: some programs then no longer find the thread."""
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())


def _part(kind: str, text: str, boundary: str) -> bytes:
    headers = f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n'
    return f"--{boundary}\r\n{headers}\r\n".encode() + _quoted_printable(text) + b"\r\n"


def _quoted_printable(text: str) -> bytes:
    """Also lines that a mail server on the way might change, such as *From* and a single full stop (RFC 2049, 3)."""
    lines = "\r\n".join(_LINE_ENDS.split(text.rstrip("\r\n"))) + "\r\n"
    coded = b2a_qp(lines.encode("utf-8", "replace"))
    return _CHANGED_ON_THE_WAY.sub(lambda found: _CODED[found[0]], coded)
