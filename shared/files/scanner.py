"""Asks clamd whether a file is harmful. Its protocol: clamd(8), INSTREAM."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import suppress
from urllib.parse import urlsplit

SECONDS = 60.0
"""For one file, whatever its size."""
SEVERAL = 64 * 1024
"""Bytes that are sent at once."""


class ScannerAway(Exception):
    """The scanner cannot say. A file is never clean because of this."""


class Scanner:
    """clamd at ``tcp://host:port`` or ``unix:/path``.

    The library aioclamd knows no Unix sockets, and reads a file in the event loop, a kilobyte at a time.
    """

    def __init__(self, url: str, seconds: float = SECONDS) -> None:
        parts = urlsplit(url)
        if not (parts.scheme == "unix" and parts.path) and not (parts.scheme == "tcp" and parts.hostname):
            raise ValueError("the address of a scanner is tcp://host:port or unix:/path")
        self._parts, self._seconds = parts, seconds

    async def is_harmful(self, content: AsyncIterator[bytes]) -> bool:
        """Whether clamd knows something harmful in it. Raises ScannerAway for every other answer than yes and no."""
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._asked(content)
        except (OSError, EOFError, TimeoutError) as error:
            raise ScannerAway(type(error).__name__) from error
        if answer.endswith(b" FOUND"):
            return True
        if answer != b"stream: OK":
            raise ScannerAway("no answer, or an error")
        return False

    async def _asked(self, content: AsyncIterator[bytes]) -> bytes:
        reader, writer = await self._connection()
        try:
            writer.write(b"zINSTREAM\0")
            async for block in content:
                for at in range(0, len(block), SEVERAL):
                    part = block[at : at + SEVERAL]
                    writer.write(struct.pack("!I", len(part)) + part)
                    await writer.drain()
            writer.write(struct.pack("!I", 0))
            await writer.drain()
            return (await reader.read(4096)).rstrip(b"\0\n")
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._parts.scheme == "unix":
            return await asyncio.open_unix_connection(self._parts.path)
        return await asyncio.open_connection(self._parts.hostname, self._parts.port or 3310)
