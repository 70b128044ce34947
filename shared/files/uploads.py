"""Takes files: limits first, then a look into each, the scanner, and GridFS. A file is never whole in memory."""

import hashlib
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, BinaryIO

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from shared.files.accepted import IMAGES, TYPES, FileRefused, ending_of, safe_name
from shared.files.config import FileSettings
from shared.files.opener import Opener
from shared.files.scanner import Scanner, ScannerAway
from shared.files.store import ARRIVING, BLOCK, CLEAN, HELD, INFECTED, UNSCANNED, Files, StoredFile, preview_id

MB = 1024 * 1024
log = structlog.get_logger()


class Uploads:
    """Takes the files of forms. ``scanner`` is None where there is none.

    ``sent_again``: a form may be sent once more, with other files; what was sent before is then taken off it.
    """

    def __init__(self, files: Files, settings: FileSettings, *, sent_again: bool = False) -> None:
        self.files, self.settings, self.sent_again = files, settings, sent_again
        self.scanner = Scanner(settings.clamd_url) if settings.clamd_url else None
        self.opener = Opener()
        self._hour: datetime | None = None
        self._counts: Counter[str] = Counter()
        self._sizes: Counter[str] = Counter()

    @property
    def largest(self) -> int:
        """Bytes of the largest file."""
        return self.settings.largest_file_mb * MB

    async def take(self, upload: UploadFile, *, form: str, client: str) -> StoredFile:
        """Check and store one file of a form. Raises FileRefused; then nothing is kept.

        What is attached to the form already is not stored twice.
        """
        name, ending = safe_name(upload.filename or ""), ending_of(upload.filename or "")
        self._check_begin(upload, name, ending)
        attached, digest = await self.files.of_form(form), await run_in_threadpool(_digest, upload.file)
        if same := next((file for file in attached if file.sent_sha256 == digest), None):
            return same
        if len(attached) >= self.settings.most_files:
            raise FileRefused("too_many", name=name, most=self.settings.most_files)
        await self._check_room(name, upload.size or 0, client)
        with TemporaryFile() as rewritten, TemporaryFile() as small:
            source = upload.file
            if refused := await self.opener.look(source, ending, rewritten, small):
                raise FileRefused(refused, name=name)
            kept = rewritten if TYPES[ending] in IMAGES else source
            state = await self._scanned(name, kept)
            new = self._new(form, name, TYPES[ending], digest)
            await self.files.add(new)
            await self._check_others(new)
            return await self._stored(new, kept, small, state)

    async def remove(self, form: str, file_id: str) -> bool:
        """Delete a file from a form that was not sent. False if it stays: it was sent, or is about to be."""
        for file in await self.files.of_form(form):
            if file.id == file_id and file.message_id and self.sent_again:
                await self.files.detach(file)
            elif file.id == file_id:
                return file.message_id is None and await self.files.forget_unchanged(file)
        return True

    def _check_begin(self, upload: UploadFile, name: str, ending: str) -> None:
        if ending not in TYPES:
            raise FileRefused("type", name=name)
        if not upload.size:
            raise FileRefused("empty", name=name)
        if upload.size > self.largest:
            raise FileRefused("too_large", name=name, most=self.settings.largest_file_mb)

    async def _check_room(self, name: str, size: int, client: str) -> None:
        now, settings = self.files.database.clock(), self.settings
        hour = now.replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour, self._counts, self._sizes = hour, Counter(), Counter()
        self._counts[client] += 1
        self._sizes[client] += size
        if self._counts[client] > settings.client_files or self._sizes[client] > settings.client_files_mb * MB:
            raise FileRefused("busy", name=name)
        if await self.files.pending_bytes() + size > settings.pending_files_mb * MB:
            log.warning("no room for more files of forms that were not sent")
            raise FileRefused("full", name=name)

    async def _check_others(self, new: StoredFile) -> None:
        """Count again, now that those see it that arrive at the same time: what is accepted is sent, all of it."""
        if await self.files.count_others(new) >= self.settings.most_files:
            await self.files.forget(new.id)
            raise FileRefused("too_many", name=new.name, most=self.settings.most_files)

    async def _scanned(self, name: str, content: BinaryIO | IO[bytes]) -> str:
        if self.scanner is None:
            return UNSCANNED
        try:
            if await self.scanner.is_harmful(_blocks(content)):
                log.warning("a harmful file was refused")
                raise FileRefused("infected", name=name)
        except ScannerAway as away:
            log.warning("the virus scanner is away; a file is held", reason=str(away))
            return HELD
        return CLEAN

    def _new(self, form: str, name: str, media_type: str, digest: str) -> StoredFile:
        return StoredFile(
            id=secrets.token_hex(16),
            owner=self.files.database.source,
            form=form,
            name=name,
            type=media_type,
            size=0,
            sha256="",
            sent_sha256=digest,
            state=ARRIVING,
            at=self.files.database.clock(),
        )

    async def _stored(self, new: StoredFile, kept: IO[bytes], small: IO[bytes], state: str) -> StoredFile:
        """Write the bytes, then say what they are; a crash between leaves a file that is ``arriving``, to be swept."""
        content = _Hashed(kept)
        size = await self.files.write(new.id, content.blocks(), sha256=content.hexdigest)
        picture = _Hashed(small)
        preview = new.type in IMAGES
        if preview:
            await self.files.write(preview_id(new.id), picture.blocks(), sha256=picture.hexdigest)
        done = {"size": size, "sha256": content.hexdigest(), "preview": preview, "state": state}
        return await self.files.save(new.model_copy(update=done))

    async def scan_held(self, file: StoredFile) -> str:
        """Ask the scanner about a stored file: ``clean`` or ``infected``; ``held`` while it is away."""
        if self.scanner is None:
            return HELD
        try:
            return INFECTED if await self.scanner.is_harmful(self.files.read(file.id)) else CLEAN
        except ScannerAway:
            return HELD


class _Hashed:
    """Blocks of a file, and their digest when all were read."""

    def __init__(self, file: BinaryIO | IO[bytes]) -> None:
        self._file, self._hash = file, hashlib.sha256()

    async def blocks(self) -> AsyncIterator[bytes]:
        async for block in _blocks(self._file):
            self._hash.update(block)
            yield block

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


async def _blocks(file: BinaryIO | IO[bytes]) -> AsyncIterator[bytes]:
    """The content of a file from its begin, a block of GridFS at a time."""
    await run_in_threadpool(file.seek, 0)
    while block := await run_in_threadpool(file.read, BLOCK):
        yield block


def _digest(file: BinaryIO) -> str:
    file.seek(0)
    found = hashlib.sha256()
    while block := file.read(BLOCK):
        found.update(block)
    return found.hexdigest()
