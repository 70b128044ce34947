"""Cases that belong to a case: merged into it, linked with it. Reads the collection ``cases`` and writes nothing."""

from collections.abc import AsyncIterator
from typing import Any, Final

from pymongo import IndexModel

from services.router.access import Action, Officer
from services.router.cases.domain.case import Case
from services.router.cases.domain.links import ABOUT_OTHERS, RelatedCase
from services.router.cases.domain.terms import reference_of
from services.router.cases.store.cases import Cases
from shared.documents import NotFound, where_present

MOST: Final = 50
"""Cases in a list on a page; the merged ones are all answered, however many."""
FIELDS: Final = (
    *("reference", "kind", "subject", "submitter.name", "submitted_at", "language", "state", "revision"),
    *("linked", "merge", "restriction", "release"),
)


class Related:
    """What a case has to do with others."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    async def prepare(self) -> None:
        """Create the indexes of merged and of linked cases, which are few among all."""
        of_linked = IndexModel("linked", partialFilterExpression={"linked.0": {"$exists": True}})
        await self._cases.collection.create_indexes([where_present("merge.into"), of_linked])

    def merged_into(self, case_id: str) -> AsyncIterator[str]:
        """Ids of the cases that are merged into this one."""
        return self._cases.ids({"merge.into": case_id})

    async def above(self, case: Case) -> list[Case]:
        """The case's primary, the primary of that, and so on (``merging.straighten``). Raises NotFound."""
        chain, known = list[Case](), {case.id}
        while (into := (chain[-1] if chain else case).merged_into) and into not in known:
            chain.append(await self._cases.get(into))
            known.add(into)
        return chain

    async def merged_for(self, officer: Officer, case_id: str) -> list[RelatedCase]:
        """The cases that are merged into this one, those that the officer may read."""
        return await self._rows({"merge.into": case_id}, officer)

    async def linked_for(self, officer: Officer, case: Case) -> list[RelatedCase]:
        """The cases that this one is linked with, by either of them, those that the officer may read."""
        named = await self._rows({"_id": {"$in": list(case.linked)}}, officer) if case.linked else []
        naming = await self._rows({"linked": case.id, "linked.0": {"$exists": True}}, officer)
        return list({row.id: row for row in (*named, *naming)}.values())

    async def numbers_for(self, officer: Officer, case: Case) -> frozenset[str]:
        """The numbers of other cases in the timeline of this one, those of cases that the officer may read."""
        named = {entry.text for entry in case.timeline if entry.what in ABOUT_OTHERS}
        if not named:
            return frozenset()
        query = {"reference": {"$in": sorted(named)}} | readable_by(officer)
        return frozenset([row["reference"] async for row in self._cases.collection.find(query, {"reference": 1})])

    async def one_for(self, officer: Officer, case_id: str) -> RelatedCase | None:
        """A case by its id; None when it is not there for this officer."""
        return next(iter(await self._rows({"_id": case_id}, officer)), None)

    async def by_reference(self, officer: Officer, text: str, action: Action) -> Case | None:
        """The case with this reference, with or without its hyphens; None when it is not there for this officer."""
        found = await self._cases.collection.find_one({"reference": reference_of(text) or text}, {"_id": 1})
        try:
            return await self._cases.get_for(officer, found["_id"], action) if found else None
        except NotFound:
            return None

    async def _rows(self, query: dict[str, Any], officer: Officer) -> list[RelatedCase]:
        found = self._cases.collection.find(query | readable_by(officer), FIELDS).limit(MOST)
        return [self._cases.read_as(RelatedCase, row) async for row in found]


def readable_by(officer: Officer) -> dict[str, Any]:
    """Query for the cases that this person may read, without erased ones."""
    return {"$or": [{"restriction": None}, {"restriction.to": officer.id}], "erased_at": None}
