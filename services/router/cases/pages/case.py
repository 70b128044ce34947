"""The inbox and the case page."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.accounts.pages import Authenticator
from services.router.cases.domain.case import Case, CaseState
from services.router.cases.labels import due, labels, timeline
from services.router.cases.store import Cases
from services.router.directory.domain import Unit
from services.router.directory.store import Units
from shared.clock import clock
from shared.documents import NotFound
from shared.web.forms import Form
from shared.web.pages import not_found, render


def add(page: APIRouter, authenticator: Authenticator, cases: Cases, directory: Units) -> None:
    """What an officer looks at."""

    @page.get("/")
    async def show_inbox(request: Request, state: CaseState = CaseState.NEW, number: int = 1) -> Response:
        """The cases of one state; ``number`` is the page."""
        await authenticator.officer(request)
        number = max(1, min(number, 10_000))
        listed, more = await cases.inbox(state, page=number)
        now = clock()
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

    @page.get("/cases/{case_id}")
    async def show_case(request: Request, case_id: str) -> Response:
        """Everything about one case."""
        await authenticator.officer(request)
        return show(request, await found(cases, case_id), await directory.all())


async def found(cases: Cases, case_id: str) -> Case:
    """The case, or a page that says that there is none."""
    try:
        return await cases.get(case_id)
    except NotFound:
        raise not_found() from None


def show(
    request: Request, case: Case, units: list[Unit], *, form: Form[Any] | None = None, status: int = 200
) -> Response:
    """The case page; the routing form as it was typed."""
    now = clock()
    busy = {a.unit.code for a in case.assignments if a.open or a in case.pending}
    fresh = {"text": case.text, "units": [], "note": "", "share_identity": "" if case.hide_identity else "yes"}
    return render(
        request,
        "case.html",
        case=case,
        units=[unit for unit in units if unit.active and unit.id not in busy],
        form=form or Form(values=fresh),
        assignments=[(a, due(request, a.due_at if a.awaited else None, now)) for a in case.assignments],
        entries=timeline(request, case),
        labels=labels(request),
        status=status,
    )
