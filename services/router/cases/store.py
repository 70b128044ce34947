"""The collection ``cases``."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pymongo.errors import OperationFailure

from services.router.access import Action, Officer, allow
from services.router.cases.domain.attention import attention, needs_attention
from services.router.cases.domain.case import OFF_THE_UNIT, OPEN, Case, CaseRow, CaseState
from services.router.cases.domain.deadlines import SOON, DeadlineStatus
from services.router.cases.domain.held import HeldLetter
from services.router.cases.domain.lists import CaseFilter, CasePage, Position, View
from services.router.directory.store import Snapshots
from shared.days import day_of, first_moment
from shared.documents import Database, Documents
from shared.events import CloudEvent, Event

PER_PAGE = 25
SUMMARY_FIELDS = (
    *("reference", "kind", "subject", "submitter.name", "submitted_at", "language", "state", "indexed.marks", "doubts"),
    *("assignments.unit", "assignments.state", "assignments.reply_expected", "assignments.due_at"),
)
"""Projection for the inbox, without the texts and the timeline, which are many times as long."""
ATTENTION = {"indexed.attention": True}
DOUBTFUL = {"indexed.doubtful": True}


class Cases(Documents[Case]):
    """The desk's cases.

    ``indexed.due_at`` is the earliest date of an awaited reply, absent for a finished case; ``indexed.marks`` say
    why an officer should look at it (``domain.attention``), and ``indexed.attention`` that something can be done;
    ``indexed.doubtful`` that the message may be unwanted. They are absent without a reason.
    """

    index_version = 3

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

    @staticmethod
    def index_fields(aggregate: Case) -> dict[str, Any]:
        """``due_at``, unless the case is finished; ``marks``; ``attention`` and ``doubtful`` when they are true."""
        due_at, marks = None if aggregate.finished else aggregate.due_at, list(attention(aggregate))
        views = {"attention": needs_attention(aggregate), "doubtful": aggregate.doubtful}
        derived = {"due_at": due_at, "marks": marks, **views}
        return {name: value for name, value in derived.items() if value}

    async def get_for(self, officer: Officer, case_id: str, action: Action) -> Case:
        """Read a case for an officer and an action. Raises Forbidden, NotFound, Erased."""
        allow(officer, action)
        return await self.get(case_id)

    async def page(self, chosen: CaseFilter) -> CasePage:
        """One page of a list."""
        if chosen.before:
            earlier = await self._beyond(chosen, chosen.before, backwards=True)
            if len(earlier) > PER_PAGE:
                shown = tuple(reversed(earlier[:PER_PAGE]))
                return CasePage(shown, Position.of(shown[0]), Position.of(shown[-1]))
            chosen = CaseFilter(chosen.state)  # near the start: show a full first page
        found = await self._beyond(chosen, chosen.after)
        shown = tuple(found[:PER_PAGE])
        following = Position.of(shown[-1]) if len(found) > PER_PAGE else None
        return CasePage(shown, Position.of(shown[0]) if shown and chosen.after else None, following)

    async def _beyond(self, chosen: CaseFilter, position: Position | None, *, backwards: bool = False) -> list[CaseRow]:
        """The cases after (or before) a position, one more than a page shows."""
        rising = chosen.oldest_first is not backwards
        query = _of_view(chosen.state)
        if position:
            than = "$gt" if rising else "$lt"
            query |= {
                "submitted_at": {f"{than}e": position.at},
                "$or": [{"submitted_at": {than: position.at}}, {"_id": {than: position.id}}],
            }
        order = 1 if rising else -1
        rows = self.collection.find(query, SUMMARY_FIELDS).sort([("submitted_at", order), ("_id", order)])
        return [self._summary(row) async for row in rows.limit(PER_PAGE + 1)]

    async def open_by_state(self) -> dict[str, int]:
        """Number of open cases by state, from the index alone. Finished ones are too many to count."""
        counted = self.collection.aggregate(
            [{"$match": {"state": {"$in": list(OPEN)}}}, {"$group": {"_id": "$state", "count": {"$sum": 1}}}]
        )
        found = {row["_id"]: row["count"] async for row in counted}
        return {state.value: found.get(state.value, 0) for state in CaseState if state in OPEN}

    async def count_views(self) -> dict[str, int]:
        """Number of cases in the views that are no state."""
        views = {"attention": ATTENTION, "doubtful": DOUBTFUL}
        return {view: await self.collection.count_documents(query) for view, query in views.items()}

    async def by_clock(self, zone: ZoneInfo) -> dict[str, int]:
        """Number of assignments with an awaited reply whose last day, where the institution is, is near or over."""
        today = day_of(self.database.clock(), zone)
        awaited = {
            "state": {"$nin": list(OFF_THE_UNIT)},
            "reply_expected": True,
            "due_at": {"$lt": first_moment(today + timedelta(days=SOON), zone)},
        }
        counted = self.collection.aggregate(
            [
                {"$match": {"indexed.due_at": awaited["due_at"]}},
                {"$unwind": "$assignments"},
                {"$match": {f"assignments.{field}": wanted for field, wanted in awaited.items()}},
                {
                    "$group": {
                        "_id": {"$lt": ["$assignments.due_at", first_moment(today, zone)]},
                        "count": {"$sum": 1},
                    }
                },
            ]
        )
        late = {row["_id"]: row["count"] async for row in counted}
        return {DeadlineStatus.DUE_SOON.value: late.get(False, 0), DeadlineStatus.OVERDUE.value: late.get(True, 0)}

    def _summary(self, row: dict[str, Any]) -> CaseRow:
        marks = row.pop("indexed", {}).get("marks", ())
        return self._as(CaseRow, {**row, "marks": marks})


def _of_view(view: View) -> dict[str, Any]:
    """What cases of a view have in common. A doubtful message is not among the new ones."""
    if view == "attention":
        return dict(ATTENTION)
    if view == "doubtful":
        return dict(DOUBTFUL)
    return {"state": view} | ({"indexed.doubtful": None} if view is CaseState.NEW else {})


def _to_a_unit(event: Event) -> bool:
    return "contacts_version" in type(event).model_fields


class HeldLetters(Documents[HeldLetter]):
    """Letters about which an officer has to decide, and those decided."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "held_letters", HeldLetter)

    async def prepare(self) -> None:
        """They are listed while they wait, the oldest first."""
        await super().prepare()
        await self.collection.create_index("held_at", partialFilterExpression={"decision": None})

    async def waiting(self, *, limit: int) -> list[HeldLetter]:
        """Those without a decision, the oldest first."""
        return await self.find({"decision": None}, sort=[("held_at", 1)], limit=limit)

    async def count(self) -> int:
        """How many have no decision."""
        return int(await self.collection.count_documents({"decision": None}))
