"""What the notifier reports of the letters that wait."""

from services.router.operations.store.mail_queue import MailQueues
from shared.events import CloudEvent, LettersReported


class MailQueueHandlers:
    """Keep the newest report. Its time tells whether it was handled before."""

    def __init__(self, queues: MailQueues) -> None:
        self._queues = queues

    async def on_letters_reported(self, event: CloudEvent[LettersReported]) -> None:
        """The page of the mail queue shows this."""
        await self._queues.keep(event.data)
