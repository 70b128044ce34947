"""What no service could process: administrators look, and send it again or discard it. The audit log says who did."""

from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.access import AuditAction as Recorded
from services.router.cases.domain.lists import Position
from services.router.desk import require
from services.router.operations.forms import ChoiceForm, DiscardForm
from services.router.operations.store import Note, ParkedEvents
from services.router.records.domain import AuditAction, audit
from services.router.records.labels import audit_actions
from services.router.records.store import AuditLog
from shared.audit import AuditRecords
from shared.broker.parking import BrokerAway
from shared.broker.topology import CONSUMERS
from shared.clock import utc_now
from shared.parked import Parked, ParkedFilter
from shared.seal import WrongKey
from shared.web.forms import Form, read
from shared.web.pages import Page, error_page, not_found, render, see_other
from shared.web.provided import provided
from shared.web.sent import kept

page = APIRouter(route_class=Page, tags=["pages"])
Reader = Annotated[Officer, require(Action.READ_PARKED)]
Operator = Annotated[Officer, require(Action.HANDLE_PARKED)]
SHOWN = 100
Wish = Annotated[str, Query(max_length=2_000)]
"""MongoDB takes no longer expression."""


@page.get("/parked")
async def show_parked(
    request: Request,
    officer: Reader,
    parked_events: Annotated[ParkedEvents, provided(ParkedEvents)],
    audit_log: Annotated[AuditLog, provided(AuditLog)],
    service: Wish = "",
    reason: Wish = "",
    event_id: Wish = "",
    after: Wish = "",
    left: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """What is parked, the oldest first, and what was done last. ``left`` events were to be sent again, and were not."""
    chosen = ParkedFilter(service, event_id, reason)
    found = await parked_events.page(chosen, after=Position.read(after), limit=SHOWN + 1)
    shown = found[:SHOWN]
    behind = Position(shown[-1].since, shown[-1].id) if len(found) > SHOWN else None
    return render(
        request,
        "parked.html",
        chosen=chosen,
        services=list(CONSUMERS),
        parked=shown,
        count=await parked_events.count(chosen),
        next=f"/parked?{urlencode({**_choice(chosen), 'after': str(behind)})}" if behind else None,
        left=left,
        reasons=[
            (why, count, _redrive(replace(chosen, reason=why))) for why, count in await parked_events.by_reason(chosen)
        ],
        everything=_redrive(chosen),
        entries=await audit_log.newest(limit=20),
        actions=audit_actions(request),
    )


@page.get("/parked/redrive")
async def show_redrive(
    request: Request,
    officer: Operator,
    parked_events: Annotated[ParkedEvents, provided(ParkedEvents)],
    service: Wish = "",
    event_id: Wish = "",
    reason: Wish = "",
) -> Response:
    """What would be sent again."""
    chosen = ParkedFilter(service, event_id, reason)
    return await _preview(request, parked_events, chosen, Form(values=vars(chosen)))


@page.post("/parked/redrive")
async def post_redrive(
    request: Request,
    officer: Operator,
    parked_events: Annotated[ParkedEvents, provided(ParkedEvents)],
    audit_log: Annotated[AuditLog, provided(AuditLog)],
) -> Response:
    """Send again what was chosen, and say when some of it stays."""
    form = await read(ChoiceForm, request)
    chosen = ParkedFilter(**{**vars(ParkedFilter()), **form.values})
    if form.errors:
        return await _preview(request, parked_events, chosen, form, status=422)
    outcome = await parked_events.redrive(chosen, _note(audit_log, AuditAction.REDRIVEN, officer))
    return see_other(f"/parked?left={outcome.left}" if outcome.left else "/parked")


@page.get("/parked/{service}/{event_id}")
async def show_event(
    request: Request,
    service: str,
    event_id: str,
    officer: Reader,
    parked_events: Annotated[ParkedEvents, provided(ParkedEvents)],
    audit: Annotated[AuditRecords, provided(AuditRecords)],
) -> Response:
    """Everything about one event, which may say much about a person: that it is read is recorded."""
    about = {"object_kind": "parked", "object_id": event_id[:200]}
    await audit.read(Recorded.PARKED_READ, actor=officer.actor, **about)
    return await _event(request, parked_events, ParkedFilter(service, event_id), Form())


@page.post("/parked/{service}/{event_id}/discard")
async def post_discard(
    request: Request,
    service: str,
    event_id: str,
    officer: Operator,
    parked_events: Annotated[ParkedEvents, provided(ParkedEvents)],
    audit_log: Annotated[AuditLog, provided(AuditLog)],
) -> Response:
    """Delete one event, with a reason."""
    form, chosen = await read(DiscardForm, request), ParkedFilter(service, event_id)
    if form.errors:
        return await _event(request, parked_events, chosen, form, status=422)
    await parked_events.discard(chosen, _note(audit_log, AuditAction.DISCARDED, officer, form.value.because))
    return see_other("/parked")


async def broker_away(request: Request, error: Exception) -> Response:
    """Nothing was done; what was submitted is kept."""
    assert isinstance(error, BrokerAway)
    return error_page(request, 503, await kept(request))


async def _preview(
    request: Request, parked_events: ParkedEvents, chosen: ParkedFilter, form: Form[Any], *, status: int = 200
) -> Response:
    shown, count = await parked_events.page(chosen, limit=SHOWN), await parked_events.count(chosen)
    return render(request, "redrive.html", form=form, parked=shown, count=count, status=status)


async def _event(
    request: Request, parked_events: ParkedEvents, chosen: ParkedFilter, form: Form[Any], *, status: int = 200
) -> Response:
    found = await parked_events.page(chosen, limit=1)
    if not found:
        raise not_found()
    try:
        content = parked_events.message(found[0]).content
    except WrongKey:
        content = ""
    return render(
        request,
        "parked_event.html",
        form=form,
        parked=found[0],
        content=content,
        again=_redrive(chosen),
        status=status,
    )


def _redrive(chosen: ParkedFilter) -> str:
    """Where it is shown what sending these again would do."""
    return f"/parked/redrive?{urlencode(_choice(chosen))}"


def _choice(chosen: ParkedFilter) -> dict[str, str]:
    return {name: value for name, value in vars(chosen).items() if value}


def _note(audit_log: AuditLog, action: AuditAction, officer: Officer, because: str = "") -> Note:
    async def note(parked: Parked) -> None:
        entry = audit(action, parked, by=officer.name, actor=officer.actor, now=utc_now(), because=because)
        await audit_log.add(entry)

    return note
