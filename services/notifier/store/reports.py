"""What waits to be sent and to be read, for the operators' page of the desk."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime

from services.notifier.domain.letter import LetterState, mail_domain
from services.notifier.domain.mail import Mail, MailState
from services.notifier.store import Letters
from services.notifier.store.mails import Mails
from shared.documents import Conflict, Database, Documents
from shared.events import DomainWaiting, LettersReported, LetterWaiting, MailWaiting
from shared.state import Aggregate

REPORT = "letters"
LOOK_SECONDS = 10.0
EVERY = timedelta(seconds=25)
"""At most so often; with the look, it is told within half a minute."""
FRESH = timedelta(seconds=10)
"""A letter that was made, or a mail that came, so recently does not wait yet."""
DOMAINS, LETTERS, MAILS = 50, 100, 100
DAY = timedelta(days=1)


class LetterReport(Aggregate):
    """The last report, of whichever process. ``waiting``: how many letters and mails it told of."""

    waiting: int = 0
    machine_mails: int = 0
    reported_at: AwareDatetime | None = None


class LetterReports(Documents[LetterReport]):
    """One document, in the collection ``letter_reports``. An unpublished report gives way to a newer one."""

    def __init__(self, database: Database, letters: Letters, mails: Mails) -> None:
        super().__init__(database, "letter_reports", LetterReport)
        self._letters, self._mails = letters, mails

    async def report(self) -> bool:
        """Tell what waits, unless another process just has, and once that nothing does. Returns False: all is done."""
        with suppress(Conflict):
            await self._report(self.database.clock())
        return False

    async def _report(self, now: datetime) -> None:
        last = await self.get_or_add(LetterReport(id=REPORT))
        if last.reported_at and now - last.reported_at < EVERY:
            return
        told = await self.waiting(now)
        waiting = told.waiting + told.mails_waiting
        if waiting or last.waiting or told.machine_mails != last.machine_mails:
            counts = {"waiting": waiting, "machine_mails": told.machine_mails}
            await self.replace(last.model_copy(update={**counts, "reported_at": now}), announcing=told)

    async def waiting(self, now: datetime) -> LettersReported:
        """The letters that wait for a mail server, and the mails that wait to be read.

        Not the letters that wait for the end of the quiet hours.
        """
        tried_or_due = {"$or": [{"attempts": {"$gt": 0}}, {"due_at": {"$lte": now}}]}
        waits = {"state": LetterState.QUEUED.value, "made_at": {"$lte": now - FRESH}, **tried_or_due}
        domains = await self._domains(waits)
        letters = await self._letters.find(waits, sort=[("made_at", 1)], limit=LETTERS)
        mails_waiting, mails = await self._mails.waiting(now - FRESH, MAILS)
        return LettersReported(
            waiting=sum(one["letters"] for one in domains),
            oldest_at=letters[0].made_at if letters else None,
            domains=tuple(
                DomainWaiting(domain=one["_id"], letters=one["letters"], reason=one["reason"], next_at=one["next_at"])
                for one in domains[:DOMAINS]
            ),
            letters=tuple(
                LetterWaiting(
                    letter_id=letter.id,
                    message_id=letter.message_id,
                    template=letter.template,
                    domain=mail_domain(letter.recipient),
                    reason=letter.reason,
                    refusals=letter.refusals,
                    made_at=letter.made_at,
                    due_at=letter.due_at,
                )
                for letter in letters
            ),
            mails_waiting=mails_waiting,
            mails=tuple(_waiting(mail) for mail in mails),
            machine_mails=await self._mails.never_read(now - DAY),
            reported_at=now,
        )

    async def _domains(self, waits: dict[str, Any]) -> list[dict[str, Any]]:
        """The domains, that with the oldest letter first. Letters of older versions do not name theirs."""
        domain = {"$toLower": {"$arrayElemAt": [{"$split": ["$recipient", "@"]}, -1]}}
        group = {
            "_id": domain,
            "letters": {"$sum": 1},
            "oldest_at": {"$min": "$made_at"},
            "next_at": {"$min": "$due_at"},
            "reason": {"$last": "$reason"},
        }
        needed = dict.fromkeys(("recipient", "made_at", "due_at", "tried_at", "reason"), 1)
        stages: list[dict[str, Any]] = [{"$match": waits}, {"$project": needed}, {"$sort": {"tried_at": 1}}]
        cursor = self._letters.collection.aggregate([*stages, {"$group": group}, {"$sort": {"oldest_at": 1}}])
        return [found async for found in cursor]


def _waiting(mail: Mail) -> MailWaiting:
    return MailWaiting(
        mail_id=mail.id,
        held=mail.state is MailState.HELD,
        to=mail.to.kind,
        message_id=mail.message_id,
        domain=mail_domain(mail.sender),
        attempts=mail.attempts,
        received_at=mail.received_at,
        due_at=mail.due_at or mail.received_at,
    )
