"""A line to a store or a mail server that can be frozen or cut, as SIGSTOP and kill do; the real one is left alone."""

import asyncio
from contextlib import suppress

from scripts.local.ports import HOST


class TcpProxy:
    """Listens on ``port`` and passes everything on to ``to``, until it is frozen or cut."""

    def __init__(self, port: int, to: int) -> None:
        self.port, self._to = port, to
        self._flows = asyncio.Event()
        self._flows.set()
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._connected, HOST, self.port)

    def freeze(self) -> None:
        """Nothing passes; nothing is refused."""
        self._flows.clear()

    def thaw(self) -> None:
        """Everything passes, what waited first."""
        self._flows.set()

    async def cut(self) -> None:
        """Nobody listens any more, and every connection is gone."""
        if self._server:
            self._server.close()
        for end in list(self._ends):
            end.transport.abort()
        self.thaw()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            there, back = await asyncio.open_connection(HOST, self._to)
            self._ends |= {writer, back}
            await asyncio.gather(self._pass(reader, back), self._pass(there, writer), return_exceptions=True)
            self._ends -= {writer, back}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(65536):
                await self._flows.wait()
                writer.write(piece)
                await writer.drain()
        finally:
            writer.close()
