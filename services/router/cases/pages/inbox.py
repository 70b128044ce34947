"""The inbox: the cases of one view."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.cases.domain.lists import CaseFilter, Position, View
from services.router.cases.domain.states import CaseState
from services.router.cases.labels import due, labels
from services.router.cases.pages import Reader
from services.router.cases.store.inbox import Inbox
from shared.web.pages import Page, render
from shared.web.provided import Now, provided

COLUMNS: Mapping[str, tuple[str, ...]] = {
    CaseState.ROUTED: ("unit", "due"),
    CaseState.REPLY_PENDING_REVIEW: ("unit", "due"),
    CaseState.RESOLVED: ("unit",),
    CaseState.CLOSED: ("unit",),
    "attention": ("unit", "due", "state"),
    "doubtful": ("doubts",),
}
"""The columns of a view that the others do not have: there they would be empty, or the same in each row."""

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/")
async def show_inbox(
    request: Request,
    officer: Reader,
    cases: Annotated[Inbox, provided(Inbox)],
    now: Now,
    state: View = CaseState.NEW,
    after: str = "",
    before: str = "",
) -> Response:
    """The cases of one view, after or before a position in the list (``domain.lists.Position``)."""
    chosen = CaseFilter(state, Position.read(after), Position.read(before))
    listed, counts = await cases.page(chosen), await cases.open_by_state() | await cases.count_views()
    counts[CaseState.NEW] = max(counts[CaseState.NEW] - counts["doubtful"], 0)
    return render(
        request,
        "inbox.html",
        rows=[(case, due(request, case.due_at, now)) for case in listed.cases],
        state=state,
        counts=counts,
        columns=COLUMNS.get(state, ()),
        previous=_at(state, before=listed.previous),
        next=_at(state, after=listed.next),
        past_the_end=bool(chosen.after and not listed.cases),
        labels=labels(request),
    )


def _at(state: View, **position: Position | None) -> str | None:
    """The URL of the list at a position; None without one."""
    ((name, where),) = position.items()
    return f"/?{urlencode({'state': state, name: str(where)})}" if where else None
