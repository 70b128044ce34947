"""A mail server that can be told to be away, to refuse, or to cut the line; it remembers every letter it took."""

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import Any, Literal, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from scripts.chaos.plan import REFUSED_DOMAIN
from scripts.local.ports import HOST

Mood = Literal["well", "away", "4xx", "cut"]


@dataclass(frozen=True)
class Taken:
    """One letter that was taken. ``letter_id`` is its Message-ID without brackets and domain; ``at``: Unix time."""

    letter_id: str
    message_id: str
    recipient: str
    sha256: str
    at: float
    answered: bool = True


class MailServer:
    """Listens on one port. ``on_letter`` is told of each letter that was taken: its id, and what it says."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.mood: Mood = "well"
        self.taken: list[Taken] = []
        self.done: Counter[str] = Counter()
        self.refused: set[str] = set()
        self.on_letter: Callable[[str, str], None] = lambda letter_id, text: None
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Transport] = set()

    async def open(self) -> None:
        """Be there, and well."""
        self.mood = "well"
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(lambda: _Line(self, self._lines), HOST, self.port)

    async def close(self) -> None:
        """Be away: nobody listens, and the open lines are cut."""
        self.mood = "away"
        if self._server is not None:
            self._server.close()
            self._server = None
        for line in list(self._lines):
            line.abort()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Nobody is known at one domain."""
        if address.endswith(f"@{REFUSED_DOMAIN}"):
            self.refused.add(address)
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Take the letter, or not, as the mood is."""
        if self.mood == "4xx":
            self.done["4xx"] += 1
            return "451 4.3.0 Try again later"
        cut = self.mood == "cut"
        for address in envelope.rcpt_tos:
            self._take(envelope.original_content or b"", address, answered=not cut)
        if cut:
            self.done["cut"] += 1
            cast(asyncio.Transport, server.transport).abort()
        return "250 2.0.0 Kept"

    def _take(self, raw: bytes, address: str, *, answered: bool) -> None:
        mail = message_from_bytes(raw, policy=policy.default)
        header = str(mail["Message-ID"] or "").strip()
        letter_id = header.strip("<>").rpartition("@")[0]
        digest = hashlib.sha256(raw).hexdigest()
        self.taken.append(Taken(letter_id, header, address, digest, time.time(), answered))
        part = mail.get_body(("plain",))
        self.on_letter(letter_id, str(part.get_content()) if part else "")


class _Line(SMTP):
    """One connection, known to the server so that it can be cut."""

    def __init__(self, server: MailServer, lines: set[asyncio.Transport]) -> None:
        # The host name is given because looking it up can hang for seconds on a machine without a network.
        super().__init__(server, enable_SMTPUTF8=True, hostname="localhost")
        self._lines = lines

    def connection_made(self, transport: Any) -> None:
        self._lines.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self.transport is not None:
            self._lines.discard(self.transport)
        super().connection_lost(error)
