"""The collection ``cases``: reading, writing, and what is stored for finding."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from pymongo import IndexModel
from pymongo.errors import OperationFailure

from services.router.access import Action, AuditAction, Officer, allow
from services.router.cases.domain.attention import attention, needs_attention
from services.router.cases.domain.case import Case, CaseSummary
from services.router.cases.domain.facets import facets, rank, time_left, to_be_done
from services.router.cases.domain.finishing import finished_at, retention_key
from services.router.cases.domain.happening import happenings
from services.router.cases.domain.holds import release_at
from services.router.cases.domain.moving import counted_by
from services.router.cases.domain.promises import promised_for
from services.router.cases.domain.recording import acts
from services.router.cases.domain.restriction import reads
from services.router.cases.domain.terms import is_long, terms
from services.router.directory.store import Snapshots
from shared.audit import ACTING, AuditRecords
from shared.documents import AGGREGATE, Database, Documents, Erased, NotFound, where_present
from shared.events import CloudEvent, Event

ATTENTION = {"indexed.attention": True}
DOUBTFUL = {"indexed.doubtful": True}
TO_BE_DONE = {"indexed.to_be_done": True}
BY_AGE = [("indexed.facets", 1), ("submitted_at", 1), ("_id", 1)]
WORK = ("indexed.to_be_done", 1)
WORK_BY = {
    "age": [*BY_AGE, WORK],
    "rank": [("indexed.facets", 1), ("indexed.rank", 1), ("submitted_at", 1), ("_id", 1), WORK],
    "time_left": [("indexed.facets", 1), ("indexed.time_left", 1), ("submitted_at", 1), ("_id", 1), WORK],
}
"""The indexes of lists. Those of work have only cases in which something is to be done, a small part of all;
so does a query that names one of them, and counts without reading a case because that stands in the index too."""
ALL_BY_AGE = "all_by_age"
BY_TERMS = [("indexed.terms", 1), ("submitted_at", -1), ("_id", -1)]
"""The index of the search (``store.search``)."""
OF_ANONYMISED = (Action.READ_CASES, Action.MAKE_BUNDLE, Action.HOLD, Action.PROTECT)
"""What may be done with an anonymised case: nobody goes on working at it."""
READERS = "restriction.to"
REMEMBERED = 200
"""Cases whose state before a change is known when they are saved."""
COUNTED = "indexed.calendar_version"
PROMISED = "indexed.promised_for"
RETENTION = [("indexed.retention", 1), ("indexed.finished_at", 1), ("_id", 1)]
"""The index of finished cases, by kind and outcome, those that were finished first before the others."""
RETAINED = {"indexed.retention": {"$exists": True}}


def work_by(what: str) -> str:
    """The name of the index of the cases in which something is to be done, by one of WORK_BY."""
    return f"work_by_{what}"


LISTS = (
    IndexModel(BY_AGE, name=ALL_BY_AGE),
    *(IndexModel(keys, name=work_by(what), partialFilterExpression=TO_BE_DONE) for what, keys in WORK_BY.items()),
)
"""The indexes that ``Inbox`` names in its queries."""
SOMETIMES = ("indexed.due_at", "indexed.officer", "indexed.release_at", PROMISED, COUNTED, "assignments.id", READERS)
"""Fields by which cases are found and which most cases do not have."""


class Cases(Documents[Case]):
    """The desk's cases.

    ``indexed.due_at`` is the earliest date of an awaited reply, absent for a finished case; ``indexed.marks`` say
    why an officer should look at it (``domain.attention``), and ``indexed.attention`` that something can be done;
    ``indexed.doubtful`` that the message may be unwanted: they are absent without a reason. ``indexed.facets``,
    ``rank``, ``time_left`` and ``to_be_done`` are those of ``domain.facets``, ``indexed.terms`` those of
    ``domain.terms``. ``indexed.officer`` has claimed the case, which is not finished. ``release_at``:
    when what is held goes out. ``calendar_version``: by which its running clocks were counted, the oldest.
    ``promised_for``: when the submitter is to be asked whether it was done. ``retention`` and ``finished_at`` are
    those of ``domain.finishing``, of a finished case.
    """

    index_version = 7
    indexes = (
        IndexModel([("state", 1), ("submitted_at", 1), ("_id", 1)]),
        IndexModel([("indexed.attention", 1), ("submitted_at", 1), ("_id", 1)], partialFilterExpression=ATTENTION),
        IndexModel([("indexed.doubtful", 1), ("submitted_at", 1), ("_id", 1)], partialFilterExpression=DOUBTFUL),
        IndexModel(RETENTION, name="retention", partialFilterExpression=RETAINED),
        *map(where_present, SOMETIMES),
        IndexModel("reference", unique=True),
        IndexModel(BY_TERMS),
        IndexModel("indexed.changed_at"),
        *LISTS,
    )

    def __init__(
        self, database: Database, snapshots: Snapshots | None = None, audit: AuditRecords | None = None
    ) -> None:
        super().__init__(database, "cases", Case)
        self._snapshots, self._audit = snapshots, audit
        self._as_read = OrderedDict[tuple[str, int], Case]()
        self.on_terms: Callable[[Sequence[str]], None] = lambda terms: None
        """Called with the terms of a case that is about to be written."""
        self.is_going: Callable[[str], Awaitable[bool]] = _never
        """Whether this case is being destroyed; ``records`` knows."""

    @staticmethod
    def belongs_to(aggregate: Case) -> tuple[str, ...]:
        """Its own id, which is that of the message."""
        return (aggregate.id,)

    async def add(
        self, aggregate: Case, *, announcing: Event | Sequence[Event] = (), handling: CloudEvent[Any] | None = None
    ) -> None:
        """Add a case. The same write owes what systems outside may be told of it (``domain.happening``)."""
        events = [announcing] if isinstance(announcing, Event) else list(announcing)
        await super().add(aggregate, announcing=[*events, *happenings(aggregate, events)], handling=handling)

    async def save(
        self, aggregate: Case, *, announcing: Event | Sequence[Event] = (), handling: CloudEvent[Any] | None = None
    ) -> Case:
        """Update a case. Events that cause a letter to a unit name the version of the addresses that it needs.

        The same write owes what systems outside may be told of it.
        """
        events = [announcing] if isinstance(announcing, Event) else list(announcing)
        told = [*await self._addressed(events), *happenings(aggregate, events)]
        return await super().save(aggregate, announcing=told, handling=handling)

    def audited(
        self, aggregate: Case, announcing: Sequence[Event], handling: CloudEvent[Any] | None
    ) -> Sequence[Event]:
        """What an officer did. What an event changes was recorded where it was done."""
        if handling:
            return ()
        before = self._as_read.get((aggregate.id, aggregate.revision))
        return acts(before, aggregate, announcing, self.database.clock(), acting=ACTING.get())

    def _read(self, found: dict[str, Any]) -> Case:
        case = super()._read(found)
        self._as_read[case.id, case.revision] = case
        self._as_read.move_to_end((case.id, case.revision))
        if len(self._as_read) > REMEMBERED:
            self._as_read.popitem(last=False)
        return case

    async def _addressed(self, events: list[Event]) -> list[Event]:
        if self._snapshots is None or not any(map(_to_a_unit, events)):
            return events
        named = {"contacts_version": await self._snapshots.renew()}
        return [event.model_copy(update=named) if _to_a_unit(event) else event for event in events]

    async def prepare(self) -> None:
        """Create the indexes, and drop those of earlier versions."""
        await super().prepare()
        for replaced in ("state_1_submitted_at_1", "state_1_assignments.due_at_1"):
            with suppress(OperationFailure):  # it was dropped before
                await self.collection.drop_index(replaced)

    async def prepare_lists(self) -> None:
        """Create the indexes that ``Inbox`` names in its queries."""
        await self.collection.create_indexes([*LISTS])

    @staticmethod
    def index_fields(aggregate: Case) -> dict[str, Any]:
        """``due_at``, unless the case is finished; ``marks``, ``attention``, ``doubtful`` when there are any; the rest.

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
            "officer": None if aggregate.finished else aggregate.officer,
            "time_left": time_left(aggregate),
            "to_be_done": to_be_done(aggregate),
            "terms": list(terms(aggregate)),
            "release_at": release_at(aggregate),
            "calendar_version": counted_by(aggregate),
            "promised_for": promised_for(aggregate),
            "retention": retention_key(aggregate),
            "finished_at": finished_at(aggregate),
        }
        return {name: value for name, value in derived.items() if value or name == "rank"}

    @staticmethod
    def takes_long(aggregate: Case) -> bool:
        """More than some ten milliseconds, for a case in which much is written."""
        return is_long(aggregate)

    async def _indexed(self, aggregate: Case, revision: int, now: datetime) -> dict[str, Any]:
        derived = await super()._indexed(aggregate, revision, now)
        self.on_terms(derived["indexed"]["terms"])
        return derived

    @staticmethod
    def to_release(now: datetime) -> dict[str, Any]:
        """Query for the cases whose answer or closing goes out now."""
        return {"indexed.release_at": {"$lte": now}}

    @staticmethod
    def promised_until(at: datetime) -> dict[str, Any]:
        """Query for the cases of which something was promised for a day up to this time."""
        return {PROMISED: {"$lte": at}}

    @staticmethod
    def counted_before(version: int) -> dict[str, Any]:
        """Query for the cases with a running clock that was counted by a calendar before this version."""
        return {COUNTED: {"$lt": version}}

    async def counted(self) -> AsyncIterator[Case]:
        """The cases with a running clock that counts working days."""
        async for found in self.collection.find({COUNTED: {"$exists": True}, "erased_at": None}, AGGREGATE):
            yield self._read(found)

    async def get_for(
        self, officer: Officer, case_id: str, action: Action, *, reading: str = AuditAction.CASE_READ
    ) -> Case:
        """Read a case for an officer and an action. Raises Forbidden, NotFound, Erased.

        A restricted case is not found by those who are not named in it. That the others read it is recorded, as
        ``reading``; not when that is empty: a job acts, and shows the case to nobody.
        """
        allow(officer, action)
        case = await self.get(case_id)
        if not reads(officer, case):
            raise NotFound(case_id)
        if case.anonymised_at and action not in OF_ANONYMISED:
            raise Erased(case_id)
        if self._audit and reading:
            read = AuditAction.RESTRICTED_CASE_READ if case.restriction else reading
            about = {"object_kind": "case", "object_id": case_id, "message_id": case_id}
            await self._audit.read(read, actor=officer.actor, **about)
        return case

    async def named(self, ids: Sequence[str], reader: Officer) -> list[Case]:
        """Those of these cases that this person may read, for their numbers and units."""
        shown = {"_id": {"$in": list(ids)}, "restriction.to": {"$in": [None, reader.id]}}
        return await self.find(shown, sort=[("_id", 1)], limit=max(1, len(ids)))

    async def any(self) -> bool:
        """Whether a message has ever arrived."""
        return await self.collection.find_one({}, {"_id": 1}) is not None

    async def hidden_from(self, reader: str) -> list[str]:
        """Ids of the restricted cases that this account may not read."""
        return [found async for found in self.ids({READERS: {"$exists": True, "$ne": reader}})]

    async def readable_by_none_of(self, accounts: Sequence[str]) -> list[CaseSummary]:
        """The restricted cases that none of these accounts may read, the oldest first; the first hundred."""
        query = {READERS: {"$exists": True, "$nin": list(accounts)}, "erased_at": None}
        rows = self.collection.find(query, AGGREGATE).sort("submitted_at", 1).limit(100)
        return [self.read_as(CaseSummary, row) async for row in rows]


async def _never(_: str) -> bool:
    return False


def _to_a_unit(event: Event) -> bool:
    return "contacts_version" in type(event).model_fields
