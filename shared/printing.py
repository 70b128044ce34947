"""Prints HTML as PDF (PDF/UA-1, for screen readers too), in a process of its own for each paper.

``python -m shared.printing`` reads HTML from its standard input and writes the PDF to its standard output. It has no
secrets, little memory and time, and fetches nothing: pictures stand in the HTML as ``data:`` addresses. The libraries
(Pango, HarfBuzz, fontconfig) and a font are the system's; where they are missing, nothing else is.
"""

import asyncio
import contextlib
import os
import resource
import sys
from pathlib import Path

import structlog

log = structlog.get_logger()
SIMULTANEOUS = 2
"""Papers that are printed at the same time."""
WAIT = 10.0
"""Seconds that a paper waits for its turn."""
SECONDS = 20
"""For one paper: of the processor, and with as many to spare of the clock."""
MEMORY = 768 * 1024 * 1024
"""Bytes of address space, with the libraries."""
LIBRARIES_MISSING = 3
"""Exit status."""
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

    async def pdf(self, html: str) -> bytes:
        """The PDF. Raises NotPrinted and CannotPrint."""
        try:
            await asyncio.wait_for(self._free.acquire(), WAIT)
        except TimeoutError:
            raise NotPrinted("others are being printed") from None
        try:
            return await _printed(html)
        finally:
            self._free.release()


async def _printed(html: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-E", "-s", "-m", "shared.printing"),
        cwd=ROOT,
        env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # it may quote the text
    )
    try:
        pdf, _ = await asyncio.wait_for(process.communicate(html.encode("utf-8", "replace")), 2 * SECONDS)
    except TimeoutError:
        raise NotPrinted("it took too long") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode == LIBRARIES_MISSING:
        raise CannotPrint("Pango or HarfBuzz is missing")
    if process.returncode or not pdf:
        log.warning("a paper could not be printed", status=process.returncode)
        raise NotPrinted("it could not be printed within the limits")
    return pdf


def main() -> None:
    """Print one paper, after the service's own work, within limits."""
    os.nice(5)
    for limit, most in {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CPU: SECONDS,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }.items():
        resource.setrlimit(limit, (most, most))
    try:
        from weasyprint import HTML  # only here: it is slow to load, and the libraries may be missing
        from weasyprint.urls import URLFetcher
    except OSError:
        sys.exit(LIBRARIES_MISSING)
    paper = HTML(string=sys.stdin.buffer.read().decode(), url_fetcher=URLFetcher(allowed_protocols=("data",)))
    sys.stdout.buffer.write(paper.write_pdf(pdf_variant="pdf/ua-1"))


if __name__ == "__main__":
    main()
