"""The next case of a list, and the preview of a case beside it."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action
from services.router.cases.domain.attention import attention
from services.router.cases.domain.lists import Position
from services.router.cases.labels import labels
from services.router.cases.pages import Reader
from services.router.cases.pages.listing import case_address, list_in
from services.router.cases.store.cases import Cases
from services.router.cases.store.inbox import Inbox
from shared.web.pages import Page, render, see_other
from shared.web.provided import provided

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/next")
async def show_next(request: Request, officer: Reader, cases: Annotated[Inbox, provided(Inbox)]) -> Response:
    """Go to the case behind the position ``at`` of a list; after the last one, to the first or to the list."""
    chosen = list_in(request.query_params, officer)
    at = Position.read(request.query_params.get("at", ""), chosen.order)
    found = await cases.beyond(chosen, at, 1) or [
        case for case in await cases.beyond(chosen, None, 1) if at is None or case.id != at.id
    ]
    if not found:
        return see_other(f"/?{chosen.query()}")
    return see_other(case_address(found[0].id, chosen, chosen.position(found[0])))


@page.get("/cases/{case_id}/preview")
async def show_preview(
    request: Request, case_id: str, officer: Reader, cases: Annotated[Cases, provided(Cases)]
) -> Response:
    """What a script shows beside the list: the text and the replies."""
    case = await cases.get_for(officer, case_id, Action.READ_CASES)
    return render(request, "preview.html", case=case, marks=attention(case), labels=labels(request))
