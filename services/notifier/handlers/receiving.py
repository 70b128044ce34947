"""Takes mail from the listener: for our addresses alone, and stored before it is answered for."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

import structlog

from services.notifier.config import Settings
from services.notifier.domain.mail import Kind, Mail, OwnAddress, identity_of, mail_id, own_address, stored_for
from services.notifier.inbound.listener import MB, Listening, TooOften
from services.notifier.store import Letters
from services.notifier.store.mails import Mails
from shared.clock import Clock
from shared.documents import AlreadyExists
from shared.events import Actor, NotifierAudited

log = structlog.get_logger()
LISTENER = Actor(kind="system", id="listener")
HOUR = timedelta(hours=1)
TIMES = 5
"""Of the mails that are read in an hour, so many times as many to one address are stored."""
LONGEST_SENDER = 500
"""Characters of an envelope sender that are kept."""


def listening(settings: Settings) -> Listening:
    """Where and for whom mail is taken: on the interfaces of the service's other ports."""
    return Listening(
        settings.host,
        settings.mail_inbound_port,
        settings.mail_inbound_peers,
        settings.mail_inbound_mb * MB,
        settings.mail_inbound_certificate,
        settings.mail_inbound_key,
    )


class Receiving:
    """What the listener asks: ``accepts`` an address, ``keep`` a mail."""

    def __init__(self, mails: Mails, letters: Letters, settings: Settings, clock: Clock) -> None:
        self.mails, self.letters, self.clock = mails, letters, clock
        self._domain, self._hotline = settings.mail_inbound_domain, settings.mail_from
        self._most = TIMES * settings.mail_inbound_per_hour

    async def accepts(self, address: str) -> bool:
        """Whether this is an address of ours that we have told somebody. Raises TooOften.

        To the hotline's own address anybody writes: how much comes there, the institution's server decides.
        """
        to = own_address(address, domain=self._domain, hotline=self._hotline)
        if to is None or to.kind is Kind.HOTLINE:
            return to is not None
        known = self.letters.letter_by_return_path if to.kind is Kind.RETURN else self.letters.reply_address
        if await known(to.token) is None:
            return False
        if await self.mails.came(to.token, self.clock() - HOUR, self._most) >= self._most:
            log.warning("one address gets too many mails", kind=to.kind)
            raise TooOften
        return True

    async def keep(self, raw: bytes, sender: str, recipients: Sequence[str]) -> None:
        """Store a mail once for each of our addresses that it is for. One that was stored before changes nothing."""
        identity = await asyncio.to_thread(identity_of, raw)
        own = (own_address(address, domain=self._domain, hotline=self._hotline) for address in recipients)
        for to in stored_for([to for to in own if to]):
            with suppress(AlreadyExists):  # it comes again: our 250 was lost
                await self._keep(raw, await asyncio.to_thread(mail_id, identity, to), sender, to)

    async def _keep(self, raw: bytes, new_id: str, sender: str, to: OwnAddress) -> None:
        now = self.clock()
        if await self.mails.find_one(new_id):
            raise AlreadyExists(new_id)
        mail = Mail(
            id=new_id,
            to=to,
            sender=sender[:LONGEST_SENDER],
            size=len(raw),
            content=await self.mails.keep_content(raw),
            received_at=now,
            due_at=now,
        )
        taken = NotifierAudited(actor=LISTENER, action="mail.taken", object_kind="mail", object_id=mail.id, at=now)
        await self.mails.add(mail, announcing=taken)
