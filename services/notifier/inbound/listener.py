"""The SMTP listener (RFC 5321) behind the institution's mail server. It answers 250 when a mail is stored."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Any

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.notifier.inbound.body import read_body

MB = 1024 * 1024
MOST_RECIPIENTS = 100
"""Of one mail: the least that a server has to take (RFC 5321, 4.5.3.1.8)."""
MOST_CONNECTIONS = 50
MOST_BODIES = 3
"""Mails that are received at the same time: each is in memory as a whole."""
PIECE = 64 * 1024
"""Bytes of a mail that are read at once."""
SECONDS = 120.0
"""For one command, and for one mail."""
QUIET = 20.0
"""Seconds for the next piece of a mail: few are received at once, so who sends nothing is let go, and comes again."""
PATIENCE = 8.0
"""Seconds for mails that are being received when the process stops; what has no 250 then comes again."""
GO_ON = "354 End data with <CR><LF>.<CR><LF>"
TOO_BIG = "552 5.3.4 The mail is too big"
NOT_NOW = "451 4.3.0 Try again later"
CLOSING = "421 4.3.2 The service stops; try again later"
UNKNOWN = "550 5.1.1 No such address here"
TOO_MANY = "452 4.5.3 Too many recipients"
OFTEN = "452 4.2.2 Too many e-mails to this address; try again later"
BUSY = "421 4.3.2 Too many connections; try again later"
STRANGER = "554 5.7.1 Mail is taken from the institution's mail server alone"

log = structlog.get_logger()
Network = IPv4Network | IPv6Network
Accepts = Callable[[str], Awaitable[bool]]
"""Whether mail for an address is taken. Raises TooOften, or anything else when that cannot be said now."""
Keep = Callable[[bytes, str, Sequence[str]], Awaitable[None]]
"""Store a mail with its envelope: sender, recipients. Raises when it is not stored for certain."""


class TooOften(Exception):
    """So many mails came to this address lately that the mail server is to keep the next one for a while."""


@dataclass(frozen=True)
class Listening:
    """Where and for whom it listens. ``largest`` in bytes; ``certificate`` and ``key``: files for STARTTLS, or None."""

    host: str
    port: int
    peers: Sequence[Network]
    largest: int
    certificate: Path | None = None
    key: Path | None = None

    def tls(self) -> ssl.SSLContext | None:
        """What STARTTLS is offered with; None: it is not."""
        if self.certificate is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context


class Listener:
    """Takes mail on one port. ``port`` is the one in use; port 0 of ``Listening`` takes a free one."""

    def __init__(self, listening: Listening, accepts: Accepts, keep: Keep) -> None:
        self.listening, self.port = listening, listening.port
        self.connections: set[_Connection] = set()
        self.bodies = asyncio.Semaphore(MOST_BODIES)
        self.stopping = False
        self._accepts, self._keep = accepts, keep
        self._server: asyncio.Server | None = None
        self._nobody = asyncio.Event()
        self._nobody.set()

    async def run(self) -> None:
        """Listen until the process stops."""
        await self.open()
        try:
            await asyncio.Event().wait()
        finally:
            await self.close()

    async def open(self) -> None:
        """Begin to listen. Raises OSError when the port is taken."""
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # aiosmtpd logs addresses
        tls = self.listening.tls()
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Connection(self, tls), self.listening.host, self.listening.port
        )
        self.port = self._server.sockets[0].getsockname()[1]
        log.info("taking mail", port=self.port)

    async def close(self) -> None:
        """Take no new mail, let those finish that are being received, and close."""
        self.stopping = True
        if self._server:
            self._server.close()
        for connection in list(self.connections):
            connection.end()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._nobody.wait()
        for connection in list(self.connections):
            connection.abort()

    def joined(self, connection: "_Connection") -> None:
        """It is connected now."""
        self.connections.add(connection)
        self._nobody.clear()

    def left(self, connection: "_Connection") -> None:
        """It is not any more."""
        self.connections.discard(connection)
        if not self.connections:
            self._nobody.set()

    def trusts(self, peer: str) -> bool:
        """Whether mail is taken from this address."""
        address = ip_address(peer.partition("%")[0])
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in self.listening.peers)

    async def handle_EHLO(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, name: str, replies: list[str]
    ) -> list[str]:
        """Codes in our answers are those of RFC 3463."""
        session.host_name = name
        return [replies[0], "250-ENHANCEDSTATUSCODES", *replies[1:]]

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take addresses that are ours, and so many of them."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return TOO_MANY
        try:
            if not await self._accepts(address):
                return UNKNOWN
        except TooOften:
            return OFTEN
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def keep(self, body: bytes, envelope: Envelope) -> str:
        """Store the mail; only then it is taken."""
        sender = _readable(envelope.mail_from or "").removeprefix("<").removesuffix(">")
        await self._keep(body, sender, envelope.rcpt_tos)
        return "250 2.0.0 OK"

    async def handle_exception(self, error: Exception) -> str:
        """MongoDB is away, or something else is wrong here: the sender keeps the mail and offers it again."""
        log.warning("mail was not taken", error=type(error).__name__)
        return NOT_NOW


class _Connection(SMTP):
    """One connection of the mail server. One that is refused is told so, and nothing that it sends is read."""

    line_length_limit = PIECE

    def __init__(self, listener: Listener, tls: ssl.SSLContext | None) -> None:
        super().__init__(
            listener,
            data_size_limit=listener.listening.largest,
            enable_SMTPUTF8=True,
            hostname="klu-hat",  # a lookup can take seconds
            ident="ESMTP",
            tls_context=tls,
            timeout=SECONDS,
            loop=asyncio.get_running_loop(),
        )
        self._listener, self._refused, self._receiving = listener, False, False

    def connection_made(self, transport: Any) -> None:
        if self._tls_protocol is None and (refusal := self._refusal(transport)):
            self._refused = True
            transport.write(f"{refusal}\r\n".encode())
            transport.close()
            return
        self._listener.joined(self)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if not self._refused:
            super().data_received(data)

    def eof_received(self) -> bool | None:
        return False if self._refused else super().eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        self._listener.left(self)
        if not self._refused:
            super().connection_lost(error)

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        """So many at the same time; and the last one when the process stops."""
        session, envelope = self.session, self.envelope
        if arg or not session or not session.host_name or not envelope or not envelope.rcpt_tos:
            await super().smtp_DATA(arg)  # refuses it
            return
        async with self._listener.bodies:
            self._receiving = True
            try:
                await self.push(GO_ON)
                await self.push(await self._received(envelope))
            finally:
                self._receiving = False
        if self._listener.stopping:
            self.end()

    async def _received(self, envelope: Envelope) -> str:
        try:
            body = await read_body(self._reader, self._listener.listening.largest, QUIET)
        except TimeoutError:
            self.abort()
            raise asyncio.CancelledError from None  # what still comes of it is no command
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        if body is None:
            return TOO_BIG
        return await self._listener.keep(body, envelope)

    async def push(self, status: Any) -> None:
        """aiosmtpd gives its own refusals no code of RFC 3463."""
        if isinstance(status, str) and status.startswith("552 Error"):
            status = f"552 5.3.4 {status[4:]}"
        await super().push(status)

    def end(self) -> None:
        """Say that the process stops, unless a mail is being received."""
        if not self._receiving and self.transport is not None and not self.transport.is_closing():
            self.transport.write(f"{CLOSING}\r\n".encode())  # type: ignore[attr-defined]
            self.transport.close()

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()  # type: ignore[attr-defined]

    def _refusal(self, transport: Any) -> str:
        peer = transport.get_extra_info("peername")
        if self._listener.stopping:
            return CLOSING
        if not peer or not self._listener.trusts(peer[0]):
            return STRANGER
        return BUSY if len(self._listener.connections) >= MOST_CONNECTIONS else ""


def _readable(sender: str) -> str:
    """An envelope sender as text that can be stored. aiosmtpd keeps bytes that are no UTF-8 as lone surrogates; old
    programs send Turkish letters in a charset of their own.
    """
    given = sender.encode("utf-8", "surrogateescape")
    try:
        return given.decode()
    except UnicodeDecodeError:
        return given.decode("windows-1254", "replace")
