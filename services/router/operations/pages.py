"""What no service could process: administrators look, and send it again or discard it. The record says who did."""

from collections import Counter
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.accounts.domain import Role, User
from services.router.accounts.pages import Authenticator
from services.router.cases.labels import labels
from services.router.operations.forms import ChoiceForm, DiscardForm
from services.router.records.domain import AuditAction, audit
from services.router.records.store import AuditLog
from shared.broker.parking import BrokerAway, Note, ParkingLot
from shared.clock import clock
from shared.parked import Parked, ParkedFilter
from shared.web.forms import Form, read
from shared.web.pages import error_page, not_found, render, see_other, submitted_texts

SHOWN = 100


def add(page: APIRouter, authenticator: Authenticator, lot: ParkingLot, audit_log: AuditLog) -> None:
    """For administrators alone."""

    @page.get("/parked")
    async def show_parked(request: Request, service: str = "", reason: str = "") -> Response:
        """What is parked, the oldest first, and what was done last."""
        await authenticator.officer(request, Role.ADMIN)
        found = await lot.look(ParkedFilter(service=service, reason=reason))
        return render(
            request,
            "parked.html",
            parked=found[:SHOWN],
            count=len(found),
            reasons=[
                (why, n, _choice(service, reason=why)) for why, n in Counter(p.reason for p in found).most_common()
            ],
            everything=_choice(service, reason=reason),
            entries=await audit_log.newest(limit=20),
            labels=labels(request),
        )

    @page.get("/parked/redrive")
    async def show_redrive(request: Request, service: str = "", event_id: str = "", reason: str = "") -> Response:
        """What would be sent again."""
        await authenticator.officer(request, Role.ADMIN)
        chosen = ParkedFilter(service=service, event_id=event_id, reason=reason)
        form: Form[Any] = Form(values=vars(chosen))
        return render(request, "redrive.html", form=form, parked=await lot.look(chosen), shown=SHOWN)

    @page.post("/parked/redrive")
    async def post_redrive(request: Request) -> Response:
        """Send again what was chosen."""
        user = await authenticator.officer(request, Role.ADMIN)
        form = await read(ChoiceForm, request)
        chosen = ParkedFilter(**{**vars(ParkedFilter()), **form.values})
        if form.errors:
            return render(request, "redrive.html", form=form, parked=await lot.look(chosen), shown=SHOWN, status=422)
        await lot.redrive(chosen, _note(audit_log, AuditAction.REDRIVEN, user))
        return see_other("/parked")

    @page.get("/parked/{service}/{event_id}")
    async def show_event(request: Request, service: str, event_id: str) -> Response:
        """Everything about one event."""
        await authenticator.officer(request, Role.ADMIN)
        return await _event(request, lot, ParkedFilter(service, event_id), Form())

    @page.post("/parked/{service}/{event_id}/discard")
    async def post_discard(request: Request, service: str, event_id: str) -> Response:
        """Throw one event away, with a reason."""
        user = await authenticator.officer(request, Role.ADMIN)
        form = await read(DiscardForm, request)
        if form.errors:
            return await _event(request, lot, ParkedFilter(service, event_id), form, status=422)
        await lot.discard(
            ParkedFilter(service, event_id), _note(audit_log, AuditAction.DISCARDED, user, form.value.because)
        )
        return see_other("/parked")


async def broker_away(request: Request, error: Exception) -> Response:
    """Nothing was done; what was typed is kept."""
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


def _note(audit_log: AuditLog, deed: AuditAction, user: User, because: str = "") -> Note:
    async def note(parked: Parked) -> None:
        await audit_log.add(audit(deed, parked, by=user.id, now=clock(), because=because))

    return note
