"""Finding cases by words. Reads the collections ``cases`` and ``words``, and writes nothing.

First come the cases whose reference, name, addresses or subject have all words, then the others; each the newest first.
The rarest word leads: the cases that have it are read in the order of the index, and the first page of those that have
the other words too is the answer.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pymongo.errors import ExecutionTimeout, OperationFailure

from services.router.access import Officer
from services.router.cases.domain.case import CaseRow
from services.router.cases.domain.facets import found_by
from services.router.cases.domain.finding import Hit, HitPage, Place, texts_of
from services.router.cases.domain.terms import HEAD, WHOLE, Query
from services.router.cases.store.cases import BY_TERMS, Cases
from services.router.cases.store.related import readable_by
from services.router.cases.store.words import Words

PER_PAGE: Final = 25
ROW_FIELDS: Final = (
    *("reference", "kind", "subject", "submitter", "submitted_at", "language", "state", "priority", "alarms"),
    *("officer", "channel", "doubts", "indexed.marks", "restriction.to"),
    *("assignments.unit", "assignments.state", "assignments.reply_expected", "assignments.due_at"),
)
TEXT_FIELDS: Final = (
    *("text", "answer.text", "assignments.replies.text", "notes.text", "questions.text", "questions.answer"),
    *("objection.reason", "earlier_answers.text", "informed.text", "assignments.note", "files.name", "tags"),
    "timeline.text",
)
"""In which hits are shown, in this order."""


@dataclass(frozen=True)
class Asked:
    """A query, whose words are terms now: a case has one of each of ``words``, and one of each of ``wholes``.

    A case also has one of each of ``facets``. The rarest are the first.
    """

    words: tuple[tuple[str, ...], ...]
    wholes: tuple[tuple[str, ...], ...]
    facets: tuple[tuple[str, ...], ...] = ()

    def in_terms(self, *, in_head: bool) -> list[list[str]]:
        """What the terms of a case have to hold: the first leads."""
        mark = HEAD if in_head else ""
        return [*map(list, self.wholes), *([mark + term for term in group] for group in self.words)]


class Search:
    """The search of the desk."""

    def __init__(self, cases: Cases, words: Words, *, longest: int = 350) -> None:
        """``longest``: milliseconds for one page; then the search was too wide."""
        self._cases, self._words, self._longest = cases, words, longest

    async def with_reference(self, reference: str, reader: Officer) -> str | None:
        """The id of the case with this reference, if this reader finds it."""
        found = await self._cases.collection.find_one({"reference": reference} | readable_by(reader), {"_id": 1})
        return str(found["_id"]) if found else None

    async def page(
        self, query: Query, reader: Officer, *, facets: Sequence[str] = (), after: Place | None = None
    ) -> HitPage:
        """One page of what this reader finds, after a place. ``facets`` are filters, which all apply."""
        asked = await self.asked(query, reader, facets)
        found, until = list[Hit](), time.monotonic() + self._longest / 1_000
        try:
            for in_head in _tiers(asked):
                if after is None or after.in_head is in_head or not in_head:
                    here = after if after and after.in_head is in_head else None
                    found += await self._hits(asked, in_head, here, PER_PAGE + 1 - len(found), until)
                if len(found) > PER_PAGE:
                    break
        except ExecutionTimeout:
            return HitPage(tuple(found[:PER_PAGE]), too_wide=True)
        except OperationFailure as error:
            if "hint" not in str(error):
                raise
            return HitPage((), too_wide=True)  # after an upgrade the index is being built
        shown = tuple(found[:PER_PAGE])
        return HitPage(shown, shown[-1].place if len(found) > PER_PAGE else None)

    async def asked(self, query: Query, reader: Officer, facets: Sequence[str] = ()) -> Asked:
        """The terms that the words of a query stand for, for this reader."""
        groups = await asyncio.gather(*(self._words.beginning(word, reader.id) for word in query.words))
        return Asked(
            tuple(tuple(group) for group in sorted(groups, key=lambda group: sum(group.values()))),
            tuple(tuple(found_by(reader.id, WHOLE + whole)) for whole in query.wholes),
            tuple(tuple(found_by(reader.id, facet)) for facet in facets),
        )

    async def _hits(self, asked: Asked, in_head: bool, after: Place | None, limit: int, until: float) -> list[Hit]:
        rows = self._cases.collection.find(matching(asked, in_head=in_head, after=after), (*ROW_FIELDS, *TEXT_FIELDS))
        rows = rows.sort(BY_TERMS[1:]).limit(limit).hint(BY_TERMS)
        left = max(1, round((until - time.monotonic()) * 1_000))
        return [self._hit(row, in_head) async for row in rows.max_time_ms(left)]

    def _hit(self, row: dict[str, Any], in_head: bool) -> Hit:
        texts = texts_of(row, TEXT_FIELDS)
        marks = row.pop("indexed", {}).get("marks", ())
        summary = self._cases.read_as(CaseRow, {**row, "marks": marks})
        return Hit(summary, in_head, texts, restricted=bool(row.get("restriction")))


def _tiers(asked: Asked) -> tuple[bool, ...]:
    """Where hits are looked for, in this order: in the head of cases, then in all of them; nothing without a query."""
    return (True, False) if asked.words else (False,) if asked.wholes else ()


def matching(asked: Asked, *, in_head: bool, after: Place | None = None) -> dict[str, Any]:
    """The query for one kind of hits. Its first condition has the bounds in the index; the others hide from it.

    MongoDB would race a plan for each condition that an index can serve, and remember the winner for other words.
    """
    first, *others = asked.in_terms(in_head=in_head)
    conditions = [_one_of("terms", group) for group in others] + [_one_of("facets", group) for group in asked.facets]
    if asked.words and not in_head:
        in_the_head = [_one_of("terms", [HEAD + term for term in group]) for group in asked.words]
        conditions.append({"$not": {"$and": in_the_head}})
    query: dict[str, Any] = {"indexed.terms": {"$in": first}, "erased_at": None}
    if after:
        query["submitted_at"] = {"$lte": after.at}
        conditions.append({"$lt": [["$submitted_at", "$_id"], {"$literal": [after.at, after.id]}]})
    return query | ({"$expr": {"$and": conditions}} if conditions else {})


def _one_of(field: str, values: Iterable[str]) -> dict[str, Any]:
    common = {"$setIntersection": [{"$ifNull": [f"$indexed.{field}", []]}, {"$literal": list(values)}]}
    return {"$ne": [common, []]}
