"""The desk's cases."""

from services.router.access import Action, Officer, allow
from services.router.cases.domain.case import OPEN, WITH_THE_UNIT, Case, CaseState, CaseSummary
from services.router.cases.domain.deadlines import SOON, DeadlineStatus
from shared.documents import Database, Documents

PER_PAGE = 25
SUMMARY_FIELDS = (
    *("reference", "kind", "subject", "submitter.name", "submitted_at", "state"),
    *("assignments.unit", "assignments.state", "assignments.reply_expected", "assignments.due_at"),
)
"""What the inbox shows of a case; its texts and what happened to it are many times as long."""


class Cases(Documents[Case]):
    """The desk's files."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "cases", Case)

    async def prepare(self) -> None:
        """The inbox by state, newest last; what is due."""
        await super().prepare()
        await self.collection.create_index([("state", 1), ("submitted_at", 1)])
        await self.collection.create_index([("state", 1), ("assignments.due_at", 1)])
        await self.collection.create_index("reference", unique=True)

    async def get_for(self, officer: Officer, case_id: str, action: Action) -> Case:
        """Read the case for somebody who is about to do this to it. Raises Forbidden or NotFound."""
        allow(officer, action)
        return await self.get(case_id)

    async def inbox(self, state: CaseState, *, page: int) -> tuple[list[CaseSummary], bool]:
        """One page of the cases in a state, and whether there is another.

        What waits longest comes first, what is done comes newest first.
        """
        order = 1 if state in OPEN else -1
        rows = self.collection.find({"state": state}, SUMMARY_FIELDS).sort("submitted_at", order)
        cursor = rows.skip((page - 1) * PER_PAGE).limit(PER_PAGE + 1)
        found = [CaseSummary.model_validate({"id": row.pop("_id"), **row}) async for row in cursor]
        return found[:PER_PAGE], len(found) > PER_PAGE

    async def open_by_state(self) -> dict[str, int]:
        """How many cases somebody still has to do something about; counted in the index alone.

        Finished ones are not counted: there are more of them every day.
        """
        counted = self.collection.aggregate(
            [{"$match": {"state": {"$in": list(OPEN)}}}, {"$group": {"_id": "$state", "count": {"$sum": 1}}}]
        )
        found = {row["_id"]: row["count"] async for row in counted}
        return {state.value: found.get(state.value, 0) for state in CaseState if state in OPEN}

    async def by_clock(self) -> dict[str, int]:
        """How many assignments whose reply is still to come are due soon, or overdue."""
        now = self.database.clock()
        awaited = {
            "state": {"$in": list(WITH_THE_UNIT)},
            "reply_expected": True,
            "due_at": {"$lt": now + SOON},
        }
        counted = self.collection.aggregate(
            [
                {"$match": {"state": {"$in": list(OPEN)}, "assignments": {"$elemMatch": awaited}}},
                {"$unwind": "$assignments"},
                {"$match": {f"assignments.{field}": wanted for field, wanted in awaited.items()}},
                {"$group": {"_id": {"$lt": ["$assignments.due_at", now]}, "count": {"$sum": 1}}},
            ]
        )
        late = {row["_id"]: row["count"] async for row in counted}
        return {DeadlineStatus.DUE_SOON.value: late.get(False, 0), DeadlineStatus.OVERDUE.value: late.get(True, 0)}
