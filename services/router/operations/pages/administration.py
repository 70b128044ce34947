"""The first page of the administration: what can be set, by those who may."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action, Officer, may
from services.router.desk import ADMINISTRATION, require
from shared.web.pages import Page, render, web

page = APIRouter(route_class=Page, tags=["pages"])
Reader = Annotated[Officer, require(Action.READ_ADMINISTRATION)]


@page.get("/administration")
async def show_administration(request: Request, officer: Reader) -> Response:
    """Show what this person may set."""
    _ = web(request).locale(request).gettext
    places = [(_(label), url, _(about)) for label, url, about, action in ADMINISTRATION if may(officer, action)]
    return render(request, "administration.html", places=places)
