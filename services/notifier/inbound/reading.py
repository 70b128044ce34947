"""Reads the mails of strangers, each in a process of its own (``shared.forking``), which has no secrets."""

import asyncio
import os
from collections.abc import Sequence
from tempfile import TemporaryFile

import structlog
from pydantic import ValidationError

from services.notifier.domain.incoming import Reading, Understood, head_of
from shared.forking import Jobs, Limits, serve

SECONDS = 20
"""Of the clock, for one mail; the same of the processor."""
PATIENCE = 3 * SECONDS
"""Until the notifier no longer waits: a mail may have to wait for the libraries to be loaded."""
MB = 1024 * 1024
LIMITS = Limits(memory=768 * MB, output=128 * MB, processor=SECONDS, clock=SECONDS)
READ = b"ok"
log = structlog.get_logger()


class Unreadable(Exception):
    """A mail could not be read within the limits, not even its head."""


class Reader:
    """Reads mails, one process for each."""

    def __init__(self) -> None:
        self._jobs = Jobs("services.notifier.inbound.reading")

    async def read(self, raw: bytes, reading: Reading) -> Understood:
        """What ``incoming.understood`` finds. Of a mail that cannot be read within the limits, what its head says.

        Raises Unreadable.
        """
        found = await asyncio.to_thread(self._read, raw, reading)
        if found is None:
            log.warning("a mail could not be read within the limits", size=len(raw))
            found = await asyncio.to_thread(self._read, head_of(raw), reading)
            found = found and found.model_copy(update={"is_cut": True})
        if found is None:
            raise Unreadable
        return found

    def _read(self, raw: bytes, reading: Reading) -> Understood | None:
        with TemporaryFile() as asked, TemporaryFile() as given, TemporaryFile() as answer:
            asked.write(reading.model_dump_json().encode())
            given.write(raw)
            for file in (asked, given):
                file.flush()
                file.seek(0)
            files = [asked.fileno(), given.fileno(), answer.fileno()]
            if self._jobs.run("read", files, patience=PATIENCE) != READ:
                return None
            answer.seek(0)
            try:
                return Understood.model_validate_json(answer.read())
            except ValidationError:
                return None


def _work(name: str, files: Sequence[int]) -> bytes:
    asked, given, answer = files
    with os.fdopen(asked, "rb") as question, os.fdopen(given, "rb") as mail, os.fdopen(answer, "wb") as found:
        reading = Reading.model_validate_json(question.read())
        found.write(reading.understood(mail.read()).model_dump_json().encode())
    return READ


if __name__ == "__main__":
    serve(_work, LIMITS)
