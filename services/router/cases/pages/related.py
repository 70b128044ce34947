"""What a case has to do with others, for the pages that show it."""

from dataclasses import dataclass

from services.router.access import Officer
from services.router.cases.domain.case import Case
from services.router.cases.domain.links import RelatedCase
from services.router.cases.store.related import Related
from services.router.cases.store.similar import Similar


@dataclass(frozen=True)
class Relations:
    """``primary`` is None also where this person may not read it. ``similar`` has none of the others.

    ``numbers`` are those in the timeline that this person may see.
    """

    primary: RelatedCase | None
    merged: list[RelatedCase]
    linked: list[RelatedCase]
    similar: list[RelatedCase]
    numbers: frozenset[str] = frozenset()


async def relations_of(officer: Officer, case: Case, related: Related, similar: Similar) -> Relations:
    """What the case has to do with others that this person may read."""
    primary = await related.one_for(officer, case.merged_into) if case.merged_into else None
    merged, linked = await related.merged_for(officer, case.id), await related.linked_for(officer, case)
    known = [row.id for row in (*merged, *linked, *([primary] if primary else []))]
    alike = await similar.of(officer, case, without=known)
    return Relations(primary, merged, linked, alike, await related.numbers_for(officer, case))
