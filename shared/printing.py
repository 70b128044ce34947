"""Prints HTML as PDF (PDF/UA-1, for screen readers too), each paper in a process of its own (``shared.forking``).

It fetches nothing: pictures stand in the HTML as ``data:`` addresses. Pango, HarfBuzz and a font are the system's;
where they are missing, nothing else is.
"""

import asyncio
import os
from collections.abc import Sequence
from tempfile import TemporaryFile
from typing import Any

import structlog

from shared.forking import Jobs, Limits, serve

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
LIMITS = Limits(memory=768 * 1024 * 1024, output=64 * 1024 * 1024, processor=SECONDS, clock=2 * SECONDS)
PRINTED, MISSING = b"printed", b"missing"
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
        where = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        self._jobs = Jobs("shared.printing", environment=where, quiet=True)  # an error may quote the text

    async def pdf(self, html: str) -> bytes:
        """The PDF. Raises NotPrinted and CannotPrint."""
        try:
            await asyncio.wait_for(self._free.acquire(), WAIT)
        except TimeoutError:
            raise NotPrinted("others are being printed") from None
        try:
            return await asyncio.to_thread(self._printed, html)
        finally:
            self._free.release()

    def _printed(self, html: str) -> bytes:
        with TemporaryFile() as source, TemporaryFile() as paper:
            source.write(html.encode("utf-8", "replace"))
            source.flush()
            outcome = self._jobs.run("paper", [source.fileno(), paper.fileno()], patience=PATIENCE)
            if outcome == MISSING:
                raise CannotPrint("Pango or HarfBuzz is missing")
            if outcome != PRINTED:  # a process that ends without a word
                log.warning("a paper could not be printed within the limits")
                raise NotPrinted("it took too much memory or time")
            paper.seek(0)
            return paper.read()


def _load() -> bytes:
    try:
        import weasyprint  # noqa: F401  # only here: it is slow to load, and says OSError without Pango
    except OSError:
        return MISSING
    return b""


def _print(_: str, files: Sequence[int]) -> bytes:
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    source, paper = files
    with os.fdopen(source, "rb") as given, os.fdopen(paper, "wb") as printed:
        given.seek(0)
        html = HTML(string=given.read().decode(), url_fetcher=URLFetcher(allowed_protocols=("data",)))
        printed.write(html.write_pdf(pdf_variant="pdf/ua-1", finisher=_with_scopes))
    return PRINTED


def _with_scopes(_: object, pdf: Any) -> None:
    """Say of each header whether it is that of a row or of a column (ISO 32000-1, 14.8.5.7): programs look for it.

    WeasyPrint names the headers of each cell instead.
    """
    elements = {found.reference: found for found in pdf.objects if hasattr(found, "get")}
    for row in [element for element in elements.values() if element.get("S") == "/TR"]:
        cells = [elements[cell] for cell in row["K"] if cell in elements]
        scope = "/Row" if any(cell["S"] == "/TD" for cell in cells) else "/Column"
        for cell in cells:
            if cell["S"] == "/TH":
                cell["A"]["Scope"] = scope


if __name__ == "__main__":
    os.nice(5)  # the service's own work comes first
    serve(_print, LIMITS, load=_load, idle=IDLE)
