"""Lists of cases and their counts. Reads the collection ``cases`` and writes nothing."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from pymongo.errors import ExecutionTimeout

from services.router.access import Officer
from services.router.cases.domain.case import CaseRow
from services.router.cases.domain.deadlines import SOON, DeadlineStatus
from services.router.cases.domain.facets import found_by
from services.router.cases.domain.lists import DUE, FINISHED, KEYS, CaseFilter, CasePage, Position, View
from services.router.cases.domain.states import OFF_THE_UNIT, OPEN, CaseState
from services.router.cases.store.cases import ALL_BY_AGE, TO_BE_DONE, Cases, work_by
from services.router.cases.store.related import readable_by
from shared.days import day_of, first_moment

PER_PAGE = 25
COUNTED: Final = 1000
"""Nobody needs a larger number exactly: pages show 999+. Where no facet has fewer cases, all are equally frequent."""
MOST_TIME: Final = 3_000
"""Milliseconds of a query for a page."""
MOST_TIME_TO_COUNT: Final = 500
SUMMARY_FIELDS = (
    *("reference", "kind", "subject", "submitter.name", "submitted_at", "language", "state", "doubts", "revision"),
    *("assignments.unit", "assignments.state", "assignments.reply_expected", "assignments.due_at"),
    *(
        "priority",
        "alarms",
        "officer",
        "channel",
        "hide_identity",
        "files.id",
        "restriction.why",
        "release.kind",
        "release.ended",
    ),
    *("indexed.marks", "indexed.rank", "indexed.time_left"),
)
"""Projection for the inbox, without the texts and the timeline, which are many times as long."""
Query = dict[str, Any]


class Inbox:
    """The lists of the desk. ``zone`` is where the institution is: there a day begins."""

    def __init__(self, cases: Cases, zone: ZoneInfo | None = None) -> None:
        self._cases, self._zone = cases, zone or ZoneInfo("UTC")

    async def page(self, chosen: CaseFilter) -> CasePage:
        """One page of a list."""
        if chosen.before:
            earlier = await self.beyond(chosen, chosen.before, PER_PAGE + 1, backwards=True)
            if len(earlier) > PER_PAGE:
                shown = tuple(reversed(earlier[:PER_PAGE]))
                return CasePage(shown, chosen.position(shown[0]), chosen.position(shown[-1]))
        start = None if chosen.before else chosen.after  # near the start: show a full first page
        found = await self.beyond(chosen, start, PER_PAGE + 1)
        shown = tuple(found[:PER_PAGE])
        following = chosen.position(shown[-1]) if len(found) > PER_PAGE else None
        return CasePage(shown, chosen.position(shown[0]) if shown and start else None, following)

    async def beyond(
        self, chosen: CaseFilter, position: Position | None, limit: int, *, backwards: bool = False
    ) -> list[CaseRow]:
        """The cases after (or before) a position, the nearest first."""
        rising = chosen.rising is not backwards
        order = 1 if rising else -1
        key = KEYS.get(chosen.order)
        path = [f"indexed.{key}"] if key else []
        query, hint = await self._query(chosen)
        found: list[CaseRow] = []
        for bounds in _ranges(chosen, position, rising=rising):
            wanted = {"$and": [*query["$and"], bounds]} if bounds else query
            cursor = self._cases.collection.find(wanted, SUMMARY_FIELDS, hint=hint, max_time_ms=MOST_TIME)
            free = [name for name in (*path, "submitted_at", "_id") if isinstance(bounds.get(name, {}), dict)]
            cursor = cursor.sort([(name, order) for name in free])
            found += [self._summary(row) async for row in cursor.limit(limit - len(found))]
            if len(found) == limit:
                break
        return found

    async def revisions(self, chosen: CaseFilter, limit: int) -> dict[str, int]:
        """The ids of the first cases of a list, each with its revision."""
        return {row.id: row.revision for row in await self.beyond(chosen, None, limit)}

    async def chosen(self, revisions: Mapping[str, int], reader: Officer) -> list[CaseRow]:
        """Those of these cases that this person may read, the oldest first, each with the revision that was seen."""
        query = {"_id": {"$in": list(revisions)}, "erased_at": None} | readable_by(reader)
        found = self._cases.collection.find(query, SUMMARY_FIELDS, max_time_ms=MOST_TIME)
        rows = [self._summary(row) async for row in found.sort([("submitted_at", 1), ("_id", 1)])]
        return [row.model_copy(update={"revision": revisions[row.id]}) for row in rows]

    async def count(self, chosen: CaseFilter) -> int | None:
        """How many cases a list has, COUNTED at most; None when it takes too long to say."""
        query, hint = await self._query(chosen)
        with suppress(ExecutionTimeout):
            return await self._count(query, hint, MOST_TIME_TO_COUNT)
        return None

    async def counts(self, views: Iterable[View], reader: str) -> dict[View, int | None]:
        """How many cases these views have for a reader, COUNTED at most each."""
        listed = list(views)
        found = await asyncio.gather(*(self.count(CaseFilter(view, reader=reader)) for view in listed))
        return dict(zip(listed, found, strict=True))

    async def _count(self, query: Query, hint: str, most_time: int) -> int:
        counted = self._cases.collection.count_documents(query, limit=COUNTED, hint=hint, maxTimeMS=most_time)
        return int(await counted)

    async def _query(self, chosen: CaseFilter) -> tuple[Query, str]:
        """What the cases of a list have in common, and the index that finds them: by their rarest facet."""
        hint = ALL_BY_AGE if chosen.view in FINISHED else work_by(KEYS.get(chosen.order, "age"))
        common: Query = {} if chosen.view in FINISHED else dict(TO_BE_DONE)
        facets = [chosen.facet, *chosen.filters.facets]
        first = await self._rarest(chosen, facets, common, hint)
        conditions = [common, {"indexed.facets": {"$in": found_by(chosen.reader, first)}}]
        conditions += [_has(found_by(chosen.reader, facet)) for facet in facets if facet != first]
        return {"$and": [*conditions, *self._times(chosen)]}, hint

    async def _rarest(self, chosen: CaseFilter, facets: list[str], common: Query, hint: str) -> str:
        """The facet that the fewest cases have. Each of the others costs a look into each of these cases."""
        usual = facets[1:] + facets[:1] if chosen.view in (View.ALL, *DUE) else facets
        if len(facets) == 1:
            return facets[0]
        queries = [{**common, "indexed.facets": {"$in": found_by(chosen.reader, facet)}} for facet in usual]
        found = await asyncio.gather(*(self._count(query, hint, MOST_TIME) for query in queries))
        return min(zip(found, range(len(usual)), usual, strict=True))[2]

    def _times(self, chosen: CaseFilter) -> list[Query]:
        """The days of submission, and those on which a reply is due."""
        days: dict[str, datetime] = {}
        if chosen.filters.since:
            days["$gte"] = first_moment(chosen.filters.since, self._zone)
        if chosen.filters.until:
            days["$lt"] = first_moment(_after(chosen.filters.until), self._zone)
        today = day_of(self._cases.database.clock(), self._zone)
        midnight = first_moment(today, self._zone)
        due = {
            View.TODAY: {"$gte": midnight, "$lt": first_moment(_after(today), self._zone)},
            View.OVERDUE: {"$lt": midnight},
        }.get(View(chosen.view))
        return [{name: value} for name, value in (("submitted_at", days), ("indexed.time_left", due)) if value]

    async def overdue_by_unit(self, reader: str, *, limit: int) -> list[tuple[Mapping[str, str], int]]:
        """The units with the most overdue replies: their names (``code``, ``name_tr``, ``name_en``) and how many."""
        query, hint = await self._query(CaseFilter(View.OVERDUE, reader=reader))
        today = first_moment(day_of(self._cases.database.clock(), self._zone), self._zone)
        late = {"assignments.state": {"$nin": list(OFF_THE_UNIT)}, "assignments.reply_expected": True}
        counted = self._cases.collection.aggregate(
            [
                {"$match": query},
                {"$limit": COUNTED},
                {"$project": {f"assignments.{name}": 1 for name in ("unit", "state", "reply_expected", "due_at")}},
                {"$unwind": "$assignments"},
                {"$match": {**late, "assignments.due_at": {"$lt": today}}},
                {
                    "$group": {
                        "_id": "$assignments.unit.code",
                        "n": {"$sum": 1},
                        "unit": {"$first": "$assignments.unit"},
                    }
                },
                {"$sort": {"n": -1, "_id": 1}},
                {"$limit": limit},
            ],
            hint=hint,
            maxTimeMS=MOST_TIME,
        )
        return [(row["unit"], row["n"]) async for row in counted]

    async def open_by_state(self) -> dict[str, int]:
        """Number of open cases by state, from the index alone. Finished ones are too many to count."""
        counted = self._cases.collection.aggregate(
            [{"$match": {"state": {"$in": list(OPEN)}}}, {"$group": {"_id": "$state", "count": {"$sum": 1}}}]
        )
        found = {row["_id"]: row["count"] async for row in counted}
        return {state.value: found.get(state.value, 0) for state in CaseState if state in OPEN}

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
        told = {name: value for name, value in row.pop("indexed", {}).items() if name in ("marks", "rank", "time_left")}
        told |= {"number_of_files": len(row.pop("files", ())), "restricted": bool(row.pop("restriction", None))}
        release = row.pop("release", None) or {}
        told["held"] = None if release.get("ended") else release.get("kind")
        return self._cases.read_as(CaseRow, {**row, **told})


def _has(values: list[str]) -> Query:
    """A condition that is looked up in each case. As ``$in`` it would compete with the first facet for the index."""
    return {"$expr": {"$or": [{"$in": [value, "$indexed.facets"]} for value in map(_literal, values)]}}


def _literal(value: str) -> Query:
    return {"$literal": value}  # a value that begins with $ would be a field


def _ranges(chosen: CaseFilter, position: Position | None, *, rising: bool) -> list[Query]:
    """What lies beyond a position, as ranges of the index that follow one another. With ``$or``, or by a field that is
    the same in all of them, MongoDB would sort in memory.
    """
    if position is None:
        return [{}]
    than = "$gt" if rising else "$lt"
    later: list[Query] = [
        {"submitted_at": position.at, "_id": {than: position.id}},
        {"submitted_at": {than: position.at}},
    ]
    if chosen.order not in KEYS:
        return later
    key = f"indexed.{KEYS[chosen.order]}"
    return [*({key: position.key, **range_} for range_ in later), {key: {than: position.key}}]


def _after(day: date) -> date:
    return day + timedelta(days=1) if day < date.max else day
