"""When units and people of the desk are reminded."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.config import Settings
from services.router.desk import names_of, require
from services.router.texts.domain.institution import InstitutionSettings, changed
from services.router.texts.labels import changes_of
from services.router.texts.store import InstitutionStore
from shared.web.forms import Form, RequiredMessage, read
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
Editor = Annotated[Officer, require(Action.EDIT_CALENDAR)]
Stored = Annotated[InstitutionStore, provided(InstitutionStore)]
Environment = Annotated[Settings, provided(Settings)]
HERE = "/administration/reminders"
CHANGED = "Somebody else has changed this since you opened the page. What you typed is still here."
SHOWN = 20
"""Changes of the settings that the page shows."""
Before = Annotated[
    int,
    Field(ge=0, le=20),
    RequiredMessage("Please enter a number of days from 0 to 20.", "Please enter a number of days from 0 to 20."),
]
Again = Annotated[
    int,
    Field(ge=1, le=60),
    RequiredMessage("Please enter a number of days from 1 to 60.", "Please enter a number of days from 1 to 60."),
]
Untaken = Annotated[
    int,
    Field(ge=1, le=20),
    RequiredMessage("Please enter a number of days from 1 to 20.", "Please enter a number of days from 1 to 20."),
]
Hour = Annotated[int, Field(ge=0, le=23), RequiredMessage("Please choose an hour.", "Please choose an hour.")]


class ReminderForm(BaseModel):
    """When people are reminded; ``revision`` is that of the settings that were read."""

    revision: int = 0
    remind_before_days: Before
    remind_again_days: Again
    untaken_days: Untaken
    quiet_from: Hour
    quiet_until: Hour
    digest_hour: Hour


FIELDS = tuple(name for name in ReminderForm.model_fields if name != "revision")


@page.get(HERE)
async def show_reminders(request: Request, officer: Editor, stored: Stored, environment: Environment) -> Response:
    """Show when people are reminded."""
    settings = await stored.stored()
    values = {name: getattr(settings, name) for name in FIELDS}
    shown = {name: str(getattr(environment, name) if one is None else one) for name, one in values.items()}
    return await _page(request, settings, Form(values=shown | {"revision": settings.revision}))


@page.post(HERE)
async def post_reminders(
    request: Request, officer: Editor, stored: Stored, environment: Environment, now: Now
) -> Response:
    """Store what was changed. What is as the environment says is not stored: it follows the environment."""
    form, before = await read(ReminderForm, request), await stored.stored()
    if form.errors:
        return await _page(request, before, form, status=422)
    if form.value.revision != before.revision:
        form.errors = {"": web(request).locale(request).gettext(CHANGED)}
        form.values |= {"revision": before.revision}
        return await _page(request, before, form, status=409)
    given = form.value.model_dump(include=set(FIELDS))
    own = {name: None if one == getattr(environment, name) else one for name, one in given.items()}
    settings, announcing = changed(before, before.model_copy(update=own), by=officer.actor, at=now)
    if announcing:
        await stored.save(settings, announcing=announcing)
    return see_other(f"{HERE}?done=saved")


async def _page(request: Request, settings: InstitutionSettings, form: Form[Any], *, status: int = 200) -> Response:
    people = await names_of(request, (change.by.id for change in settings.history))
    return render(
        request,
        "reminders.html",
        form=form,
        saved="done" in request.query_params and not form.errors,
        history=changes_of(request, settings, people, FIELDS)[:SHOWN],
        hours=[(str(hour), f"{hour:02}.00") for hour in range(24)],
        status=status,
    )
