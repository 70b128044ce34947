"""The inbox: the cases of one state."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.cases.domain.case import CaseState
from services.router.cases.labels import due, labels
from services.router.cases.pages import CaseStore, Reader
from shared.web.pages import Page, render
from shared.web.provided import Now

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/")
async def show_inbox(
    request: Request, officer: Reader, cases: CaseStore, now: Now, state: CaseState = CaseState.NEW, number: int = 1
) -> Response:
    """The cases of one state; ``number`` is the page."""
    number = max(1, min(number, 10_000))
    listed, more = await cases.inbox(state, page=number)
    return render(
        request,
        "inbox.html",
        rows=[(case, due(request, case.due_at, now)) for case in listed],
        state=state,
        counts=await cases.open_by_state(),
        number=number,
        more=more,
        labels=labels(request),
    )
