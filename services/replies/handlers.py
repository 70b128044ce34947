"""What the desk asks of units: one event in, one store call out."""

from collections.abc import Sequence

from services.replies.config import Settings
from services.replies.domain import accept, close, open_assignment, recall, take_back
from services.replies.store import Assignments
from shared.broker.consuming import Handler
from shared.documents import AlreadyProcessed
from shared.events import (
    AssignmentRecalled,
    AssignmentRequested,
    CaseClosed,
    CloudEvent,
    ReplyAccepted,
    ReplyReturned,
)


def subscriptions(assignments: Assignments, settings: Settings) -> Sequence[Handler]:
    """The portal's handlers."""
    keys = {"secret": settings.secret_key.get_secret_value(), "base_url": settings.replies_url}

    async def on_assignment_requested(event: CloudEvent[AssignmentRequested]) -> None:
        """A link is made, and the unit invited."""
        assignment, announcing = open_assignment(event.data, **keys)
        await assignments.add(assignment, announcing=announcing, handling=event)

    async def on_assignment_recalled(event: CloudEvent[AssignmentRecalled]) -> None:
        """The link dies."""
        assignment = recall(await assignments.get(event.data.assignment_id, handling=event), event.data.reason)
        await assignments.save(assignment, handling=event)

    async def on_reply_returned(event: CloudEvent[ReplyReturned]) -> None:
        """The unit is asked to revise its reply."""
        found = await assignments.get(event.data.assignment_id, handling=event)
        assignment, announcing = take_back(found, event.data, **keys)
        await assignments.save(assignment, announcing=announcing, handling=event)

    async def on_reply_accepted(event: CloudEvent[ReplyAccepted]) -> None:
        """The unit's part is done."""
        assignment = accept(await assignments.get(event.data.assignment_id, handling=event), event.data)
        await assignments.save(assignment, handling=event)

    async def on_case_closed(event: CloudEvent[CaseClosed]) -> None:
        """Every link of the case dies; those that died at an earlier delivery are passed over."""
        dead = 0
        for assignment_id in event.data.assignment_ids:
            try:
                found = await assignments.get(assignment_id, handling=event)
            except AlreadyProcessed:
                dead += 1
                continue
            await assignments.save(close(found), handling=event)
        if dead and dead == len(event.data.assignment_ids):
            raise AlreadyProcessed(event.id)

    return [
        on_assignment_requested,
        on_assignment_recalled,
        on_reply_returned,
        on_reply_accepted,
        on_case_closed,
    ]
