"""Opens the files of strangers, each in a process of its own (``shared.forking``), which has no secrets."""

import asyncio
import os
from collections.abc import Sequence
from typing import IO

import structlog

from shared.forking import Jobs, Limits, serve

log = structlog.get_logger()
MOST_PROCESSES = 2
"""Files that are open at the same time."""
SECONDS = 30
"""Of the clock, for one file; the same of the processor."""
PATIENCE = 3 * SECONDS
"""Until the service no longer waits for an answer: a file may have to wait for the libraries to be loaded."""
LIMITS = Limits(memory=448 * 1024 * 1024, output=64 * 1024 * 1024, processor=SECONDS, clock=SECONDS)
GOOD = b"ok"
"""What an answer begins with: why a file is refused follows, or nothing."""


class Opener:
    """Looks into files, one process for each."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(MOST_PROCESSES)
        self._jobs = Jobs("shared.files.opener")

    @property
    def started(self) -> bool:
        """Whether a file has been opened."""
        return self._jobs.started

    async def look(self, source: IO[bytes], ending: str, kept: IO[bytes], preview: IO[bytes]) -> str:
        """As ``look.look``, for files with a descriptor. A process that ends without a word found it damaged."""
        source.flush()
        files = [source.fileno(), kept.fileno(), preview.fileno()]
        async with self._free:
            said = await asyncio.to_thread(self._jobs.run, ending, files, patience=PATIENCE)
        if not said:
            log.warning("a file could not be opened within the limits", ending=ending)
        return said.removeprefix(GOOD).decode() if said else "content"


def _load() -> bytes:
    from shared.files.look import prepare  # the service itself loads none of these libraries

    prepare()
    return b""


def _look(ending: str, files: Sequence[int]) -> bytes:
    from shared.files.look import look

    source, kept, preview = files
    with os.fdopen(source, "rb") as given, os.fdopen(kept, "wb") as new, os.fdopen(preview, "wb") as small:
        given.seek(0)
        return GOOD + look(given, ending, new, small).encode()


if __name__ == "__main__":
    serve(_look, LIMITS, load=_load)
