"""The directory of units: every role reads it, administrators edit and import it."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.desk import require
from services.router.directory.domain import COLUMNS, BadTable, Unit, unit_changed, units_from_csv
from services.router.directory.forms import TableForm, UnitForm
from services.router.directory.labels import unit_kinds
from services.router.directory.store import Units
from shared.documents import AlreadyExists
from shared.events import done_by
from shared.web.forms import Form, read
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
Reader = Annotated[Officer, require(Action.READ_DIRECTORY)]
Editor = Annotated[Officer, require(Action.EDIT_DIRECTORY)]
TAKEN = "There is a unit with this code already."
CHANGED = "Somebody else has changed this unit since you opened the page. What you typed is still here."


@page.get("/units")
async def show_units(request: Request, officer: Reader, directory: Annotated[Units, provided(Units)]) -> Response:
    """Show all units."""
    return render(request, "units.html", units=await directory.all(), kinds=unit_kinds(request))


@page.get("/units/new")
async def show_new_unit(request: Request, officer: Editor, directory: Annotated[Units, provided(Units)]) -> Response:
    """Show the form for a new unit."""
    return await _entry(request, directory, Form(values={"active": "yes"}), new=True)


@page.post("/units/new")
async def post_new_unit(
    request: Request, officer: Editor, directory: Annotated[Units, provided(Units)], now: Now
) -> Response:
    """Add a unit."""
    form = await read(UnitForm, request)
    if form.errors:
        return await _entry(request, directory, form, new=True, status=422)
    try:
        unit = _unit(form.value)
        await directory.add(unit, announcing=done_by(officer.actor, *unit_changed(None, unit, now)))
    except AlreadyExists:
        form.errors = {"code": web(request).locale(request).gettext(TAKEN)}
        return await _entry(request, directory, form, new=True, status=409)
    return see_other("/units")


@page.get("/units/import")
async def show_import(request: Request, officer: Editor) -> Response:
    """Show the form for a table of units."""
    return render(request, "units_import.html", form=Form(), columns=COLUMNS)


@page.post("/units/import")
async def post_import(request: Request, officer: Editor, directory: Annotated[Units, provided(Units)]) -> Response:
    """Import a table of units; nothing, if one line is invalid."""
    form = await read(TableForm, request)
    if form.errors:
        return render(request, "units_import.html", form=form, columns=COLUMNS, status=422)
    try:
        units = units_from_csv(form.value.table)
    except BadTable as bad:
        _ = web(request).locale(request).gettext
        form.errors = {"table": _("Line {line}:").format(line=bad.line) + " " + _(str(bad))}
        return render(request, "units_import.html", form=form, columns=COLUMNS, status=422)
    await directory.put(units, by=officer.actor)
    return see_other("/units")


@page.get("/units/{code}")
async def show_unit(
    request: Request, code: str, officer: Editor, directory: Annotated[Units, provided(Units)]
) -> Response:
    """Show the form for one unit."""
    unit = await directory.get(code)
    values = unit.model_dump() | {"code": unit.id, "active": "yes" if unit.active else ""}
    return await _entry(request, directory, Form(values=values), new=False)


@page.post("/units/{code}")
async def post_unit(
    request: Request, code: str, officer: Editor, directory: Annotated[Units, provided(Units)], now: Now
) -> Response:
    """Change one unit. Its code cannot change."""
    form, unit = await read(UnitForm, request), await directory.get(code)
    if form.errors:
        return await _entry(request, directory, form, new=False, status=422)
    if form.value.revision not in (None, unit.revision):
        form.errors = {"": web(request).locale(request).gettext(CHANGED)}
        form.values |= {"revision": unit.revision, "now": unit}
        return await _entry(request, directory, form, new=False, status=409)
    changed = unit.model_copy(update=_unit(form.value).model_dump(exclude={"id", "revision"}))
    await directory.save(changed, announcing=done_by(officer.actor, *unit_changed(unit, changed, now)))
    return see_other("/units")


async def _entry(request: Request, directory: Units, form: Form[Any], *, new: bool, status: int = 200) -> Response:
    units, kinds = await directory.all(), unit_kinds(request)
    return render(request, "unit.html", form=form, new=new, units=units, kinds=kinds, status=status)


def _unit(form: UnitForm) -> Unit:
    return form.unit(active=form.active == "yes")
