"""The collection ``cases``: reading, writing, and what is stored for finding."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from pymongo.errors import OperationFailure

from services.router.access import Action, Officer, allow
from services.router.cases.domain.attention import attention, needs_attention
from services.router.cases.domain.case import Case
from services.router.cases.domain.facets import facets, rank
from services.router.cases.domain.terms import terms
from services.router.directory.store import Snapshots
from shared.documents import Database, Documents, NotFound
from shared.events import CloudEvent, Event

ATTENTION = {"indexed.attention": True}
DOUBTFUL = {"indexed.doubtful": True}
BY_TERMS = [("indexed.terms", 1), ("submitted_at", -1), ("_id", -1)]
"""The index of similar cases and of the search."""


class Cases(Documents[Case]):
    """The desk's cases.

    ``indexed.due_at`` is the earliest date of an awaited reply, absent for a finished case; ``indexed.marks`` say
    why an officer should look at it (``domain.attention``), and ``indexed.attention`` that something can be done;
    ``indexed.doubtful`` that the message may be unwanted: they are absent without a reason. ``indexed.facets`` and
    ``indexed.rank`` are those of ``domain.facets``.
    """

    index_version = 5

    def __init__(self, database: Database, snapshots: Snapshots | None = None) -> None:
        super().__init__(database, "cases", Case)
        self._snapshots = snapshots

    async def save(
        self, aggregate: Case, *, announcing: Event | Sequence[Event] = (), handling: CloudEvent[Any] | None = None
    ) -> Case:
        """Update a case. Events that cause a letter to a unit name the version of the addresses that it needs."""
        return await super().save(aggregate, announcing=await self._addressed(announcing), handling=handling)

    async def _addressed(self, announcing: Event | Sequence[Event]) -> list[Event]:
        events = [announcing] if isinstance(announcing, Event) else list(announcing)
        if self._snapshots is None or not any(map(_to_a_unit, events)):
            return events
        named = {"contacts_version": await self._snapshots.renew()}
        return [event.model_copy(update=named) if _to_a_unit(event) else event for event in events]

    async def prepare(self) -> None:
        """Create the indexes: inbox by state and time, due dates, unique reference."""
        await super().prepare()
        await self.collection.create_index([("state", 1), ("submitted_at", 1), ("_id", 1)])
        for replaced in ("state_1_submitted_at_1", "state_1_assignments.due_at_1"):
            with suppress(OperationFailure):  # it was dropped before
                await self.collection.drop_index(replaced)
        due = "indexed.due_at"
        await self.collection.create_index(due, partialFilterExpression={due: {"$exists": True}})
        await self.collection.create_index(
            [("indexed.attention", 1), ("submitted_at", 1), ("_id", 1)], partialFilterExpression=ATTENTION
        )
        await self.collection.create_index(
            [("indexed.doubtful", 1), ("submitted_at", 1), ("_id", 1)], partialFilterExpression=DOUBTFUL
        )
        await self.collection.create_index("reference", unique=True)
        await self.collection.create_index(BY_TERMS)

    @staticmethod
    def index_fields(aggregate: Case) -> dict[str, Any]:
        """``due_at``, unless the case is finished; ``marks``, ``attention``, ``doubtful`` when there are any; facets.

        ``attention`` and ``doubtful`` are for lists of the version before this one.
        """
        due_at, marks = None if aggregate.finished else aggregate.due_at, list(attention(aggregate))
        views = {"attention": needs_attention(aggregate), "doubtful": aggregate.doubtful}
        derived = {
            "due_at": due_at,
            "marks": marks,
            **views,
            "facets": list(facets(aggregate)),
            "rank": rank(aggregate),
            "terms": list(terms(aggregate)),
        }
        return {name: value for name, value in derived.items() if value or name == "rank"}

    async def get_for(self, officer: Officer, case_id: str, action: Action) -> Case:
        """Read a case for an officer and an action. Raises Forbidden, NotFound, Erased.

        A restricted case is not found by those who are not named in it.
        """
        allow(officer, action)
        case = await self.get(case_id)
        if case.restriction and officer.id not in case.restriction.to:
            raise NotFound(case_id)
        return case


def _to_a_unit(event: Event) -> bool:
    return "contacts_version" in type(event).model_fields
