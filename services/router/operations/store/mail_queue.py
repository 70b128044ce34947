"""The collection ``mail_queue``: one document, the newest report of what waits to be sent."""

from services.router.operations.domain import REPORT, MailQueue, reported
from shared.documents import Database, Documents
from shared.events import LettersReported
from shared.retrying import on_conflict


class MailQueues(Documents[MailQueue]):
    """What the notifier has reported last."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "mail_queue", MailQueue)

    async def newest(self) -> MailQueue:
        """The newest report; an empty one before the first."""
        return await self.find_one(REPORT) or MailQueue(id=REPORT)

    async def keep(self, report: LettersReported) -> None:
        """Store a report, unless a newer one is there."""

        async def work() -> None:
            before = await self.get_or_add(MailQueue(id=REPORT))
            if (after := reported(before, report)) is not before:
                await self.save(after)

        await on_conflict(work)
