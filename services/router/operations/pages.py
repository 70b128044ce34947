"""What no service could process: administrators look, and send it again or discard it. The audit log says who did."""

from collections import Counter
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.desk import require
from services.router.operations.forms import ChoiceForm, DiscardForm
from services.router.records.domain import AuditAction, audit
from services.router.records.labels import audit_actions
from services.router.records.store import AuditLog
from shared.broker.parking import BrokerAway, Note, ParkingLot
from shared.clock import utc_now
from shared.parked import Parked, ParkedFilter
from shared.web.forms import Form, read
from shared.web.pages import Page, error_page, not_found, render, see_other, submitted_texts
from shared.web.provided import provided

page = APIRouter(route_class=Page, tags=["pages"])
Lot = Annotated[ParkingLot, provided(ParkingLot)]
Log = Annotated[AuditLog, provided(AuditLog)]
Reader = Annotated[Officer, require(Action.READ_PARKED)]
Operator = Annotated[Officer, require(Action.HANDLE_PARKED)]
SHOWN = 100


@page.get("/parked")
async def show_parked(
    request: Request, officer: Reader, lot: Lot, audit_log: Log, service: str = "", reason: str = ""
) -> Response:
    """What is parked, the oldest first, and what was done last."""
    found = await lot.look(ParkedFilter(service=service, reason=reason))
    reasons = Counter(parked.reason for parked in found).most_common()
    return render(
        request,
        "parked.html",
        parked=found[:SHOWN],
        count=len(found),
        reasons=[(why, count, _choice(service, reason=why)) for why, count in reasons],
        everything=_choice(service, reason=reason),
        entries=await audit_log.newest(limit=20),
        actions=audit_actions(request),
    )


@page.get("/parked/redrive")
async def show_redrive(
    request: Request, officer: Operator, lot: Lot, service: str = "", event_id: str = "", reason: str = ""
) -> Response:
    """What would be sent again."""
    chosen = ParkedFilter(service=service, event_id=event_id, reason=reason)
    form: Form[Any] = Form(values=vars(chosen))
    return render(request, "redrive.html", form=form, parked=await lot.look(chosen), shown=SHOWN)


@page.post("/parked/redrive")
async def post_redrive(request: Request, officer: Operator, lot: Lot, audit_log: Log) -> Response:
    """Send again what was chosen."""
    form = await read(ChoiceForm, request)
    chosen = ParkedFilter(**{**vars(ParkedFilter()), **form.values})
    if form.errors:
        return render(request, "redrive.html", form=form, parked=await lot.look(chosen), shown=SHOWN, status=422)
    await lot.redrive(chosen, _note(audit_log, AuditAction.REDRIVEN, officer))
    return see_other("/parked")


@page.get("/parked/{service}/{event_id}")
async def show_event(request: Request, service: str, event_id: str, officer: Reader, lot: Lot) -> Response:
    """Everything about one event."""
    return await _event(request, lot, ParkedFilter(service, event_id), Form())


@page.post("/parked/{service}/{event_id}/discard")
async def post_discard(
    request: Request, service: str, event_id: str, officer: Operator, lot: Lot, audit_log: Log
) -> Response:
    """Delete one event, with a reason."""
    form, chosen = await read(DiscardForm, request), ParkedFilter(service, event_id)
    if form.errors:
        return await _event(request, lot, chosen, form, status=422)
    await lot.discard(chosen, _note(audit_log, AuditAction.DISCARDED, officer, form.value.because))
    return see_other("/parked")


async def broker_away(request: Request, error: Exception) -> Response:
    """Nothing was done; what was submitted is kept."""
    assert isinstance(error, BrokerAway)
    return error_page(request, 503, await submitted_texts(request))


async def _event(
    request: Request, lot: ParkingLot, chosen: ParkedFilter, form: Form[Any], *, status: int = 200
) -> Response:
    found = await lot.look(chosen)
    if not found:
        raise not_found()
    again = _choice(chosen.service, event_id=chosen.event_id)
    return render(request, "parked_event.html", form=form, parked=found[0], again=again, status=status)


def _choice(service: str, **more: str) -> str:
    """Where it is shown what sending these again would do."""
    return "/parked/redrive?" + urlencode({k: v for k, v in {"service": service, **more}.items() if v})


def _note(audit_log: AuditLog, action: AuditAction, officer: Officer, because: str = "") -> Note:
    async def note(parked: Parked) -> None:
        entry = audit(action, parked, by=officer.name, actor=officer.actor, now=utc_now(), because=because)
        await audit_log.add(entry)

    return note
