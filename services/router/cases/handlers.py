"""What reaches the desk: one event in, one store call out."""

from collections.abc import Sequence

from services.router.cases.domain.case import open_case
from services.router.cases.domain.review import receive_reply
from services.router.cases.domain.routing import decline, letter_failed, letter_sent, view
from services.router.cases.store import Cases
from shared.broker.consuming import Handler
from shared.clock import clock
from shared.events import (
    AssignmentDeclined,
    AssignmentViewed,
    CloudEvent,
    LetterFailed,
    LetterSent,
    MessageSubmitted,
    ReplySubmitted,
)


def subscriptions(cases: Cases) -> Sequence[Handler]:
    """The router's handlers."""

    async def on_message_submitted(event: CloudEvent[MessageSubmitted]) -> None:
        """A message becomes a case on the desk."""
        case, announcing = open_case(event.data)
        await cases.add(case, announcing=announcing, handling=event)

    async def on_assignment_viewed(event: CloudEvent[AssignmentViewed]) -> None:
        """The unit has read the case."""
        case, announcing = view(await cases.get(event.data.message_id, handling=event), event.data)
        await cases.save(case, announcing=announcing, handling=event)

    async def on_assignment_declined(event: CloudEvent[AssignmentDeclined]) -> None:
        """The case comes back to the officer."""
        case, announcing = decline(await cases.get(event.data.message_id, handling=event), event.data, clock())
        await cases.save(case, announcing=announcing, handling=event)

    async def on_reply_submitted(event: CloudEvent[ReplySubmitted]) -> None:
        """The case waits for review."""
        case, announcing = receive_reply(await cases.get(event.data.message_id, handling=event), event.data, clock())
        await cases.save(case, announcing=announcing, handling=event)

    async def on_letter_sent(event: CloudEvent[LetterSent]) -> None:
        """The timeline shows that a letter has left."""
        case, announcing = letter_sent(await cases.get(event.data.message_id, handling=event), event.data)
        await cases.save(case, announcing=announcing, handling=event)

    async def on_letter_failed(event: CloudEvent[LetterFailed]) -> None:
        """The timeline shows that a letter cannot be delivered."""
        case, announcing = letter_failed(await cases.get(event.data.message_id, handling=event), event.data)
        await cases.save(case, announcing=announcing, handling=event)

    return [
        on_message_submitted,
        on_assignment_viewed,
        on_assignment_declined,
        on_reply_submitted,
        on_letter_sent,
        on_letter_failed,
    ]
