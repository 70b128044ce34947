"""What a service has answered about one person: that it has, and nothing of the person.

A question that is delivered twice finds the document of the first time, so it is answered once.
"""

from datetime import timedelta
from typing import Any

from pydantic import AwareDatetime
from pymongo import IndexModel

from shared.documents import Database, Documents, NotFound
from shared.events import CloudEvent, Event, FoundItem
from shared.state import Aggregate

KEPT = timedelta(days=30)
"""How long it is remembered that a question was answered: longer than an event is tried again."""
LISTED = 1_000
"""Items in one answer (``PersonFound``)."""
MOST = LISTED + 1
"""Documents that are looked through for one answer: one more than it may list."""


class PersonAnswer(Aggregate):
    """A question that was answered; the id is that of its event."""

    request_id: str
    forget_at: AwareDatetime


class PersonAnswers(Documents[PersonAnswer]):
    """The questions about people that this service has answered; a TTL index forgets them."""

    indexes = (IndexModel("forget_at", expireAfterSeconds=0),)

    def __init__(self, database: Database) -> None:
        super().__init__(database, "person_answers", PersonAnswer)

    async def require_new(self, event: CloudEvent[Any]) -> None:
        """Raise AlreadyProcessed when this question was answered. For answers that take long to make."""
        try:
            await self.get(event.id, handling=event)
        except NotFound:
            return

    async def answer(self, said: Event, *, handling: CloudEvent[Any]) -> None:
        """Answer a question. Raises AlreadyProcessed."""
        forget_at = self.database.clock() + KEPT
        answer = PersonAnswer(id=handling.id, request_id=handling.data.request_id, forget_at=forget_at)
        await self.add(answer, announcing=said, handling=handling)


def told(items: list[FoundItem]) -> dict[str, Any]:
    """The fields ``items`` and ``more`` of an answer: the newest first."""
    newest = sorted(items, key=lambda item: (item.at is None, -(item.at.timestamp() if item.at else 0), item.id))
    return {"items": tuple(newest[:LISTED]), "more": len(newest) > LISTED}
