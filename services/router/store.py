"""The router's documents: cases, units, users, sessions, and the record of what was done."""

from collections.abc import Sequence

from pymongo import ReplaceOne, UpdateOne

from services.router.domain.case import OPEN, WITH_THE_UNIT, Case, CaseState, CaseSummary
from services.router.domain.deadlines import SOON, DeadlineStatus
from services.router.domain.record import AuditEntry
from services.router.domain.units import Unit, sorted_units
from services.router.domain.users import ABSOLUTE, Session, User
from shared.clock import clock
from shared.documents import Database, Documents, NotFound

PER_PAGE = 25
SUMMARY_FIELDS = (
    *("reference", "kind", "subject", "submitter.name", "submitted_at", "state"),
    *("assignments.unit", "assignments.state", "assignments.reply_expected", "assignments.due_at"),
)
"""What the inbox shows of a case; its texts and what happened to it are many times as long."""


class Cases(Documents[Case]):
    """The desk's files."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["cases"], Case, source="router")

    async def prepare(self) -> None:
        """The inbox by state, newest last; what is due."""
        await super().prepare()
        await self.collection.create_index([("state", 1), ("submitted_at", 1)])
        await self.collection.create_index([("state", 1), ("assignments.due_at", 1)])
        await self.collection.create_index("reference", unique=True)

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
        now = clock()
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


class Units(Documents[Unit]):
    """The directory."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["units"], Unit, source="router")

    async def all(self) -> list[Unit]:
        """The whole directory, in the order of the Turkish alphabet."""
        return sorted_units(await self.find({}, sort=[("_id", 1)], limit=2_000))

    async def put(self, units: Sequence[Unit]) -> int:
        """Take a table in: new units are added, known ones brought up to date, others left alone. Returns how many."""
        await self.collection.bulk_write(
            [
                UpdateOne(
                    {"_id": unit.id},
                    {
                        "$set": unit.model_dump(exclude={"id", "revision", "active"}),
                        "$inc": {"revision": 1},
                        "$setOnInsert": {"active": True},
                    },
                    upsert=True,
                )
                for unit in units
            ]
        )
        return len(units)


class Users(Documents[User]):
    """Local accounts."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["users"], User, source="router")

    async def put(self, user: User) -> None:
        """Add an account, or replace the one with the same address."""
        document = user.model_dump(exclude={"id"})
        await self.collection.bulk_write([ReplaceOne({"_id": user.id}, document, upsert=True)])

    async def by_email(self, email: str) -> User | None:
        """The account with this address, if there is one."""
        try:
            return await self.get(email.lower())
        except NotFound:
            return None


class Sessions(Documents[Session]):
    """Who is logged in. MongoDB removes what is over."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["sessions"], Session, source="router")

    async def prepare(self) -> None:
        """Forget sessions that are over in any case."""
        await self.collection.create_index("created_at", expireAfterSeconds=int(ABSOLUTE.total_seconds()))

    async def find_one(self, session_id: str) -> Session | None:
        """The session with this id, if there is one."""
        try:
            return await self.get(session_id)
        except NotFound:
            return None

    async def touch(self, session: Session) -> None:
        """Note that somebody is still there."""
        await self.collection.update_one({"_id": session.id}, {"$set": {"seen_at": session.seen_at}})

    async def end(self, session_id: str) -> None:
        """Log out."""
        await self.collection.delete_one({"_id": session_id})


class AuditLog(Documents[AuditEntry]):
    """Who did what to the system's own business. Entries are added, never changed."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["records"], AuditEntry, source="router")

    async def prepare(self) -> None:
        """What was done last."""
        await self.collection.create_index("at")

    async def newest(self, *, limit: int = 50) -> list[AuditEntry]:
        """The last deeds, newest first."""
        return await self.find({}, sort=[("at", -1)], limit=limit)
