"""An SMTP server inside this process, on aiosmtpd. Takes every letter, or fails as ``reply`` says."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from scripts.local.ports import HOST

OK = "250 OK"
CUT = "close the connection without a reply"
SILENCE = "never reply"
Stage = Literal["MAIL", "RCPT", "DATA"]


@dataclass(frozen=True)
class Letter:
    """One letter with the reply that it got. ``received_at``: ``time.perf_counter`` when all of it was here."""

    raw: bytes
    sender: str
    recipients: tuple[str, ...]
    reply: str = OK
    received_at: float = field(default_factory=time.perf_counter, compare=False)

    @cached_property
    def mail(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def message_id(self) -> str:
        """Without angle brackets; empty where there is none."""
        return str(self.mail["Message-ID"] or "").strip().strip("<>")

    @property
    def text(self) -> str:
        part = self.mail.get_body(("plain",))
        return str(part.get_content()) if part else ""


class SmtpServer:
    """On one port; port 0 takes a free one. ``on_letter`` gets each letter, whatever its reply will be.

    ``options`` are aiosmtpd's, such as ``tls_context``.
    """

    options: Mapping[str, Any] = MappingProxyType({})

    def __init__(
        self, port: int = 0, on_letter: Callable[[Letter], None] = lambda letter: None, host: str = HOST
    ) -> None:
        self.port, self.on_letter, self._host = port, on_letter, host
        self.connections: set[asyncio.Transport] = set()
        self._listener: asyncio.Server | None = None

    def reply(self, stage: Stage, address: str) -> str:
        """The reply to a command: a line of SMTP; for DATA, whose ``address`` is empty, also ``CUT`` or ``SILENCE``."""
        return OK

    async def open(self) -> None:
        if self._listener is None:
            loop = asyncio.get_running_loop()
            self._listener = await loop.create_server(lambda: _Connection(self), self._host, self.port)
            self.port = self._listener.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self.close_connections()
            await self._listener.wait_closed()
            self._listener = None

    def close_connections(self) -> None:
        for transport in list(self.connections):
            transport.abort()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802
        if (reply := self.reply("MAIL", address)).startswith("250"):
            envelope.mail_from = address
        return reply

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802
        if (reply := self.reply("RCPT", address)).startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        reply = self.reply("DATA", "")
        letter = Letter(envelope.original_content or b"", envelope.mail_from or "", tuple(envelope.rcpt_tos), reply)
        self.on_letter(letter)
        if reply == CUT:
            server.transport.abort()
        if reply == SILENCE:
            await asyncio.Event().wait()
        return reply


class _Connection(SMTP):
    def __init__(self, server: SmtpServer) -> None:
        # The host name is given because a lookup can take seconds on a machine without a network.
        loop = asyncio.get_running_loop()
        super().__init__(server, enable_SMTPUTF8=True, hostname="localhost", loop=loop, **server.options)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.event_handler.connections.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.connections.discard(self.transport)
        super().connection_lost(error)
