"""What the intake does by itself: it finds lost codes, and asks for the letter. Of files: ``shared.files.jobs``."""

from datetime import datetime
from uuid import uuid4

from services.intake.config import Settings
from services.intake.domain.lost import MOST_CODES, answered, codes_of
from services.intake.store import LostRequests, Messages
from shared.scheduled import run_due

LOST_SECONDS = 2.0
"""Between two looks at requests for lost codes."""


class LostCodesJob:
    """Answers requests for lost codes, after whoever asked has had the same page as everybody."""

    def __init__(
        self, requests: LostRequests, messages: Messages, settings: Settings, *, seconds: float = LOST_SECONDS
    ) -> None:
        self.requests, self.messages, self.settings, self.seconds = requests, messages, settings, seconds

    async def run(self) -> None:
        """Answer what waits, for as long as the service runs."""
        await run_due(self.requests, self.requests.waiting, self.answer, every=self.seconds)

    async def answer(self, request_id: str, now: datetime) -> None:
        """Ask for the letter to one address, if it has messages and has not had enough letters."""
        lost = await self.requests.get(request_id)
        if lost.asked_at is None:
            return
        keys = (self.settings.secret_key, *self.settings.old_secret_keys)
        messages = await self.messages.of_address(lost.email, limit=MOST_CODES)
        codes = codes_of(messages, [key.get_secret_value() for key in keys], self.settings.intake_url)
        most = self.settings.lost_codes_hour
        done, announcing = answered(lost, codes, request_id=str(uuid4()), most=most, now=now)
        await self.requests.save(done, announcing=announcing)
