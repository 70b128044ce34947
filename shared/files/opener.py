"""Opens the files of strangers in processes of their own, which have little memory and time and no secrets.

``python -m shared.files.opener`` waits on its standard input, a socket, for files, and forks one process for each: so
the libraries are loaded once. It is started with the first file, and ends with the service.
"""

import asyncio
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import weakref
from pathlib import Path
from typing import IO, Any

import structlog

log = structlog.get_logger()
MOST_PROCESSES = 2
"""Files that are open at the same time."""
SECONDS = 30
"""Of the clock, for one file; the same of the processor."""
PATIENCE = 3 * SECONDS
"""Until the service no longer waits for an answer: a file may have to wait for the libraries to be loaded."""
MEMORY = 448 * 1024 * 1024
"""Bytes of address space, with the libraries."""
LARGEST_OUTPUT = 64 * 1024 * 1024
ROOT = Path(__file__).parent.parent.parent


NOTHING: dict[str, str] = {}
"""The environment of these processes."""


class Opener:
    """Looks into files, one process for each."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(MOST_PROCESSES)
        self._socket: socket.socket | None = None

    @property
    def started(self) -> bool:
        """Whether a file has been opened."""
        return self._socket is not None

    async def look(self, source: IO[bytes], ending: str, kept: IO[bytes], preview: IO[bytes]) -> str:
        """As ``look.look``, for files with a descriptor. A process that ends without a word found it damaged."""
        async with self._free:
            return await asyncio.to_thread(self._look, source, ending, kept, preview)

    def _look(self, source: IO[bytes], ending: str, kept: IO[bytes], preview: IO[bytes]) -> str:
        source.flush()
        answer, answering = os.pipe()
        try:
            descriptors = [source.fileno(), answering, kept.fileno(), preview.fileno()]
            try:
                socket.send_fds(self._running(), [ending.encode()], descriptors)
            except OSError:  # somebody ended it
                self._socket = None
                socket.send_fds(self._running(), [ending.encode()], descriptors)
            finally:
                os.close(answering)
            ready, _, _ = select.select([answer], [], [], PATIENCE)
            said = os.read(answer, 100).decode() if ready else ""
        finally:
            os.close(answer)
        if not said:
            log.warning("a file could not be opened within the limits", ending=ending)
        return said.removeprefix("ok") if said else "content"

    def _running(self) -> socket.socket:
        if self._socket is None:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                process = subprocess.Popen(  # nobody else says what is started
                    [sys.executable, "-E", "-s", "-m", "shared.files.opener"],
                    stdin=theirs.fileno(),
                    cwd=ROOT,
                    env=NOTHING,
                )
            weakref.finalize(self, _end, ours, process)
            self._socket = ours
        return self._socket


def _end(ours: socket.socket, process: "subprocess.Popen[bytes]") -> None:
    ours.close()
    try:
        process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def serve() -> None:
    """Fork a process for each file, until the service is gone."""
    from shared.files.look import prepare

    prepare()  # what is loaded here is there after each fork

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service
    asked = socket.socket(fileno=os.dup(0))
    while True:
        ending, descriptors, _, _ = socket.recv_fds(asked, 100, 4)
        if not ending:
            return
        if os.fork() == 0:
            asked.close()
            os.close(0)
            _look(ending.decode(), *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _look(ending: str, source: int, answering: int, kept: int, preview: int) -> Any:
    """Look into one file within limits, say what was found, and end."""
    from shared.files.look import look

    status = 1
    try:
        signal.alarm(SECONDS)
        for limit, most in {
            resource.RLIMIT_AS: MEMORY,
            resource.RLIMIT_CPU: SECONDS,
            resource.RLIMIT_FSIZE: LARGEST_OUTPUT,
            resource.RLIMIT_CORE: 0,
        }.items():
            resource.setrlimit(limit, (most, most))
        with open(source, "rb") as given, open(kept, "wb") as new, open(preview, "wb") as small:
            given.seek(0)
            found = look(given, ending, new, small)
        os.write(answering, b"ok" + found.encode())
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    serve()
