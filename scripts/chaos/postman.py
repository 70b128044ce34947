"""The institution's mail server on the way in: it keeps each mail until the notifier has taken it."""

import asyncio
import time
from collections.abc import Sequence
from random import Random

from aiosmtplib import SMTP, SMTPException

from scripts.chaos.plan import REDELIVERED, Diary
from scripts.local.ports import HOST

DOMAIN = "hat.example"
PATIENCE = 600.0
PAUSE = 1.0
ANSWERS_WITHIN = 15.0


class Postman:
    """Offers mails to the ``listeners``, which are ports, and some of them twice, as if the answer had been lost."""

    def __init__(self, listeners: Sequence[int], diary: Diary, seed: int) -> None:
        self._listeners, self._diary = listeners, diary
        self._dice = Random(f"mails {seed}")
        self._known: set[bytes] = set()

    async def deliver(self, raw: bytes, sender: str, to: str) -> None:
        """Return when the mail was taken. One that was handed in before is left to whoever handed it in."""
        if raw in self._known:
            return
        self._known.add(raw)
        self._diary.mails["handed in"] += 1
        twice = self._dice.random() < REDELIVERED
        for _ in range(1 + twice):
            await self._insist(raw, sender, to)
        self._diary.mails["taken twice"] += twice
        self._diary.mails["taken"] += 1

    async def _insist(self, raw: bytes, sender: str, to: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not await self._offer(raw, sender, to):
            self._diary.mails["not taken at once"] += 1
            if time.monotonic() > deadline:
                self._diary.troubles.append("a mail was never taken")
                return
            await asyncio.sleep(PAUSE)
        self._diary.moved()

    async def _offer(self, raw: bytes, sender: str, to: str) -> bool:
        server = SMTP(hostname=HOST, port=self._dice.choice(self._listeners), start_tls=False, timeout=ANSWERS_WITHIN)
        try:
            async with server:
                await server.sendmail(sender, [to], raw)
        except (SMTPException, OSError):
            return False
        return True
