"""The collection ``words``: every word of the terms of cases, and how many cases have it.

A search makes of each of its words, which may be the beginning of one, at most ``MOST`` words that cases have. The
collection is derived from the cases. Whoever writes a case also adds its words, within a second (``store_noted``); once
a minute the words of what other versions wrote are added (``catch_up``); once a night all are counted again, and those
of no case are deleted (``rebuild``). Words of restricted cases are kept apart, for each reader. See decision 0036.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog
from pymongo import IndexModel, UpdateOne
from pymongo.errors import BulkWriteError

from services.router.cases.domain.terms import HEAD, WHOLE
from services.router.cases.store.cases import Cases
from services.router.cases.store.recount import Recount
from shared.documents import Conflict, NotFound
from shared.tasks import run_periodically

MOST: Final = 100
"""Words that one beginning stands for: the most frequent ones. Who types more letters finds the others."""
HEADS: Final = 5
"""Beginnings up to this length are stored with a word; those of longer words are read from the range of words."""
RANGE: Final = 1_000
"""Words with a longer beginning that are looked at."""
KNOWN: Final = 20_000
"""Words of which a process remembers that they are stored, so that it does not write them again."""
REMEMBERED: Final = timedelta(hours=1)
KEPT: Final = timedelta(hours=2)
"""How long a word stays at least: longer than a process remembers that it is stored."""
OVERLAP: Final = timedelta(minutes=1)
"""A write that began earlier, or by another clock, may become visible later than one that was seen."""
CHUNK: Final = 500
"""Cases that are read together, and words that are written together: much less than the driver waits for an answer."""
TOGETHER: Final = 50_000
"""Words that a count keeps in memory before it writes them: most cases have the same ones."""
RARE: Final = 20
"""Words of so few other cases, as they were counted, are looked for when a case is erased: the count may be old."""
STATE: Final = {"_id": "words"}

log = structlog.get_logger()


class Words:
    """What the search knows of the words of all cases."""

    def __init__(self, cases: Cases, zone: ZoneInfo) -> None:
        self._cases, self._now = cases, cases.database.clock
        self._recount = Recount(STATE["_id"], cases, zone)
        self.collection, self._state = cases.database["words"], cases.database["words_state"]
        self._noted: set[str] = set()
        self._stored: set[str] = set()
        self._stored_from = self._now()
        self._wake = asyncio.Event()
        self._since: datetime | None = None
        cases.on_terms = self._note

    async def prepare(self) -> None:
        """Create the index of the beginnings, and that of the words."""
        beginnings, words = [("reader", 1), ("heads", 1), ("count", -1)], [("reader", 1), ("word", 1)]
        await self.collection.create_indexes([IndexModel(beginnings), IndexModel(words)])

    async def beginning(self, word: str, reader: str) -> dict[str, int]:
        """The terms that begin with this word and that this reader finds, each with the number of its cases.

        The word itself is among them, also when no case has it.
        """
        found = await self._begin(word, None) | await self._begin(word, reader)
        exact = {term: found.pop(term) for term in (word, f"{word}@{reader}") if term in found}
        return {word: 0} | exact | dict(Counter(found).most_common(MOST - 2))

    async def _begin(self, word: str, reader: str | None) -> dict[str, int]:
        if len(word) == 1:  # half of all words begin with one of a few letters
            own = word if reader is None else f"{word}@{reader}"
            cursor = self.collection.find({"_id": own}, {"count": 1})
        elif len(word) <= HEADS:
            cursor = self.collection.find({"reader": reader, "heads": word}, {"count": 1})
            cursor = cursor.sort("count", -1).limit(MOST)
        else:
            beyond = {"$gte": word, "$lt": word + "\U0010ffff"}
            cursor = self.collection.find({"reader": reader, "word": beyond}, {"count": 1}).limit(RANGE)
        return {row["_id"]: int(row["count"]) async for row in cursor}

    # ------------------------------------------------------------ what is written now

    def _note(self, terms: Iterable[str]) -> None:
        if self._now() - self._stored_from > REMEMBERED or len(self._stored) > KNOWN:
            self._stored, self._stored_from = set(), self._now()
        new = {term for term in terms if term[0] not in HEAD + WHOLE} - self._stored
        if new:
            self._noted |= new
            self._wake.set()

    async def run(self) -> None:
        """Store what was noted, as it comes, for ever."""
        await run_periodically(self.store_noted, wake=self._wake, every=60.0)

    async def store_noted(self) -> bool:
        """Store the words that were noted; they stay noted when that fails. False: no more to do at once."""
        taken = list(self._noted)[:KNOWN]
        if taken:
            await self._store(dict.fromkeys(taken, 1))
            self._noted.difference_update(taken)
            self._stored.update(taken)
        return bool(self._noted)

    async def _store(self, counted: Mapping[str, int]) -> None:
        now = self._now()
        writes = [
            UpdateOne(
                {"_id": term}, {"$set": {"seen_at": now}, "$setOnInsert": _parts(term) | {"count": count}}, upsert=True
            )
            for term, count in counted.items()
        ]
        try:
            await self.collection.bulk_write(writes, ordered=False)
        except BulkWriteError as error:  # another process was faster with one of them
            if any(failed["code"] != 11000 for failed in (error.details or {}).get("writeErrors", ())):
                raise

    # ------------------------------------------------------------ what was erased

    async def forget(self, counted: Mapping[str, int]) -> None:
        """Delete those of these terms that no case has any more.

        ``counted``: in how many erased cases each was. Only rare words are looked for: the others are of many cases.
        """
        terms = sorted(term for term in counted if term[0] not in HEAD + WHOLE)
        for first in range(0, len(terms), CHUNK):
            some = {"_id": {"$in": terms[first : first + CHUNK]}}
            gone = list[str]()
            async for row in self.collection.find(some, {"count": 1}):
                if row["count"] - counted[row["_id"]] <= RARE and not await self._is_used(row["_id"]):
                    gone.append(row["_id"])
            await self.collection.delete_many({"_id": {"$in": gone}})
            self._noted.difference_update(gone)
            self._stored.difference_update(gone)
        await self._state.update_one(STATE, {"$set": {"forgotten_at": self._now()}}, upsert=True)

    async def begins_any(self, beginning: str) -> bool:
        """Whether a word of the cases that everybody finds begins so."""
        beyond = {"$gte": beginning, "$lt": beginning + "\U0010ffff"}
        return bool(await self.collection.find_one({"reader": None, "word": beyond}, {"_id": 1}))

    async def _is_used(self, term: str) -> bool:
        return bool(await self._cases.collection.find_one({"indexed.terms": term}, {"_id": 1}))

    # ------------------------------------------------------------ what others wrote

    async def catch_up(self) -> bool:
        """Note the words of all cases that changed since the last call in any process of this version.

        Derives the fields of cases again that a process of an older version has written meanwhile.
        """
        state = await self._state.find_one(STATE) or {}
        if state.get("forgotten_at", self._stored_from) > self._stored_from:
            self._stored, self._stored_from = set(), self._now()  # another process may have deleted some
        since = newest = self._since or self._caught_up_to(state)
        changed = {"indexed.changed_at": {"$gt": since - OVERLAP}}
        fields = {"indexed.terms": 1, "indexed.changed_at": 1, "indexed.version": 1}
        async for case in self._cases.collection.find(changed, fields).sort("indexed.changed_at", 1):
            newest = max(newest, case["indexed"]["changed_at"])
            if case["indexed"].get("version", 0) < self._cases.index_version:
                await self._index(case["_id"])
            self._note(case["indexed"].get("terms", ()))
            if len(self._noted) > KNOWN:
                await self.store_noted()
        await self._state.update_one(STATE, {"$max": {"caught_up_to": newest}}, upsert=True)
        self._since = newest
        return False

    async def _index(self, case_id: str) -> None:
        try:
            await self._cases.index(case_id, self._now())
        except (Conflict, NotFound):  # the next call sees what became of it
            return

    def _caught_up_to(self, state: Mapping[str, Any]) -> datetime:
        told: datetime = state.get("caught_up_to") or self._now()
        return told

    # ------------------------------------------------------------ all of them

    async def rebuild_if_due(self) -> bool:
        """Count all words again: at night, the first time, and when the cases have doubled. Returns False."""
        return await self._recount.run(self.rebuild, early=self._have_doubled)

    async def _have_doubled(self, counted: int) -> bool:
        return bool(await self._cases.collection.estimated_document_count() > 2 * counted)

    async def rebuild(self, now: datetime) -> None:
        """Count the words of all cases, and delete the words of none."""
        last, cases, counted = "", 0, Counter[str]()
        while chunk := await self._chunk(last):
            for case in chunk:
                counted.update(term for term in case.get("indexed", {}).get("terms", ()) if term[0] not in HEAD + WHOLE)
            last, cases = chunk[-1]["_id"], cases + len(chunk)
            if len(counted) > TOGETHER:
                await self._add(counted, now)
                counted.clear()
        await self._add(counted, now)
        gone = {"counted_at": {"$ne": now}, "seen_at": {"$not": {"$gte": now - KEPT}}}
        await self.collection.delete_many(gone)
        await self._recount.ended(now, cases)
        log.info("words of the search were counted", cases=cases)

    async def _chunk(self, last: str) -> list[dict[str, Any]]:
        """The next cases, with their terms."""
        cursor = self._cases.collection.find({"_id": {"$gt": last}}, {"indexed.terms": 1}).sort("_id", 1).limit(CHUNK)
        return await cursor.to_list()

    async def _add(self, counted: Mapping[str, int], now: datetime) -> None:
        """Add to what this count has found so far; what an earlier one had found is replaced."""
        again = {"$eq": ["$counted_at", now]}
        writes = [
            UpdateOne(
                {"_id": term},
                [
                    {
                        "$set": {name: {"$literal": value} for name, value in _parts(term).items()}
                        | {"count": {"$cond": [again, {"$add": ["$count", count]}, count]}, "counted_at": now}
                    }
                ],
                upsert=True,
            )
            for term, count in counted.items()
        ]
        for first in range(0, len(writes), CHUNK):
            await self.collection.bulk_write(writes[first : first + CHUNK], ordered=False)


def _parts(term: str) -> dict[str, Any]:
    word, _, reader = term.partition("@")
    heads = sorted({word[:length] for length in range(2, HEADS + 1)})
    return {"word": word, "reader": reader or None, "heads": heads}
