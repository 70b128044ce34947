"""A real mail server inside the test process, which says what a test tells it to; and a post office that uses it."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP

from scripts.eventually import eventually
from services.notifier.config import Settings
from services.notifier.domain import Letter, State
from services.notifier.handlers.posting import PostOffice
from services.notifier.mailer import Mailer
from services.notifier.store import Letters
from shared.clock import utc_now
from shared.telemetry import Telemetry
from tests import examples as example

CUT = "cut the connection"
SILENCE = "say nothing"
DELAYS = (0.05, 0.05)
"""Delays of the tests between the attempts at a letter that is refused for now."""


@dataclass
class MailServer:
    """What the server was offered, and what it took. ``at_…`` are its next replies; then it agrees."""

    at_mail: list[str] = field(default_factory=list)
    at_rcpt: list[str] = field(default_factory=list)
    at_data: list[str] = field(default_factory=list)
    offered: list[bytes] = field(default_factory=list, init=False)
    accepted: list[bytes] = field(default_factory=list, init=False)
    senders: list[str] = field(default_factory=list, init=False)
    recipients: list[list[str]] = field(default_factory=list, init=False)
    connections: list[SMTP] = field(default_factory=list, init=False)
    port: int = field(default=0, init=False)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def letters(self) -> list[EmailMessage]:
        """What was accepted, as a mail program reads it."""
        return [parsed(raw) for raw in self.accepted]

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.at_mail:
            return self.at_mail.pop(0)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        reply = self.at_rcpt.pop(0) if self.at_rcpt else "250 OK"
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.offered.append(envelope.original_content)
        reply = self.at_data.pop(0) if self.at_data else "250 OK"
        if reply == CUT:
            server.transport.abort()
        if reply == SILENCE:
            await asyncio.Event().wait()
        if reply.startswith("250"):
            self.accepted.append(envelope.original_content)
            self.senders.append(envelope.mail_from)
            self.recipients.append(envelope.rcpt_tos)
        return reply


@asynccontextmanager
async def running(server: MailServer) -> AsyncIterator[MailServer]:
    """The server listens on 127.0.0.1, on its port of before if it had one."""
    loop = asyncio.get_running_loop()

    def connection() -> SMTP:
        server.connections.append(SMTP(server, loop=loop))
        return server.connections[-1]

    listener = await loop.create_server(connection, "127.0.0.1", server.port)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        await listener.wait_closed()


def parsed(raw: bytes) -> EmailMessage:
    """A letter as a mail program reads it."""
    return email.message_from_bytes(raw, policy=email.policy.default)


def part(letter: EmailMessage, kind: str) -> str:
    """The text or the HTML part of a letter."""
    found = letter.get_body((kind,))
    assert found is not None
    content: str = found.get_content()
    return content.replace("\r\n", "\n")


def settings(**different: Any) -> Settings:
    """What the notifier reads from its environment."""
    given: dict[str, Any] = {
        "mongodb_url": "mongodb://127.0.0.1:9",
        "rabbitmq_url": "amqp://127.0.0.1:9",
        "secret_key": example.SECRET,
        "smtp_url": "smtp://127.0.0.1:9",
        "smtp_timeout": 5.0,
        "letter_retry_delays": DELAYS,
    }
    return Settings(**given | different)


def mailer(url: str, timeout: float = 5.0) -> Mailer:
    return Mailer(url, sender="hat@klu.example", timeout=timeout)


@asynccontextmanager
async def posting(letters: Letters, url: str, **different: Any) -> AsyncIterator[Telemetry]:
    """The post office at work on these letters, and what it counts."""
    given, telemetry = settings(smtp_url=url, **different), Telemetry()
    office = PostOffice(letters, mailer(url, given.smtp_timeout), given, telemetry, utc_now)
    job = asyncio.create_task(office.run())
    try:
        yield telemetry
    finally:
        job.cancel()
        with suppress(asyncio.CancelledError):
            await job


async def until(letters: Letters, letter_id: str, state: State = State.SENT, **values: Any) -> Letter:
    """The letter, once it is in this state and has these values; meanwhile the post office is asked to look again."""

    async def looked() -> Letter | None:
        letters.due.set()
        letter = await letters.get(letter_id)
        matches = all(getattr(letter, name) == value for name, value in values.items())
        return letter if letter.state is state and matches else None

    return await eventually(looked, every=0.02)


async def due_now(letters: Letters) -> None:
    """Time passes: what waits for its next attempt is due. An attempt that is under way would lose its lease."""
    await letters.collection.update_many({"state": State.QUEUED.value}, {"$set": {"due_at": utc_now()}})
