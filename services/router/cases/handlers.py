"""The handlers of the router. Each reads one case, decides, and saves it."""

from services.router.cases.domain.case import open_case
from services.router.cases.domain.held import held
from services.router.cases.domain.review import receive_reply
from services.router.cases.domain.routing import decline, letter_failed, letter_sent, view
from services.router.cases.store import Cases, HeldLetters
from shared.clock import Clock, utc_now
from shared.events import (
    AssignmentDeclined,
    AssignmentViewed,
    CloudEvent,
    LetterFailed,
    LetterHeld,
    LetterSent,
    MessageSubmitted,
    ReplySubmitted,
)


class CaseHandlers:
    """Handles the events about cases."""

    def __init__(self, cases: Cases, clock: Clock = utc_now) -> None:
        self._cases, self._now = cases, clock

    async def on_message_submitted(self, event: CloudEvent[MessageSubmitted]) -> None:
        """Add a case for the message."""
        case, announcing = open_case(event.data)
        await self._cases.add(case, announcing=announcing, handling=event)

    async def on_assignment_viewed(self, event: CloudEvent[AssignmentViewed]) -> None:
        """The unit opened its link."""
        case, announcing = view(await self._cases.get(event.data.message_id, handling=event), event.data)
        await self._cases.save(case, announcing=announcing, handling=event)

    async def on_assignment_declined(self, event: CloudEvent[AssignmentDeclined]) -> None:
        """The unit declined; the officer routes again."""
        found = await self._cases.get(event.data.message_id, handling=event)
        case, announcing = decline(found, event.data, self._now())
        await self._cases.save(case, announcing=announcing, handling=event)

    async def on_reply_submitted(self, event: CloudEvent[ReplySubmitted]) -> None:
        """The case waits for review."""
        found = await self._cases.get(event.data.message_id, handling=event)
        case, announcing = receive_reply(found, event.data, self._now())
        await self._cases.save(case, announcing=announcing, handling=event)

    async def on_letter_sent(self, event: CloudEvent[LetterSent]) -> None:
        """Add a sent letter to the timeline."""
        case, announcing = letter_sent(await self._cases.get(event.data.message_id, handling=event), event.data)
        await self._cases.save(case, announcing=announcing, handling=event)

    async def on_letter_failed(self, event: CloudEvent[LetterFailed]) -> None:
        """Add a failed letter to the timeline."""
        case, announcing = letter_failed(await self._cases.get(event.data.message_id, handling=event), event.data)
        await self._cases.save(case, announcing=announcing, handling=event)


class LetterHandlers:
    """Handles the events about held letters."""

    def __init__(self, letters: HeldLetters) -> None:
        self._letters = letters

    async def on_letter_held(self, event: CloudEvent[LetterHeld]) -> None:
        """The letter waits on the desk."""
        await self._letters.add(held(event.data), handling=event)
