"""The page of one case, with the routing form."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action
from services.router.accounts.store import Accounts
from services.router.cases.domain.attention import WRITTEN, attention
from services.router.cases.domain.case import Case
from services.router.cases.domain.parts import Assignment
from services.router.cases.labels import due, files_of, labels, timeline
from services.router.cases.pages import Reader
from services.router.cases.pages.outcome import confirmation, forget
from services.router.cases.pages.templates import NONE, Texts, offered
from services.router.cases.store.cases import Cases
from services.router.deadlines.domain.counting import Deadlines
from services.router.directory.domain import Unit
from services.router.directory.store import Units
from services.router.texts.domain import Use
from services.router.texts.store import Templates
from shared.kinds import Kind
from shared.refused import Refused
from shared.web.forms import Form
from shared.web.pages import Page, not_found, render
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/cases/{case_id}")
async def show_case(
    request: Request,
    case_id: str,
    officer: Reader,
    cases: Annotated[Cases, provided(Cases)],
    directory: Annotated[Units, provided(Units)],
    accounts: Annotated[Accounts, provided(Accounts)],
    templates: Annotated[Templates, provided(Templates)],
    deadlines: Annotated[Deadlines, provided(Deadlines)],
    now: Now,
) -> Response:
    """Show a case."""
    case = await cases.get_for(officer, case_id, Action.READ_CASES)
    texts = await offered(request, templates, case, Use.NOTE, days=deadlines.unit_days)
    names = await accounts.names(case.officers)
    return show(request, case, await directory.all(), names, texts=texts, now=now)


def show(
    request: Request,
    case: Case,
    units: list[Unit],
    names: Mapping[str, str],
    *,
    now: datetime,
    form: Form[Any] | None = None,
    texts: Texts = NONE,
    status: int = 200,
) -> Response:
    """The page of a case, with the routing form as submitted. ``names`` has the officers' names by account id."""
    busy = {a.unit.code for a in case.assignments if a.open or a in case.pending}
    suggested = [unit for unit in units if unit.id == case.suggested_unit]
    chosen_from = [unit for unit in units if unit.active and unit.id not in busy]
    confirmed = confirmation(request)
    response = render(
        request,
        "case.html",
        case=case,
        units=sorted(chosen_from, key=lambda unit: unit not in suggested),
        suggested=suggested[0].address if suggested else None,
        files=files_of(request, case),
        news=[mark for mark in attention(case) if mark in WRITTEN],
        form=form or Form(values=fresh_routing(case) | {"note": texts.chosen}),
        texts=texts,
        assignments=[(a, due(request, a.due_at if a.awaited else None, now)) for a in case.assignments],
        entries=timeline(request, case, names),
        confirmed=confirmed,
        labels=labels(request),
        status=status,
    )
    return forget(response, case) if confirmed else response


def fresh_routing(case: Case) -> dict[str, Any]:
    """The routing form as it is before anybody changes it: with all files that units may get."""
    shared = not case.hide_identity and case.kind != Kind.COMPLAINT
    files = [file.id for file in case.files if file.state != "infected"]
    return {
        "text": case.text,
        "units": [],
        "note": "",
        "share_identity": "yes" if shared else "",
        "files": files,
    }


def assignment_of(case: Case, assignment_id: str) -> Assignment:
    """The assignment of the case. Raises the 404 of ``not_found``."""
    try:
        return case.assignment(assignment_id)
    except Refused:
        raise not_found() from None
