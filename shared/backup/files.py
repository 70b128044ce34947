"""Files of people in a backup: beside the archives, each content once, so that a nightly backup copies what is new.

They are copied after the moment of the backup. A file that was deleted meanwhile is not in it.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import bson
from bson import Binary
from pymongo import MongoClient

from shared.backup.archive import NotWhole

HEADS, BLOCKS = "fs.files", "fs.chunks"
"""Collections of GridFS."""
FOLDER = "files"
"""Below the folder of backups; a file there is named after the SHA-256 of its content."""


def copy(url: str, dumped: Iterable[tuple[str, Path]], folder: Path) -> list[str]:
    """Copy the contents that these dumps of HEADS name, unless they are there. Returns their names."""
    place, copied = folder / FOLDER, set()
    with MongoClient[Any](url) as client:
        for database, heads in dumped:
            for head in _heads(heads):
                digest = head["metadata"]["sha256"]
                if (place / digest).exists() or _copied(client[database][BLOCKS], head["_id"], digest, place):
                    copied.add(digest)
    return sorted(copied)


def verify(folder: Path, digests: Iterable[str]) -> None:
    """Raise NotWhole unless each content is there as it was."""
    for digest in digests:
        file = folder / FOLDER / digest
        if not file.exists() or _digest(file) != digest:
            raise NotWhole(f"{file} is missing or damaged")


def put_back(url: str, database: str, heads: Path, folder: Path, digests: Iterable[str]) -> int:
    """Store the files of a dump of HEADS again. Returns their number."""
    known, count = set(digests), 0
    with MongoClient[Any](url, w="majority") as client:
        for head in _heads(heads):
            if (digest := head["metadata"]["sha256"]) in known:
                for number, block in enumerate(_blocks(folder / FOLDER / digest, head["chunkSize"])):
                    stored = {"files_id": head["_id"], "n": number, "data": Binary(block)}
                    client[database][BLOCKS].insert_one(stored)
                client[database][HEADS].insert_one(head)
                count += 1
    return count


def prune(folder: Path, needed: Iterable[str]) -> None:
    """Delete the contents that no backup needs any more, and what a killed one left."""
    still = set(needed)
    for file in (folder / FOLDER).glob("*"):
        if file.name not in still:
            file.unlink()


def _copied(blocks: Any, file_id: str, digest: str, place: Path) -> bool:
    """Whether the whole content could be copied."""
    place.mkdir(exist_ok=True)
    part, found = place / f"{digest}.part", hashlib.sha256()
    with part.open("wb") as output:
        os.fchmod(output.fileno(), 0o600)
        for block in blocks.find({"files_id": file_id}, batch_size=4).sort("n", 1):
            found.update(block["data"])
            output.write(block["data"])
        output.flush()
        os.fsync(output.fileno())
    if found.hexdigest() == digest:
        part.replace(place / digest)
        return True
    with suppress(FileNotFoundError):
        part.unlink()
    return False


def _heads(file: Path) -> Iterator[dict[str, Any]]:
    with file.open("rb") as source:
        yield from bson.decode_file_iter(source)


def _blocks(file: Path, size: int) -> Iterator[bytes]:
    with file.open("rb") as content:
        while block := content.read(size):
            yield block


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
