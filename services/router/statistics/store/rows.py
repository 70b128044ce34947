"""The collection ``figure_rows``: one row for each case, kept by following the cases.

Whoever changes a case writes nothing here. The rows are made from what ``indexed.changed_at`` says has changed, again
and again if need be: a row is replaced by one of the same or a newer revision alone, so that any number of processes
may do it, in any order. What a look has missed is found in the night. Erased cases are not read: their rows stay.
"""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import structlog
from pymongo import IndexModel, ReplaceOne, ReturnDocument
from pymongo.errors import BulkWriteError

from services.router.cases.domain.case import Case
from services.router.cases.domain.states import ClosureReason
from services.router.cases.store.cases import Cases
from services.router.config import Settings
from services.router.deadlines.domain.counting import Deadlines
from services.router.statistics.domain.hours import WorkingHours
from services.router.statistics.domain.periods import Selection
from services.router.statistics.domain.row import VERSION, FigureRow, row_key, row_of
from services.router.statistics.store.months import Months, row_in
from shared.documents import AGGREGATE, Erased, UnreadableDocument

BACK: Final = timedelta(minutes=1)
"""How far back each look goes: clocks of replicas differ, and a write is seen later than its time."""
CHUNK: Final = 200
"""Cases that are read together, so that the process answers others in between."""
MOST: Final = 200_000
"""Rows of one file."""
DUPLICATE: Final = 11_000
NO_ROW: Final = -1
"""In the place of the revision of a row that is not there."""
CHANGED: Final = "indexed.changed_at"

log = structlog.get_logger()


@dataclass
class Counted:
    """What a count has found. ``missing`` and ``different`` rows were written; ``unreadable`` cases are of a newer
    version, ``rows`` how many there are of ``cases``: one more for each case that was erased.
    """

    cases: int = 0
    missing: int = 0
    different: int = 0
    unreadable: int = 0
    rows: int = 0
    months: set[str] = field(default_factory=set)


