"""The case file: everything about a case, to be printed."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action, AuditAction
from services.router.accounts.store import Accounts
from services.router.cases.labels import files_of, labels, timeline
from services.router.cases.pages import Reader
from services.router.cases.store.cases import Cases
from services.router.cases.store.related import Related
from shared.web.pages import Page, render
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/cases/{case_id}/print")
async def show_case_file(
    request: Request,
    case_id: str,
    officer: Reader,
    cases: Annotated[Cases, provided(Cases)],
    accounts: Annotated[Accounts, provided(Accounts)],
    related: Annotated[Related, provided(Related)],
    now: Now,
) -> Response:
    """Show the case file, with who printed it and when."""
    case = await cases.get_for(officer, case_id, Action.READ_CASES, reading=AuditAction.CASE_PRINTED)
    names, numbers = await accounts.names(case.officers), await related.numbers_for(officer, case)
    return render(
        request,
        "case_file.html",
        case=case,
        entries=list(reversed(timeline(request, case, names, numbers=numbers))),
        files=files_of(request, case),
        names=names,
        officer=officer,
        now=now,
        labels=labels(request),
    )
