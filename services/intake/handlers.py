"""What the desk tells about a case: one event in, one store call out."""

from collections.abc import Sequence

from services.intake.domain import answer, close, progress
from services.intake.store import Messages
from shared.broker.consuming import Handler
from shared.events import CaseAnswered, CaseClosed, CaseProgressed, CloudEvent


def subscriptions(messages: Messages) -> Sequence[Handler]:
    """The intake's handlers."""

    async def on_case_progressed(event: CloudEvent[CaseProgressed]) -> None:
        """The writer sees the next step."""
        message = progress(await messages.get(event.data.message_id, handling=event), event.data)
        await messages.save(message, handling=event)

    async def on_case_answered(event: CloudEvent[CaseAnswered]) -> None:
        """The writer sees the answer."""
        message = answer(await messages.get(event.data.message_id, handling=event), event.data)
        await messages.save(message, handling=event)

    async def on_case_closed(event: CloudEvent[CaseClosed]) -> None:
        """The writer sees that the case is closed, and why."""
        message = close(await messages.get(event.data.message_id, handling=event), event.data)
        await messages.save(message, handling=event)

    return [on_case_progressed, on_case_answered, on_case_closed]