class FigureRows:
    """The rows, and what makes them. ``secrets`` are the keys of the service, the newest first."""

    def __init__(
        self, cases: Cases, months: Months, deadlines: Callable[[], Deadlines], secrets: Sequence[str]
    ) -> None:
        database = cases.database
        self._cases, self._months, self._deadlines, self._secrets = cases, months, deadlines, secrets
        self._rows, self._state, self._now = months.rows, months.state, database.clock
        self._hours: WorkingHours | None = None
        self._known: dict[str, int] = {}
        """Revisions by case, of the last look: so that each change is counted once."""

    @property
    def calendar(self) -> int:
        """The version of the calendar by which hours are counted now."""
        return self._counting().version

    async def prepare(self) -> None:
        """Create the indexes: by the month in which a case came, by that in which it ended, by day."""
        await self._rows.create_indexes([*map(IndexModel, ("month", "finished_month", "opened"))])

    async def begin(self) -> dict[str, Any]:
        """How far the cases were followed; from now on, the first time: what was there before is for ``recount``."""
        now = {"$setOnInsert": {"at": self._now()}}
        position: dict[str, Any] = await self._state.find_one_and_update(
            {"_id": "follower"}, now, upsert=True, return_document=ReturnDocument.AFTER
        )
        return position

    async def follow(self) -> bool:
        """Count what has changed since the last look of any process. Returns False: no more to do at once."""
        found = await self.begin()
        changed = {CHANGED: {"$gte": found["at"] - BACK}}
        fields = {"revision": 1, CHANGED: 1}
        known, looked_at = self._known, dict[str, int]()
        waiting: list[dict[str, Any]] = []
        async for case in self._cases.collection.find(changed, fields).sort(CHANGED, 1):
            looked_at[case["_id"]] = case["revision"]
            if known.get(case["_id"]) != case["revision"]:
                waiting.append(case)
            if len(waiting) == CHUNK:
                await self._take(waiting)
                waiting = []
        await self._take(waiting)
        self._known = looked_at
        return False

    async def _take(self, changed: Sequence[dict[str, Any]]) -> None:
        """Count these cases, and remember how far this is: a crash before counts them once more."""
        if changed:
            found = Counted()
            await self._count([case["_id"] for case in changed], found)
            await self._months.mark(found.months)
            position = {"$max": {"at": changed[-1]["indexed"]["changed_at"]}}
            await self._state.update_one({"_id": "follower"}, position)

    async def of(self, chosen: Selection, units: Collection[str]) -> AsyncIterator[FigureRow]:
        """The rows of a period, without restricted and unwanted ones; ``units``: the chosen one and those below it."""
        query: dict[str, Any] = {
            "month": {"$gte": chosen.period.first, "$lte": chosen.period.last},
            "restricted": False,
        }
        query |= {"closure_reason": {"$ne": ClosureReason.SPAM}}
        query |= {name: value for name, value in (("kind", chosen.kind), ("channel", chosen.channel)) if value}
        if chosen.unit:
            query["units"] = {"$in": list(units)}
        async for row in self._rows.find(query).sort("opened", 1).limit(MOST):
            yield row_in(row)

    async def recount(self, *, all_cases: bool = False) -> Counted:
        """Make the rows that are missing or outdated; with ``all_cases`` every row."""
        found = Counted()
        async for ids in self._chunks():
            found.cases += len(ids)
            await self._count(ids if all_cases else await self._outdated(ids), found)
            await self._months.mark(found.months)
            found.months.clear()
        found.rows = await self._rows.estimated_document_count()
        return found

    async def _chunks(self) -> AsyncIterator[dict[str, int]]:
        """Ids and revisions of all cases."""
        last = ""
        while True:
            query = {"_id": {"$gt": last}, "erased_at": None}
            cases = await self._cases.collection.find(query, {"revision": 1}).sort("_id", 1).limit(1_000).to_list()
            if not cases:
                return
            last = cases[-1]["_id"]
            yield {case["_id"]: case["revision"] for case in cases}

    async def _outdated(self, revisions: dict[str, int]) -> list[str]:
        """Of these cases those whose row is missing, older, of another calendar or of another version of the code."""
        keys = {row_key(case_id, self._secrets[0]): case_id for case_id in revisions}
        calendar = self._counting().version
        rows = self._rows.find({"_id": {"$in": list(keys)}}, {"revision": 1, "calendar": 1, "version": 1})
        current = {
            keys[row["_id"]]
            async for row in rows
            if row["revision"] >= revisions[keys[row["_id"]]]
            and (row["calendar"], row["version"]) == (calendar, VERSION)
        }
        return [case_id for case_id in revisions if case_id not in current]

    async def _count(self, ids: Iterable[str], found: Counted) -> None:
        """Write the rows of these cases that are missing or other ones. ``found.months``: those of all of them."""
        wanted = list(ids)
        for first in range(0, len(wanted), CHUNK):
            cases = self._cases.collection.find({"_id": {"$in": wanted[first : first + CHUNK]}}, AGGREGATE)
            await self._write([case async for case in self._readable(cases, found)], found)

    async def _readable(self, cases: AsyncIterator[dict[str, Any]], found: Counted) -> AsyncIterator[Case]:
        async for case in cases:
            try:
                read = self._cases.read_as(Case, case)
            except Erased:
                continue
            except UnreadableDocument:  # written by a newer version: it counts when this one is upgraded
                found.unreadable += 1
                continue
            if getattr(read, "anonymised_at", None) is None:  # what is left of it says less than its row does
                yield read

    async def _write(self, cases: Sequence[Case], found: Counted) -> None:
        """Write the rows of these cases, each only in the place of the row that was read.

        So the months of whatever it replaces are known. Where a process with an older revision was faster, once more.
        """
        deadlines, hours = self._deadlines(), self._counting()
        rows = {row.id: row for row in (row_of(case, hours, deadlines, self._key(case.id)) for case in cases)}
        kept = {row["_id"]: row async for row in self._rows.find({"_id": {"$in": list(rows)}})}
        writes, left = [], set[str]()
        for key, row in rows.items():
            document, before = document_of(row), kept.get(key, {"revision": NO_ROW})
            found.months |= _months_of(document) | _months_of(before)
            if before != document and before["revision"] <= row.revision:
                as_read = {"_id": key, "revision": before["revision"]}
                writes.append(ReplaceOne(as_read, document, upsert=True))
                left |= _months_of(before) - _months_of(document)
                found.missing += before["revision"] == NO_ROW
                found.different += before["revision"] != NO_ROW
        await self._months.mark(left)  # after a crash nobody would know that the rows were in them
        await self._put(writes)
        stored = self._rows.find({"_id": {"$in": list(rows)}}, {"revision": 1})
        now = {row["_id"]: row["revision"] async for row in stored}
        behind = [case for case in cases if now.get(self._key(case.id), NO_ROW) < case.revision]
        if behind:
            await self._write(behind, found)
        await self._forget_former_keys(cases, found)

    async def _forget_former_keys(self, cases: Sequence[Case], found: Counted) -> None:
        """Rows that were made with an earlier secret key of the service have a new one now."""
        former = [row_key(case.id, secret) for case in cases for secret in self._secrets[1:]]
        if former:
            found.months |= {m async for row in self._rows.find({"_id": {"$in": former}}) for m in _months_of(row)}
            await self._rows.delete_many({"_id": {"$in": former}})

    async def _put(self, writes: Sequence[ReplaceOne[dict[str, Any]]]) -> None:
        try:
            if writes:
                await self._rows.bulk_write(writes, ordered=False)
        except BulkWriteError as error:  # another process was faster
            if any(fault["code"] != DUPLICATE for fault in (error.details or {}).get("writeErrors", ())):
                raise

    def _key(self, case_id: str) -> str:
        return row_key(case_id, self._secrets[0])

    def _counting(self) -> WorkingHours:
        """Working hours by the calendar of now."""
        deadlines = self._deadlines()
        if self._hours is None or self._hours.version != deadlines.calendar.version:
            self._hours = WorkingHours(deadlines.calendar, deadlines.zone)
        return self._hours


def secrets_of(settings: Settings) -> list[str]:
    """The secret keys of the service, the newest first."""
    return [key.get_secret_value() for key in (settings.secret_key, *settings.old_secret_keys)]


def document_of(row: FigureRow) -> dict[str, Any]:
    """A row as it is stored, with its months, by which it is found."""
    plain = row.model_dump(mode="json", exclude={"id"})
    return {"_id": row.id, **plain, "month": row.month, "finished_month": row.finished and row.finished[:7]}


def _months_of(row: dict[str, Any]) -> set[str]:
    return {row[name] for name in ("month", "finished_month") if row.get(name)}
