"""Lists of cases and their counts. Reads the collection ``cases`` and writes nothing."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.router.cases.domain.case import CaseRow
from services.router.cases.domain.deadlines import SOON, DeadlineStatus
from services.router.cases.domain.lists import CaseFilter, CasePage, Position, View
from services.router.cases.domain.states import OFF_THE_UNIT, OPEN, CaseState
from services.router.cases.store.cases import ATTENTION, DOUBTFUL, Cases
from shared.days import day_of, first_moment

PER_PAGE = 25
SUMMARY_FIELDS = (
    *("reference", "kind", "subject", "submitter.name", "submitted_at", "language", "state", "indexed.marks", "doubts"),
    *("assignments.unit", "assignments.state", "assignments.reply_expected", "assignments.due_at"),
)
"""Projection for the inbox, without the texts and the timeline, which are many times as long."""


class Inbox:
    """The lists of the desk."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

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
        rows = self._cases.collection.find(query, SUMMARY_FIELDS).sort([("submitted_at", order), ("_id", order)])
        return [self._summary(row) async for row in rows.limit(PER_PAGE + 1)]

    async def open_by_state(self) -> dict[str, int]:
        """Number of open cases by state, from the index alone. Finished ones are too many to count."""
        counted = self._cases.collection.aggregate(
            [{"$match": {"state": {"$in": list(OPEN)}}}, {"$group": {"_id": "$state", "count": {"$sum": 1}}}]
        )
        found = {row["_id"]: row["count"] async for row in counted}
        return {state.value: found.get(state.value, 0) for state in CaseState if state in OPEN}

    async def count_views(self) -> dict[str, int]:
        """Number of cases in the views that are no state."""
        views = {"attention": ATTENTION, "doubtful": DOUBTFUL}
        return {view: await self._cases.collection.count_documents(query) for view, query in views.items()}

    async def by_clock(self, zone: ZoneInfo) -> dict[str, int]:
        """Number of assignments with an awaited reply whose last day, where the institution is, is near or over."""
        today = day_of(self._cases.database.clock(), zone)
        awaited = {
            "state": {"$nin": list(OFF_THE_UNIT)},
            "reply_expected": True,
            "due_at": {"$lt": first_moment(today + timedelta(days=SOON), zone)},
        }
        counted = self._cases.collection.aggregate(
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
        return self._cases.read_as(CaseRow, {**row, "marks": marks})


def _of_view(view: View) -> dict[str, Any]:
    """What cases of a view have in common. A doubtful message is not among the new ones."""
    if view == "attention":
        return dict(ATTENTION)
    if view == "doubtful":
        return dict(DOUBTFUL)
    return {"state": view} | ({"indexed.doubtful": None} if view is CaseState.NEW else {})
