"""Connections that read the head of an answer and no more. Without a limit, a row of interim answers (RFC 9110, 15.2)
is read until the time is over, in which nobody else is served.
"""

import ssl
from typing import Any

from httpcore2 import AnyIOBackend, AsyncNetworkStream, ReadError

MOST = 32 * 1024
"""Bytes of an answer that are read. Of what receivers send, the status alone counts."""
PIECE = 4 * 1024
"""Bytes after which others are served."""


class Limited(AnyIOBackend):
    """Connects as its base does."""

    async def connect_tcp(self, *args: Any, **named: Any) -> AsyncNetworkStream:
        """Connect; what is read of the connection is counted."""
        return Counted(await super().connect_tcp(*args, **named))


class Counted(AsyncNetworkStream):
    """A connection that ends with ReadError when more than ``MOST`` bytes come."""

    def __init__(self, stream: AsyncNetworkStream) -> None:
        self._stream, self._left = stream, MOST

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # as its base
        """The next bytes."""
        if self._left <= 0:
            raise ReadError("the answer is too long")
        read = await self._stream.read(min(max_bytes, PIECE, self._left), timeout)
        self._left -= len(read)
        return read

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Send bytes."""
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> AsyncNetworkStream:
        """The same connection, encrypted."""
        return Counted(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """As the connection says."""
        return self._stream.get_extra_info(info)
