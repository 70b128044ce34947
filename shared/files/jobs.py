"""What a service does with its files by itself: it scans those that are held, and deletes those that nobody sent."""

from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

from shared.documents import Documents
from shared.events import Event
from shared.files.named import files_in
from shared.files.store import HELD, INFECTED, Files, StoredFile, held
from shared.files.uploads import Uploads
from shared.scheduled import run_due
from shared.state import Aggregate

SCAN_SECONDS = 15.0
"""Between two attempts at what is held while the scanner is away."""
D = TypeVar("D", bound=Aggregate)
Check = Callable[[D, str, str, datetime], tuple[D, list[Event]] | None]
"""Notes in a document what was found in one of its files: document, id of the file, state, now. None: it is known."""
Drafted = Callable[[D], bool]
"""Whether a document still needs the files that are attached to it, and that it does not name yet."""


class FileJobs(Generic[D]):
    """The jobs of the files that ``documents`` name. ``StoredFile.message_id`` is the id of such a document.

    ``drafted``: of a service whose forms are kept for longer than a day. There ``StoredFile.form`` is that id too,
    perhaps with a dot and what tells one of several forms of the document from another.
    """

    def __init__(
        self,
        uploads: Uploads,
        documents: Documents[D],
        check: Check[D],
        *,
        drafted: Drafted[D] = lambda document: False,
        scan_seconds: float = SCAN_SECONDS,
    ) -> None:
        self.uploads, self.documents, self.check = uploads, documents, check
        self.drafted, self.scan_seconds = drafted, scan_seconds

    @property
    def files(self) -> Files:
        """The files of the service."""
        return self.uploads.files

    async def scan(self) -> None:
        """Scan held files, for as long as the service runs."""
        await run_due(self.files, held, self.scan_one, every=self.scan_seconds)

    async def scan_one(self, file_id: str, now: datetime) -> None:
        """Scan one file, and tell the desk if it was sent. The document comes first: what a crash leaves is done again.

        A file that is being sent while it is scanned stays held until its document is stored.
        """
        file = await self.files.get(file_id)
        state = await self.uploads.scan_held(file)
        if state == HELD or not await self._told(file, state, now):
            return
        if state == INFECTED:
            await self.files.forget_bytes(file.id)
        await self.files.save(file.model_copy(update={"state": state, "in_message": bool(file.message_id)}))

    async def sweep(self) -> bool:
        """Delete what was attached to forms that nobody sent. Returns False: there is no more to do at once."""
        await self.files.sweep(self._is_needed)
        return False

    async def _told(self, file: StoredFile, state: str, now: datetime) -> bool:
        """Whether everybody knows who must: nobody, if the file was not sent."""
        if file.message_id is None:
            return True
        document = await self.documents.find_one(file.message_id)
        if document is None or file.id not in files_in(document):
            return False
        if checked := self.check(document, file.id, state, now):
            await self.documents.save(checked[0], announcing=checked[1])
        return True

    async def _is_needed(self, file: StoredFile) -> bool:
        document = await self.documents.find_one(file.message_id or "")
        if document is not None and file.id in files_in(document):
            return True
        draft = await self.documents.find_one(file.form.partition(".")[0])
        return draft is not None and self.drafted(draft)
