"""The audit log: who signed in, what was refused, which accounts and addresses changed."""

from collections.abc import Iterable
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.accounts.labels import systems
from services.router.accounts.store import Accounts
from services.router.cases.domain.lists import Position
from services.router.desk import require
from services.router.records.labels import fields_of, object_of, recorded_actions
from shared.audit import AuditRecord, AuditRecords
from shared.web.pages import Page, render
from shared.web.provided import provided

page = APIRouter(route_class=Page, tags=["pages"])
SHOWN = 100


@page.get("/audit")
async def show_audit(
    request: Request,
    officer: Annotated[Officer, require(Action.READ_AUDIT)],
    audit: Annotated[AuditRecords, provided(AuditRecords)],
    accounts: Annotated[Accounts, provided(Accounts)],
    before: str = "",
) -> Response:
    """The records, the newest first; those before a position of the list."""
    position = Position.read(before)
    found = await audit.page(before=(position.at, position.id) if position else None, limit=SHOWN + 1)
    shown = found[:SHOWN]
    last = Position(shown[-1].at, shown[-1].id) if len(found) > SHOWN else None
    return render(
        request,
        "audit.html",
        records=[(record, fields_of(request, record), object_of(request, record)) for record in shown],
        names=systems(request) | await accounts.names(_accounts(shown)),
        actions=recorded_actions(request),
        next=f"/audit?before={quote(str(last))}" if last else None,
    )


def _accounts(records: Iterable[AuditRecord]) -> set[str]:
    actors = {record.actor.id for record in records if record.actor}
    return actors | {record.object_id for record in records if record.object_kind == "account"}
