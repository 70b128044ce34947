"""What a case has to do with others, for the pages that show it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from services.router.access import Action, Officer
from services.router.cases.domain.case import Case
from services.router.cases.domain.links import RelatedCase
from services.router.cases.pages import Reader
from services.router.cases.store.cases import Cases
from services.router.cases.store.related import Related
from services.router.cases.store.similar import Similar
from shared.web.provided import provided


@dataclass(frozen=True)
class Relations:
    """``primary`` is None also where this person may not read it. ``similar`` has none of the others."""

    primary: RelatedCase | None
    merged: list[RelatedCase]
    linked: list[RelatedCase]
    similar: list[RelatedCase]


async def relations_of(officer: Officer, case: Case, related: Related, similar: Similar) -> Relations:
    """What the case has to do with others that this person may read."""
    primary = await related.one_for(officer, case.merged_into) if case.merged_into else None
    merged, linked = await related.merged_for(officer, case.id), await related.linked_for(officer, case)
    known = [row.id for row in (*merged, *linked, *([primary] if primary else []))]
    return Relations(primary, merged, linked, await similar.of(officer, case, without=known))


async def _gather(
    request: Request,
    case_id: str,
    officer: Reader,
    cases: Annotated[Cases, provided(Cases)],
    related: Annotated[Related, provided(Related)],
    similar: Annotated[Similar, provided(Similar)],
) -> None:
    case = await cases.get_for(officer, case_id, Action.READ_CASES)
    request.state.relations = await relations_of(officer, case, related, similar)


gathered = Depends(_gather)
"""A dependency of the page of a case: ``request.state.relations`` has its Relations."""
