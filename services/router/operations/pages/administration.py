"""The first page of the administration: what can be set by those who may, and what a new installation still lacks."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action, Officer, may
from services.router.accounts.store import Accounts
from services.router.cases.store.cases import Cases
from services.router.config import Settings
from services.router.desk import ADMINISTRATION, require
from services.router.directory.store import Units
from services.router.texts.store import InstitutionStore
from shared.web.pages import Page, render, web
from shared.web.provided import provided

page = APIRouter(route_class=Page, tags=["pages"])
Reader = Annotated[Officer, require(Action.READ_ADMINISTRATION)]


@dataclass(frozen=True)
class Step:
    """One step of a new installation."""

    label: str
    about: str
    url: str
    done: bool


@page.get("/administration")
async def show_administration(
    request: Request,
    officer: Reader,
    institutions: Annotated[InstitutionStore, provided(InstitutionStore)],
    accounts: Annotated[Accounts, provided(Accounts)],
    units: Annotated[Units, provided(Units)],
    cases: Annotated[Cases, provided(Cases)],
    settings: Annotated[Settings, provided(Settings)],
) -> Response:
    """Show what this person may set; to whoever sets the system up, the first steps, until all are done."""
    _ = web(request).locale(request).gettext
    places = [(_(label), url, _(about)) for label, url, about, action in ADMINISTRATION if may(officer, action)]
    steps = [
        Step(
            _("Institution"),
            _("Check name, addresses and logo."),
            "/administration/institution",
            (await institutions.stored()).revision > 0,
        ),
        Step(_("People"), _("Invite the officers of the hotline."), "/administration/people", await accounts.several()),
        Step(_("Units"), _("Add units, or import a table."), "/units", await units.any_active()),
        Step(
            _("A message of your own"),
            _("Send a message with the public form: it must arrive here, and its receipt at your address."),
            settings.intake_url,
            await cases.any(),
        ),
    ]
    open_steps = may(officer, Action.EDIT_INSTITUTION) and not all(step.done for step in steps[1:])
    return render(request, "administration.html", places=places, steps=steps if open_steps else [])
