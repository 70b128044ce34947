"""The collection ``unit_words``: in how many routed cases of each unit a term occurred. It holds no text and no id.

It is derived from the cases. A routing adds its terms at once (``learn``); once a night, and when the collection is
missing, all are counted again (``rebuild``), so that those of no case, or of a case that was erased, restricted or
declined meanwhile, do not stay.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog
from pymongo import UpdateOne

from services.router.cases.domain.case import Case
from services.router.cases.domain.learning import RoutedCase, Suggestion, suggested, terms_of
from services.router.cases.store.cases import Cases
from services.router.cases.store.recount import Recount
from services.router.cases.store.words import Words
from shared.documents import UnreadableDocument

CHUNK: Final = 200
"""Cases that are read together, so that the process answers others in between."""
FIELDS: Final = {"subject": 1, "text": 1, "assignments": 1}
UTC: Final = ZoneInfo("UTC")

log = structlog.get_logger()


class Learned:
    """What routing decisions have taught. One document for each term: ``{_id: term, units: {code: cases}}``."""

    def __init__(self, cases: Cases, zone: ZoneInfo = UTC) -> None:
        database = cases.database
        self._cases, self._now = cases, database.clock
        self._collection, self._new = database["unit_words"], database["unit_words_new"]
        self._recount = Recount("unit_words", cases, zone)

    async def learn(self, case: Case, units: Sequence[str]) -> None:
        """The case was routed to these units (their codes). A restricted case teaches nothing."""
        if units and not case.restriction:
            await _add(self._collection, Counter((term, unit) for term in terms_of(case) for unit in units))

    async def forget(self, terms: Iterable[str], words: Words) -> None:
        """Delete those of these terms that begin no word of any case; the next count corrects the others."""
        gone = [term for term in terms if not await words.begins_any(term)]
        await self._collection.delete_many({"_id": {"$in": gone}})

    async def suggestions(self, case: Case) -> list[Suggestion]:
        """The units to which similar cases went, those with most of them first."""
        terms = terms_of(case)
        found = self._collection.find({"_id": {"$in": terms}})
        return suggested(terms, {term["_id"]: term["units"] async for term in found})

    async def rebuild_if_due(self) -> bool:
        """Count again: at night, the first time, and when nothing is there. Returns False."""
        return await self._recount.run(self.rebuild, early=self._is_empty)

    async def _is_empty(self, counted: int) -> bool:
        return not await self._collection.find_one({}, {"_id": 1})

    async def rebuild(self, now: datetime) -> None:
        """Count the terms of all routed cases beside the collection, and put the count in its place.

        What is routed meanwhile may be missing in it until the next night.
        """
        await self._new.drop()
        last, cases = "", 0
        while found := await self._chunk(last):
            last, cases = found[-1]["_id"], cases + len(found)
            routed = [case for case in map(self._read, found) if case]
            await _add(
                self._new, Counter((term, unit) for case in routed for term in terms_of(case) for unit in case.units)
            )
        await self._replace()
        await self._recount.ended(now, cases)
        log.info("terms of the units were counted", cases=cases)

    async def _chunk(self, last: str) -> list[dict[str, Any]]:
        routed = {"_id": {"$gt": last}, "assignments.0": {"$exists": True}, "restriction": None, "erased_at": None}
        found = self._cases.collection.find(routed, FIELDS).sort("_id", 1).limit(CHUNK)
        return await found.to_list()

    def _read(self, found: Mapping[str, Any]) -> RoutedCase | None:
        try:
            return self._cases.read_as(RoutedCase, dict(found))
        except UnreadableDocument:  # written by a newer version: it counts when this one is upgraded
            return None

    async def _replace(self) -> None:
        if await self._new.find_one({}, {"_id": 1}):
            await self._new.rename(self._collection.name, dropTarget=True)
        else:
            await self._collection.delete_many({})


async def _add(collection: Any, counted: Mapping[tuple[str, str], int]) -> None:
    by_term: dict[str, dict[str, int]] = {}
    for (term, unit), cases in counted.items():
        by_term.setdefault(term, {})[f"units.{unit}"] = cases
    writes = [UpdateOne({"_id": term}, {"$inc": units}, upsert=True) for term, units in by_term.items()]
    if writes:
        await collection.bulk_write(writes, ordered=False)
