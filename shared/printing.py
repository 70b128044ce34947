"""Prints HTML as PDF (PDF/UA-1, for screen readers too), in a process of its own for each paper.

``python -m shared.printing`` waits on its standard input, a socket, for papers, and forks one process for each: so the
libraries are loaded once. It has no secrets, little memory and time, and fetches nothing: pictures stand in the HTML as
``data:`` addresses. It is started with the first paper, and ends with the service or after some idle minutes. Pango,
HarfBuzz and a font are the system's; where they are missing, nothing else is.
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
from tempfile import TemporaryFile
from typing import Any

import structlog

log = structlog.get_logger()
SIMULTANEOUS = 2
"""Papers that are printed at the same time."""
WAIT = 10.0
"""Seconds that a paper waits for its turn."""
SECONDS = 20
"""Of the processor for one paper; twice as many of the clock."""
PATIENCE = 3 * SECONDS
"""Until the service no longer waits for a paper: the libraries may have to be loaded first."""
IDLE = 600.0
"""Seconds without a paper after which the process ends: with its libraries it has 70 MB."""
MEMORY = 768 * 1024 * 1024
"""Bytes of address space, with the libraries."""
LARGEST = 64 * 1024 * 1024
"""Bytes of a PDF."""
PRINTED, MISSING = b"printed", b"missing"
ROOT = Path(__file__).parent.parent
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
"""What the process gets of the environment: where its libraries are."""


class NotPrinted(Exception):
    """There is no PDF now: others are being printed, or this one took too much memory or time."""


class CannotPrint(NotPrinted):
    """There is none at all: the libraries are missing on this machine."""


class Printer:
    """Prints at most SIMULTANEOUS papers at once."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(SIMULTANEOUS)
        self._socket: socket.socket | None = None

    async def pdf(self, html: str) -> bytes:
        """The PDF. Raises NotPrinted and CannotPrint."""
        try:
            await asyncio.wait_for(self._free.acquire(), WAIT)
        except TimeoutError:
            raise NotPrinted("others are being printed") from None
        try:
            return await asyncio.to_thread(self._print, html)
        finally:
            self._free.release()

    def _print(self, html: str) -> bytes:
        with TemporaryFile() as source, TemporaryFile() as paper:
            source.write(html.encode("utf-8", "replace"))
            source.flush()
            outcome = self._asked(source.fileno(), paper.fileno())
            if outcome == MISSING:
                raise CannotPrint("Pango or HarfBuzz is missing")
            if outcome != PRINTED:  # a process that ends without a word
                log.warning("a paper could not be printed within the limits")
                raise NotPrinted("it took too much memory or time")
            paper.seek(0)
            return paper.read()

    def _asked(self, source: int, paper: int) -> bytes:
        """What the process says; empty when it says nothing."""
        answer, answering = os.pipe()
        try:
            try:
                socket.send_fds(self._running(), [b"paper"], [source, answering, paper])
            except OSError:  # it has ended
                self._socket = None
                socket.send_fds(self._running(), [b"paper"], [source, answering, paper])
            finally:
                os.close(answering)
            ready, _, _ = select.select([answer], [], [], PATIENCE)
            return os.read(answer, 100) if ready else b""
        finally:
            os.close(answer)

    def _running(self) -> socket.socket:
        if self._socket is None:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                process = subprocess.Popen(  # nobody else says what is started
                    [sys.executable, "-E", "-s", "-m", "shared.printing"],
                    stdin=theirs.fileno(),
                    stderr=subprocess.DEVNULL,  # it may quote the text
                    cwd=ROOT,
                    env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
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
    """Fork a process for each paper, until the service is gone or asks for none any more."""
    os.nice(5)  # the service's own work comes first
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service
    asked = socket.socket(fileno=os.dup(0))
    asked.settimeout(IDLE)
    while True:
        try:
            said, descriptors, _, _ = socket.recv_fds(asked, 100, 3)
        except TimeoutError:
            return
        if not said:
            return
        source, answering, paper = descriptors
        if not _loaded():
            os.write(answering, MISSING)
            return  # they may be there the next time
        if os.fork() == 0:
            asked.close()
            os.close(0)
            _print(source, answering, paper)
        for descriptor in descriptors:
            os.close(descriptor)


def _loaded() -> bool:
    """Load the libraries, once. Returns whether they are there."""
    try:
        import weasyprint  # noqa: F401  # only here: it is slow to load, and says OSError without Pango
    except OSError:
        return False
    return True


def _print(source: int, answering: int, paper: int) -> Any:
    """Print one paper within limits, say that it is done, and end."""
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    status = 1
    try:
        signal.alarm(2 * SECONDS)
        for limit, most in {
            resource.RLIMIT_AS: MEMORY,
            resource.RLIMIT_CPU: SECONDS,
            resource.RLIMIT_FSIZE: LARGEST,
            resource.RLIMIT_CORE: 0,
        }.items():
            resource.setrlimit(limit, (most, most))
        with open(source, "rb") as given, open(paper, "wb") as printed:
            given.seek(0)
            html = HTML(string=given.read().decode(), url_fetcher=URLFetcher(allowed_protocols=("data",)))
            printed.write(html.write_pdf(pdf_variant="pdf/ua-1"))
        os.write(answering, PRINTED)
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    serve()
