"""Fetches a file from the service that owns it, by a signed link: the one HTTP call between services.

For jobs alone: no person waits for it. What comes is believed only if its size and SHA-256 are those that were told.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import BinaryIO

import httpx2

from shared.file_links import FileLinks
from shared.state import Actor, KeptFile

SECONDS = 60.0
"""For one file, from the first byte to the last."""
GONE, AWAY, CHANGED, HELD, INFECTED = "gone", "away", "changed", "held", "infected"
BY_STATUS: Mapping[int, str] = {404: GONE, 409: HELD, 410: INFECTED}


class NotFetched(Exception):
    """The file cannot be had now; ``why`` is a code: gone, away, changed, held or infected."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class FileFetcher:
    """Fetches files. ``links`` have the addresses at which this service reaches the others."""

    def __init__(self, links: FileLinks, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._links, self._transport = links, transport

    async def fetch(self, file: KeptFile, to: BinaryIO, *, actor: Actor, now: datetime) -> None:
        """Write the content of a file. ``actor`` is the person for whom. Raises NotFetched."""
        try:
            link = self._links.to(file, actor, now)
            await asyncio.wait_for(self._fetch(link, file, to), SECONDS)
        except KeyError:  # an owner of a newer version
            raise NotFetched(GONE) from None
        except (TimeoutError, httpx2.HTTPError, OSError):
            raise NotFetched(AWAY) from None

    async def _fetch(self, link: str, file: KeptFile, to: BinaryIO) -> None:
        size, digest = 0, hashlib.sha256()
        client = httpx2.AsyncClient(transport=self._transport, timeout=SECONDS / 4, trust_env=False)
        async with client, client.stream("GET", link) as answer:
            if answer.status_code != 200:
                raise NotFetched(BY_STATUS.get(answer.status_code, AWAY))
            async for block in answer.aiter_bytes():
                size += len(block)
                if size > file.size:
                    raise NotFetched(CHANGED)
                digest.update(block)
                to.write(block)
        if size != file.size or digest.hexdigest() != file.sha256:
            raise NotFetched(CHANGED)
