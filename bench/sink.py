"""Where the letters end: a mail server as lean as Python can be, for what it takes is missing in what is measured.

Takes any number of letters over one connection, and commands that come together (RFC 5321, RFC 2920). No TLS, no
log-in, no refusals: what a mail server may do wrong is the business of ``scripts.chaos``.
"""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from functools import cached_property
from typing import cast

from scripts.local.ports import HOST

END = b"\r\n.\r\n"
HELLO = b"250-localhost\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
OK = b"250 OK\r\n"


@dataclass(frozen=True)
class Letter:
    """One letter that was taken. ``at``: when its final dot came, on ``time.perf_counter``."""

    at: float
    recipient: str
    raw: bytes

    @cached_property
    def message_id(self) -> str:
        """Without its brackets; empty when there is none."""
        found = re.search(rb"^message-id:\s*<([^>]*)>", self.raw, re.IGNORECASE | re.MULTILINE)
        return found[1].decode() if found else ""

    @cached_property
    def text(self) -> str:
        """What its first part in plain text says. Read when it is asked for, as most letters are only counted."""
        for part in message_from_bytes(self.raw).walk():
            if part.get_content_type() == "text/plain":
                payload = cast(bytes, part.get_payload(decode=True))
                return payload.decode(part.get_content_charset("utf-8"), "replace")
        return ""


class Sink:
    """Listens on one port. ``on_letter`` is told of each letter, once for each of its recipients."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.taken = 0
        self.on_letter: Callable[[Letter], None] = lambda letter: None
        self.lines: set[asyncio.Transport] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Be there."""
        self._server = await asyncio.get_running_loop().create_server(lambda: _Line(self), HOST, self.port)

    async def close(self) -> None:
        """Be away; the open lines are cut."""
        if self._server:
            self._server.close()
            for line in list(self.lines):
                line.abort()
            await self._server.wait_closed()
            self._server = None

    def take(self, recipients: list[str], raw: bytes) -> None:
        """A letter is here."""
        at = time.perf_counter()
        for recipient in recipients:
            self.taken += 1
            self.on_letter(Letter(at, recipient, raw))


class _Line(asyncio.Protocol):
    """One connection: commands, or the lines of a letter up to a dot that stands alone."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._come = bytearray()
        self._recipients: list[str] = []
        self._in_letter = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._sink.lines.add(self._transport)
        self._transport.write(b"220 localhost\r\n")

    def connection_lost(self, error: Exception | None) -> None:
        self._sink.lines.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._come += data
        said = bytearray()
        while (end := self._come.find(END if self._in_letter else b"\r\n")) >= 0:
            if self._in_letter:
                said += self._letter(end)
            else:
                line = bytes(self._come[:end])
                del self._come[: end + 2]
                said += self._command(line)
        if said:
            self._transport.write(bytes(said))
        if said.endswith(b"221 Bye\r\n"):
            self._transport.close()

    def _command(self, line: bytes) -> bytes:
        match line[:4].upper():
            case b"EHLO":
                self._recipients = []
                return HELLO
            case b"HELO" | b"RSET" | b"MAIL":
                self._recipients = []
            case b"RCPT":
                self._recipients.append(line.partition(b"<")[2].partition(b">")[0].decode())
            case b"DATA" if self._recipients:
                self._in_letter = True
                self._come[:0] = b"\r\n"  # so that the lone dot is found in an empty letter too
                return b"354 Go on\r\n"
            case b"DATA":
                return b"503 No recipients\r\n"
            case b"QUIT":
                return b"221 Bye\r\n"
            case b"NOOP":
                pass
            case _:
                return b"502 Not here\r\n"
        return OK

    def _letter(self, end: int) -> bytes:
        """Without the dots that were put before lines that begin with one (RFC 5321, 4.5.2)."""
        raw = bytes(self._come[: end + 2]).replace(b"\r\n.", b"\r\n")[2:]
        del self._come[: end + len(END)]
        recipients, self._recipients, self._in_letter = self._recipients, [], False
        self._sink.take(recipients, raw)
        return OK
