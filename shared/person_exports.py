"""A service's part of what is given out to one person: a zip of texts and files, kept for a day (``Files.sweep``).

JSON has the times as ISO 8601 and is indented, so that a person can read it. A file that is still being checked, or
that was infected, is named but not in it.
"""

import asyncio
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import timedelta
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import IO, Any, Self
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from shared.documents import NotYet
from shared.erasure import Order
from shared.events import FileRef
from shared.files.accepted import safe_name
from shared.files.store import ARRIVING, BLOCK, CLEAN, OFFERED, Files, StoredFile
from shared.state import KeptFile

ZIP = "application/zip"
IN_MEMORY = 8 * 1024 * 1024
"""Bytes of an export that are not on the disk."""
PREFIX = "export"
MAKING = timedelta(minutes=10)
"""So long an export may take to be made, at most."""


def form_of(request_id: str) -> str:
    """What the file of an export is attached to: no message, so that it is swept after a day."""
    return f"{PREFIX}.{request_id}"


class Export:
    """A zip that is being made, in a temporary file. Use it in a ``with``."""

    def __init__(self) -> None:
        self.file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # closed by __exit__
        self._zip = ZipFile(self.file, "w", ZIP_DEFLATED)
        self.names: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.file.close()

    def add(self, name: str, content: bytes) -> None:
        """Add a file under this name."""
        self._zip.writestr(ZipInfo(self._free(name)), content, ZIP_DEFLATED)

    def add_json(self, name: str, value: object) -> None:
        """Add a value as JSON that a person can read."""
        self.add(name, json.dumps(value, ensure_ascii=False, indent=2, default=_plain).encode() + b"\n")

    async def add_files(self, folder: str, named: Iterable[KeptFile], files: Files) -> None:
        """Add the files of this service that may be read, from its own store."""
        for kept in named:
            stored = await files.find_one(kept.id)
            if stored and stored.state in OFFERED:
                await self.add_blocks(f"{folder}/{safe_name(stored.name)}", files.read(stored.id))

    async def add_blocks(self, name: str, blocks: AsyncIterator[bytes]) -> None:
        """Add a file, a block at a time."""
        with self._zip.open(ZipInfo(self._free(name)), "w", force_zip64=True) as entry:
            async for block in blocks:
                await asyncio.to_thread(entry.write, block)

    def close(self) -> IO[bytes]:
        """The complete zip, from its begin."""
        self._zip.close()
        self.file.seek(0)
        return self.file

    def _free(self, name: str) -> str:
        """The name, with a number where another file has it."""
        stem, dot, ending = name.rpartition(".")
        number, free = 1, name
        while free in self.names:
            number += 1
            free = f"{stem} ({number}).{ending}" if dot else f"{name} ({number})"
        self.names.append(free)
        return free


async def keep(files: Files, request: Any, name: str, content: IO[bytes]) -> StoredFile:
    """Store a zip in answer to an ``ExportRequested``, for a day. A crash leaves one that is ``arriving``, to be swept.

    It goes at once when something of what is in it is erased (``erased_with``). Raises NotYet when something was while
    it was made: the next one is made without.
    """
    new = StoredFile(
        id=secrets.token_hex(16),
        owner=files.database.source,
        form=form_of(request.request_id),
        name=name,
        type=ZIP,
        size=0,
        sha256="",
        state=ARRIVING,
        at=files.database.clock(),
        message_id=form_of(request.request_id),
        exported=(*request.message_ids, *request.mail_ids, *request.signatures),
    )
    await files.add(new)
    digest = hashlib.sha256()

    async def blocks() -> AsyncIterator[bytes]:
        while block := await asyncio.to_thread(content.read, BLOCK):
            digest.update(block)
            yield block

    size = await files.write(new.id, blocks(), sha256=digest.hexdigest)
    if await files.database.erased_of(new.exported, since=new.at - MAKING):
        await files.forget(new.id)
        raise NotYet(new.id)
    return await files.save(new.model_copy(update={"size": size, "sha256": digest.hexdigest(), "state": CLEAN}))


async def forget(files: Files, request_id: str) -> None:
    """Delete the files of a request's exports at once: what they hold is being erased."""
    async for file_id in files.ids({"form": form_of(request_id)}):
        await files.forget(file_id)


async def erased_with(order: Order) -> dict[str, Any] | None:
    """Query for the exports in which something is of what this order destroys."""
    ids = [*order.marked, *order.signatures]
    return {"exported": {"$in": ids}} if ids else None


def told(request: Any, file: FileRef | None) -> Mapping[str, Any]:
    """The fields of ``Exported``, but for the time, in answer to this ``ExportRequested``."""
    return {"request_id": request.request_id, "number": request.number, "file": file}


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
