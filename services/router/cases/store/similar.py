"""Cases that are about the same thing as a case. Reads the collection ``cases`` and writes nothing."""

from collections.abc import Sequence
from typing import Final

from pymongo.errors import ExecutionTimeout

from services.router.access import Officer
from services.router.cases.domain.case import Case
from services.router.cases.domain.facets import found_by
from services.router.cases.domain.links import RelatedCase
from services.router.cases.domain.similarity import ALIKE, FORTNIGHT, SHOWN, likeness, looked_for, stems
from services.router.cases.store.cases import Cases
from services.router.cases.store.related import FIELDS, readable_by

MOST: Final = 200
"""Candidates, the newest of the fortnight."""
MOST_TIME: Final = 50
"""Milliseconds. The page of the case does without similar ones then."""


class Similar:
    """Finds similar cases through the index of terms."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    async def of(self, officer: Officer, case: Case, *, without: Sequence[str] = ()) -> list[RelatedCase]:
        """At most SHOWN cases, the most similar first, those that the officer may read, without these ids."""
        said = f"{case.subject}\n{case.text}"
        terms = [found for term in looked_for(said) for found in found_by(officer.id, term)]
        if not terms:
            return []
        query = {
            "indexed.terms": {"$in": terms},
            "submitted_at": {"$gte": case.submitted_at - FORTNIGHT, "$lte": case.submitted_at + FORTNIGHT},
            "_id": {"$nin": [case.id, *without]},
        }
        found = self._cases.collection.find(query | readable_by(officer), [*FIELDS, "text"])
        newest = found.sort([("submitted_at", -1), ("_id", -1)]).limit(MOST).max_time_ms(MOST_TIME)
        own, alike = stems(said), list[tuple[float, RelatedCase]]()
        try:
            async for row in newest:
                degree = likeness(own, stems(f"{row['subject']}\n{row.pop('text')}"))
                if degree >= ALIKE:
                    alike.append((degree, self._cases.read_as(RelatedCase, row)))
        except ExecutionTimeout:
            return []
        return [one for _, one in sorted(alike, key=lambda pair: -pair[0])[:SHOWN]]
