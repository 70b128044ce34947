"""A zip archive whose every byte follows from the names and contents of its files, in their order.

Nothing is compressed, there are no extra fields, no comments and no times: so two archives of the same files are equal,
and whoever checks one writes it again and compares (``scripts/verify_bundle.py``). Format: PKWARE APPNOTE 6.3.10, 4.3.
"""

import hashlib
import struct
import zlib
from dataclasses import dataclass
from typing import BinaryIO

BLOCK = 256 * 1024
LARGEST = 2**31 - 1
"""Bytes of an archive: far below 4 GB, from where on zip needs another format."""
MOST = 10_000
"""Files of an archive."""
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
NEEDED, UTF8, STORED, NO_TIME, NO_DATE = 20, 0x0800, 0, 0, 0x0021
"""Zip 2.0; the name is UTF-8; not compressed; midnight of 1 January 1980, which stands for no time."""


class TooLarge(Exception):
    """There is more than an archive may have."""


@dataclass(frozen=True)
class Stored:
    """A file in the archive: its name there, its size in bytes, its SHA-256 in hexadecimal."""

    path: str
    size: int
    sha256: str


class Archive:
    """Writes an archive into a file that is open for writing and can seek."""

    def __init__(self, to: BinaryIO) -> None:
        self._to, self._central, self._paths = to, list[bytes](), set[str]()

    def add(self, path: str, content: bytes | BinaryIO) -> Stored:
        """Add a file. Raises TooLarge, and ValueError for a second one of the same name."""
        if path in self._paths:
            raise ValueError(path)
        self._paths.add(path)
        start, name = self._to.tell(), path.encode()
        self._to.seek(start + _LOCAL.size + len(name))
        size, crc, digest = 0, 0, hashlib.sha256()
        for block in [content] if isinstance(content, bytes) else iter(lambda: content.read(BLOCK), b""):
            size, crc = size + len(block), zlib.crc32(block, crc)
            digest.update(block)
            self._to.write(block)
            if start + size > LARGEST or len(self._paths) > MOST:
                raise TooLarge(path)
        end = self._to.tell()
        self._to.seek(start)
        told = (NEEDED, UTF8, STORED, NO_TIME, NO_DATE, crc, size, size, len(name), 0)
        self._to.write(_LOCAL.pack(b"PK\3\4", *told) + name)
        self._to.seek(end)
        self._central.append(_CENTRAL.pack(b"PK\1\2", NEEDED, *told, 0, 0, 0, 0, start) + name)
        return Stored(path, size, digest.hexdigest())

    def close(self) -> int:
        """Write the directory. Returns the size of the archive in bytes."""
        start, directory = self._to.tell(), b"".join(self._central)
        number = len(self._central)
        self._to.write(directory)
        self._to.write(_END.pack(b"PK\5\6", 0, 0, number, number, len(directory), start, 0))
        return self._to.tell()
