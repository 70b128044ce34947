"""Closing a unit, merging it into another one, and deleting one that was never used."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.cases.store.of_units import CasesOfUnits
from services.router.desk import require
from services.router.directory.domain.ending import close, delete, handed_over, require_somewhere, successor_of
from services.router.directory.domain.tree import below
from services.router.directory.domain.units import Unit
from services.router.directory.store.units import Units
from shared.documents import Conflict
from shared.refused import Refused
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
Editor = Annotated[Officer, require(Action.EDIT_DIRECTORY)]
REASON = "The unit is no longer in use. The message was passed on to: {unit}."
"""What the former unit is told, in its letter."""


class ClosingForm(BaseModel):
    """Into which unit (none: it is only closed), and whether open cases ``move`` there or ``stay``."""

    into: str = ""
    cases: Literal["move", "stay"] = "stay"


class DeletionForm(BaseModel):
    """Nothing but the wish."""


@page.get("/units/{code}/closing")
async def show_closing(
    request: Request,
    code: str,
    officer: Editor,
    directory: Annotated[Units, provided(Units)],
    of_units: Annotated[CasesOfUnits, provided(CasesOfUnits)],
) -> Response:
    """Ask what becomes of the unit, or, once that was said, show with numbers what would happen."""
    asked = request.query_params
    form: Form[Any] = Form(values={"into": asked.get("into", "")[:40], "cases": asked.get("cases", "stay")[:10]})
    return await _show(request, await directory.get(code), directory, of_units, form, preview="cases" in asked)


@page.post("/units/{code}/closing")
async def post_closing(
    request: Request,
    code: str,
    officer: Editor,
    directory: Annotated[Units, provided(Units)],
    of_units: Annotated[CasesOfUnits, provided(CasesOfUnits)],
    now: Now,
) -> Response:
    """Close the unit. Its open cases move at once; what cannot move now follows by itself."""
    form, unit = await read(ClosingForm, request), await directory.get(code)
    if form.errors:
        return await _show(request, unit, directory, of_units, form, status=422)
    units, moving = await directory.all(web(request).language(request)), form.value.cases == "move"
    try:
        into = successor_of(unit, units, form.value.into)
        reason = _reason(request, into)
        closed, announcing = close(unit, into, moving=moving, reason=reason, by=officer, now=now)
    except Refused as refused:
        return await _show(request, unit, directory, of_units, with_error(form, refused, request), status=409)
    under = handed_over(unit, into, units, by=officer, now=now)
    if len(await directory.put(under)) < len(under):
        raise Conflict(code)
    await directory.save(closed, announcing=announcing)
    await of_units.move(code)
    return see_other(f"/units/{code}")


@page.post("/units/{code}/deletion")
async def post_deletion(
    request: Request,
    code: str,
    officer: Editor,
    directory: Annotated[Units, provided(Units)],
    of_units: Annotated[CasesOfUnits, provided(CasesOfUnits)],
    now: Now,
) -> Response:
    """Delete a unit that was never used."""
    form, unit = await read(DeletionForm, request), await directory.get(code)
    if form.errors:
        return await _show(request, unit, directory, of_units, form, status=422)
    try:
        used = await of_units.used(code)
        announcing = delete(unit, await directory.all(), used=used, by=officer, now=now)
    except Refused as refused:
        return await _show(request, unit, directory, of_units, with_error(form, refused, request), status=409)
    await directory.delete(unit, announcing=announcing)
    return see_other("/units")


async def _show(
    request: Request,
    unit: Unit,
    directory: Units,
    of_units: CasesOfUnits,
    form: Form[Any],
    *,
    preview: bool = False,
    status: int = 200,
) -> Response:
    units, into, moving = await directory.all(web(request).language(request)), None, form.values.get("cases") == "move"
    under = below(units, unit.id) | {unit.id}
    if preview:
        try:
            into = successor_of(unit, units, form.values["into"])
            require_somewhere(into, moving=moving)
        except Refused as refused:
            form, preview, status = with_error(form, refused, request), False, 422
    return render(
        request,
        "unit_closing.html",
        unit=unit,
        into=into,
        form=form,
        preview=preview,
        moving=moving,
        possible=[other for other in units if other.active and other.id not in under],
        below=[other for other in units if other.parent == unit.id],
        numbers=await of_units.open(unit.id),
        never_used=not await of_units.used(unit.id) and not any(unit.id in (o.parent, o.successor) for o in units),
        status=status,
    )


def _reason(request: Request, into: Unit | None) -> str:
    """In Turkish, as all that is written to units without their language being asked for."""
    return web(request).locales["tr"].gettext(REASON).format(unit=into.name_tr) if into else ""
