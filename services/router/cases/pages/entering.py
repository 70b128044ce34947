"""Entering a message that came by telephone, at the counter, on paper or by mail: the intake's own form takes it."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.cases.labels import CHANNELS
from services.router.cases.pages import Enterer
from shared.tickets import CHANNELS as ENTERED
from shared.tickets import TicketOffice
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/entering")
async def show_entering(
    request: Request,
    officer: Enterer,
    tickets: Annotated[TicketOffice, provided(TicketOffice)],
    now: Now,
    channel: str = "",
) -> Response:
    """Ask how the message came; with ``channel``, open the form with a fresh ticket."""
    for known in ENTERED:
        if channel == known:
            return see_other(tickets.address(officer.actor, officer.name, known, now))
    gettext = web(request).locale(request).gettext
    return render(request, "entering.html", channels=[(known, gettext(CHANNELS[known])) for known in ENTERED])
