"""The listener for mail inside the test process, and a mail server that offers mail to it."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from aiosmtplib import SMTP

from services.notifier.domain.addressing import reply_to, return_path
from services.notifier.domain.letter import Letter
from services.notifier.domain.mail import Mail
from services.notifier.handlers.mailroom import MailRoom
from services.notifier.handlers.receiving import Receiving
from services.notifier.inbound.listener import MB, Listener, Listening
from services.notifier.store import Letters, ReceiptCounts, Snapshots
from services.notifier.store.mails import Mails, Returns
from shared.clock import Clock, utc_now
from shared.documents import Database, left_to_the_sweep
from shared.files.store import Files
from shared.files.uploads import Uploads
from shared.outbox import OutboxEntry
from shared.seal import Seal
from shared.telemetry import Telemetry
from tests import examples as example
from tests.notifier.mail import settings

DOMAIN = "hat.klu.example"
HOTLINE = "hat@klu.example"
HUMAN = (
    b"From: Deniz Kaya <deniz.kaya@example.org>\r\nSubject: Re: 26-7KX4-9Q\r\nMessage-ID: <1@example.org>\r\n\r\n"
    b"Hala soguk.\r\n"
)
TOKEN = "abcdefghijklmnopqrstuvwxyz"


@dataclass
class Inbound:
    """Its stores, and the listener that fills them."""

    mails: Mails
    letters: Letters
    listener: Listener
    room: MailRoom
    snapshots: Snapshots

    async def letter(self, **different: Any) -> tuple[Letter, str, str]:
        """A letter that was sent, the address to which it comes back, and the one to which an answer goes."""
        letter = example.letter(**{"reply_token": TOKEN} | different)
        await self.letters.add(letter)
        kept = await self.letters.get(letter.id)
        return kept, return_path(kept.return_path, DOMAIN), reply_to(kept.reply_token, DOMAIN)

    async def stored(self) -> list[Mail]:
        """Every mail, in the order in which they came."""
        return await self.mails.find({}, sort=[("received_at", 1)], limit=100)

    async def understood(self, raw: bytes, to: str, *, sender: str = "deniz.kaya@example.org") -> Mail:
        """Offer a mail, and read all that is due. Returns this one."""
        await offer(self, raw, to, sender=sender)
        while await self.room.read_due():
            pass
        return (await self.stored())[-1]

    async def told(self, mail: Mail) -> list[dict[str, Any]]:
        """The events that a mail owes, without those for the audit record."""
        return _said_of(mail.id, await self.mails.unpublished(before=utc_now(), limit=100))

    async def announced(self, letter: Letter) -> list[dict[str, Any]]:
        """The same of a letter."""
        return _said_of(letter.id, await self.letters.unpublished(before=utc_now(), limit=100))


def _said_of(document_id: str, entries: list[OutboxEntry]) -> list[dict[str, Any]]:
    of_it = [entry for entry in entries if entry.document_id == document_id and not entry.type.endswith(".audited")]
    return [json.loads(entry.body) for entry in of_it]


def sealing(database: Database) -> Database:
    return Database(database.mongodb, source="notifier", seal=Seal(example.SECRET), on_outbox=left_to_the_sweep)


@asynccontextmanager
async def listening(
    database: Database,
    *,
    peers: Sequence[str] = ("127.0.0.0/8",),
    largest: int = MB,
    certificate: Path | None = None,
    clock: Clock = utc_now,
    **different: Any,
) -> AsyncIterator[Inbound]:
    """The notifier's listener on a free port, and what reads the mails; ``different`` settings."""
    given = settings(mail_inbound_domain=DOMAIN, **different)
    sealed = sealing(database)
    mails, letters = Mails(sealed), Letters(sealed, returning=True)
    receiving = Receiving(mails, letters, given, clock)
    snapshots, files = Snapshots(sealed), Files(sealed)
    uploads, stores = Uploads(files, given), (ReceiptCounts(sealed), Returns(sealed))
    room = MailRoom(mails, letters, snapshots, *stores, uploads, given, Telemetry(), clock)
    at = Listening("127.0.0.1", 0, [ip_network(peer) for peer in peers], largest, certificate)
    inbound = Inbound(mails, letters, Listener(at, receiving.accepts, receiving.keep), room, snapshots)
    await inbound.listener.open()
    try:
        yield inbound
    finally:
        await inbound.listener.close()


@asynccontextmanager
async def connected(inbound: Inbound) -> AsyncIterator[SMTP]:
    """A mail server that has said EHLO."""
    async with SMTP(hostname="127.0.0.1", port=inbound.listener.port, start_tls=False) as client:
        await client.ehlo()
        yield client


async def offer(inbound: Inbound, raw: bytes, *to: str, sender: str = "deniz.kaya@example.org") -> str:
    """Offer one mail as a mail server does. Returns the answer to DATA; raises as aiosmtplib for the others."""
    async with connected(inbound) as client:
        _, answer = await client.sendmail(sender, list(to), raw)
        return answer
