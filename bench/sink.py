"""The mail server of a measurement. Every letter costs it little, for it runs on the cores that are measured.

Takes any number of letters over one connection, and commands that come together (RFC 5321, RFC 2920). No TLS, no
log-in, no refusals: ``scripts.chaos`` has the mail server that does wrong.
"""

import re
import time
from asyncio import IncompleteReadError, StreamReader, StreamWriter, start_server
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes
from typing import cast

from scripts.local.ports import HOST


@dataclass(frozen=True)
class Letter:
    """One letter that was taken. ``at``: when its final dot came, on ``time.perf_counter``."""

    at: float
    recipient: str
    raw: bytes

    @property
    def letter_id(self) -> str:
        """The Message-ID without its brackets and its domain; empty when there is none."""
        found = re.search(rb"^message-id:\s*<([^>@]*)", self.raw, re.IGNORECASE | re.MULTILINE)
        return found[1].decode() if found else ""

    @property
    def text(self) -> str:
        """What its first part in plain text says."""
        plain = next(p for p in message_from_bytes(self.raw).walk() if p.get_content_type() == "text/plain")
        return cast(bytes, plain.get_payload(decode=True)).decode()


@asynccontextmanager
async def sink(port: int, on_letter: Callable[[Letter], None] = lambda letter: None) -> AsyncIterator[None]:
    """Listens until the end of the block. ``on_letter`` is told of each letter, once for each of its recipients."""
    clients: set[StreamWriter] = set()

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        clients.add(writer)
        try:
            await _converse(reader, writer, on_letter)
        except (IncompleteReadError, ConnectionError):
            pass  # the client has hung up
        finally:
            clients.discard(writer)
            writer.close()

    async with await start_server(serve, HOST, port, limit=1 << 24):
        try:
            yield
        finally:
            for writer in clients:
                writer.close()


async def _converse(reader: StreamReader, writer: StreamWriter, on_letter: Callable[[Letter], None]) -> None:
    answers = {b"EHLO": b"250-localhost\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n", b"QUIT": b"221 Bye\r\n"}
    recipients: list[str] = []
    writer.write(b"220 localhost\r\n")
    while line := await reader.readline():
        command = line[:4].upper()
        if command == b"RCPT":
            recipients.append(line.partition(b"<")[2].partition(b">")[0].decode())
        elif command == b"DATA":
            writer.write(b"354 Go on\r\n")
            written = await reader.readuntil(b"\r\n.\r\n")
            raw, at = written[:-3].replace(b"\r\n..", b"\r\n."), time.perf_counter()  # RFC 5321, 4.5.2
            for recipient in recipients:
                on_letter(Letter(at, recipient, raw))
            recipients = []
        writer.write(answers.get(command, b"250 OK\r\n"))
