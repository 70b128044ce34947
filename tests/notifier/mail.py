"""A real mail server inside the test process, which says what a test tells it to; and a post office that uses it."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from email.message import EmailMessage
from typing import Any

from scripts import smtp_server
from scripts.eventually import eventually
from scripts.smtp_server import OK, SmtpServer, Stage
from services.notifier.config import Settings
from services.notifier.domain.letter import Letter, LetterState
from services.notifier.handlers.posting import PostOffice
from services.notifier.mailer import Mailer
from services.notifier.store import Letters, Snapshots
from services.notifier.store.lanes import Lanes
from shared.clock import utc_now
from shared.telemetry import Telemetry
from tests import examples as example

DELAYS = (0.05, 0.05)
"""Delays of the tests between the attempts at a letter that is refused for now."""


class MailServer(SmtpServer):
    """What the server was offered, and what it took. ``at_mail``, ``at_rcpt`` and ``at_data`` are its next replies."""

    def __init__(self, **replies: list[str]) -> None:
        self.replies = replies
        self.offered: list[smtp_server.Letter] = []
        self.connected = 0
        super().__init__(on_letter=self.offered.append)

    @property
    def accepted(self) -> list[smtp_server.Letter]:
        return [letter for letter in self.offered if letter.reply.startswith("250")]

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, name: str, replies: list[str]) -> list[str]:  # noqa: N802
        session.host_name = name
        self.connected += 1
        return replies

    def reply(self, stage: Stage, address: str) -> str:
        planned = self.replies.get(f"at_{stage.lower()}")
        return planned.pop(0) if planned else OK


def raw(letters: Iterable[smtp_server.Letter]) -> list[bytes]:
    """The bytes of each."""
    return [letter.raw for letter in letters]


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
        **example.keys("notifier"),
        "smtp_url": "smtp://127.0.0.1:9",
        "smtp_timeout": 5.0,
        "letter_retry_delays": DELAYS,
    }
    return Settings(**given | different)


def mailer(url: str, timeout: float = 5.0) -> Mailer:
    return Mailer(url, sender="hat@klu.example", timeout=timeout)


def post_office(letters: Letters, url: str, telemetry: Telemetry, **different: Any) -> PostOffice:
    """One that sends these letters to the mail server of this address, once it runs."""
    given = settings(smtp_url=url, **different)
    stores, sender = (letters, Snapshots(letters.database)), mailer(url, given.smtp_timeout)
    limits = {"concurrent": given.letters_per_domain, "per_minute": given.letters_per_domain_minute}
    return PostOffice(*stores, Lanes(letters.database, **limits), sender, given, telemetry, utc_now)


@asynccontextmanager
async def posting(letters: Letters, url: str, **different: Any) -> AsyncIterator[Telemetry]:
    """The post office at work on these letters, and what it counts."""
    telemetry = Telemetry()
    office = post_office(letters, url, telemetry, **different)
    job = asyncio.create_task(office.run())
    try:
        yield telemetry
    finally:
        job.cancel()
        with suppress(asyncio.CancelledError):
            await job


async def until(letters: Letters, letter_id: str, state: LetterState = LetterState.SENT, **values: Any) -> Letter:
    """The letter, once it is in this state and has these values; meanwhile the post office is woken."""

    async def looked() -> Letter | None:
        letters.due.set()
        letter = await letters.get(letter_id)
        matches = all(getattr(letter, name) == value for name, value in values.items())
        return letter if letter.state is state and matches else None

    return await eventually(looked, every=0.02)


async def due_now(letters: Letters) -> None:
    """Time passes: what waits for its next attempt is due. An attempt that is under way would lose its lease."""
    await letters.collection.update_many({"state": LetterState.QUEUED.value}, {"$set": {"due_at": utc_now()}})
