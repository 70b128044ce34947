"""What the intake does by itself.

Files: scan those that are held, delete those that nobody sent. Lost codes: find them, and ask for the letter.
"""

from datetime import datetime
from uuid import uuid4

from services.intake.config import Settings
from services.intake.domain.files import check_file, files_of
from services.intake.domain.lost import MOST_CODES, answered, codes_of
from services.intake.store import LostRequests, Messages
from shared.files.store import HELD, INFECTED, Files, StoredFile, held
from shared.files.uploads import Uploads
from shared.scheduled import run_due

SCAN_SECONDS = 15.0
"""Between two attempts at what is held while the scanner is away."""

LOST_SECONDS = 2.0
"""Between two looks at requests for lost codes."""


class FileJobs:
    """The jobs of files."""

    def __init__(self, uploads: Uploads, messages: Messages, *, scan_seconds: float = SCAN_SECONDS) -> None:
        self.uploads, self.messages, self.scan_seconds = uploads, messages, scan_seconds

    @property
    def files(self) -> Files:
        """The files of the intake."""
        return self.uploads.files

    async def scan(self) -> None:
        """Scan held files, for as long as the service runs."""
        await run_due(self.files, held, self.scan_one, every=self.scan_seconds)

    async def scan_one(self, file_id: str, now: datetime) -> None:
        """Scan one file, and tell the desk if it was sent. The message comes first: what a crash leaves is done again.

        A file that is being sent while it is scanned stays held until its message is stored.
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
        await self.files.sweep(self._is_named)
        return False

    async def _told(self, file: StoredFile, state: str, now: datetime) -> bool:
        """Whether everybody knows who must: nobody, if the file was not sent."""
        if file.message_id is None:
            return True
        message = await self.messages.find_one(file.message_id)
        if message is None or file.id not in files_of(message):
            return False
        if checked := check_file(message, file.id, state, now):
            await self.messages.save(checked[0], announcing=checked[1])
        return True

    async def _is_named(self, file: StoredFile) -> bool:
        message = await self.messages.find_one(file.message_id or "")
        return message is not None and file.id in files_of(message)


class LostCodesJob:
    """Answers requests for lost codes, after whoever asked has had the same page as everybody."""

    def __init__(
        self, requests: LostRequests, messages: Messages, settings: Settings, *, seconds: float = LOST_SECONDS
    ) -> None:
        self.requests, self.messages, self.settings, self.seconds = requests, messages, settings, seconds

    async def run(self) -> None:
        """Answer what waits, for as long as the service runs."""
        await run_due(self.requests, self.requests.waiting, self.answer, every=self.seconds)

    async def answer(self, request_id: str, now: datetime) -> None:
        """Ask for the letter to one address, if it has messages and has not had enough letters."""
        lost = await self.requests.get(request_id)
        if lost.asked_at is None:
            return
        keys = (self.settings.secret_key, *self.settings.old_secret_keys)
        messages = await self.messages.of_address(lost.email, limit=MOST_CODES)
        codes = codes_of(messages, [key.get_secret_value() for key in keys], self.settings.intake_url)
        most = self.settings.lost_codes_hour
        done, announcing = answered(lost, codes, request_id=str(uuid4()), most=most, now=now)
        await self.requests.save(done, announcing=announcing)
