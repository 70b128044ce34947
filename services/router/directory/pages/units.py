"""The directory of units as a tree, and the form for one unit."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.directory.domain.health import unhealthy
from services.router.directory.domain.tree import Only, below, found, tree
from services.router.directory.domain.units import Unit, changed, in_circles, parents_with
from services.router.directory.forms import UnitForm
from services.router.directory.labels import unit_kinds
from services.router.directory.pages import Editor, Reader
from services.router.directory.store.health import UnitHealths
from services.router.directory.store.units import Units
from shared.documents import AlreadyExists
from shared.web.forms import Form, read
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
TAKEN = "There is a unit with this code already."
CHANGED = "Somebody else has changed this unit since you opened the page. What you typed is still here."
CIRCLE = "A unit cannot belong to itself, or to a unit that belongs to it."
LONGEST_SEARCH = 100


@page.get("/units")
async def show_units(
    request: Request,
    officer: Reader,
    directory: Annotated[Units, provided(Units)],
    healths: Annotated[UnitHealths, provided(UnitHealths)],
) -> Response:
    """Show all units as a tree, or as a list those that are looked for."""
    units, health = await directory.all(web(request).language(request)), await healths.by_code()
    ill = {unit.id for unit in units if unhealthy(unit, health.get(unit.id))}
    words, asked = request.query_params.get("q", "")[:LONGEST_SEARCH], request.query_params.get("only", "")
    only = Only(asked) if asked in list(Only) else None
    narrowed = bool(words.strip() or only)
    return render(
        request,
        "units.html",
        branches=() if narrowed else tree(units),
        found=found(units, words, only, ill) if narrowed else [],
        narrowed=narrowed,
        form=Form(values={"q": words, "only": only or ""}),
        names={unit.id: unit for unit in units},
        total=len(units),
        unhealthy=ill,
        kinds=unit_kinds(request),
    )


@page.get("/units/new")
async def show_new_unit(request: Request, officer: Editor, directory: Annotated[Units, provided(Units)]) -> Response:
    """Show the form for a new unit."""
    values = {"active": "yes", "takes_compliments": "yes", "parent": request.query_params.get("parent", "")[:40]}
    return await _entry(request, directory, Form(values=values), new=True)


@page.post("/units/new")
async def post_new_unit(
    request: Request, officer: Editor, directory: Annotated[Units, provided(Units)], now: Now
) -> Response:
    """Add a unit."""
    form = await read(UnitForm, request)
    if form.errors:
        return await _entry(request, directory, form, new=True, status=422)
    unit, announcing = changed(None, form.value.changed(), by=officer.actor, now=now)
    if unit.id == unit.parent:
        return await _entry(request, directory, _with(request, form, "parent", CIRCLE), new=True, status=422)
    try:
        await directory.add(unit, announcing=announcing)
    except AlreadyExists:
        return await _entry(request, directory, _with(request, form, "code", TAKEN), new=True, status=409)
    return see_other(f"/units/{unit.id}")


@page.get("/units/{code}/edit")
async def show_edit(
    request: Request, code: str, officer: Editor, directory: Annotated[Units, provided(Units)]
) -> Response:
    """Show the form for one unit."""
    unit = await directory.get(code)
    flags = {"active": "yes" if unit.active else "", "takes_compliments": "yes" if unit.takes_compliments else ""}
    values = unit.model_dump() | {"code": unit.id, "copies": list(unit.copies)} | flags
    return await _entry(request, directory, Form(values=values), new=False, code=code)


@page.post("/units/{code}")
async def post_unit(
    request: Request, code: str, officer: Editor, directory: Annotated[Units, provided(Units)], now: Now
) -> Response:
    """Change one unit. Its code cannot change."""
    form, unit = await read(UnitForm, request), await directory.get(code)
    if form.errors:
        return await _entry(request, directory, form, new=False, code=code, status=422)
    if form.value.revision not in (None, unit.revision):
        form.values |= {"revision": unit.revision, "now": unit}
        return await _entry(request, directory, _with(request, form, "", CHANGED), new=False, code=code, status=409)
    after, announcing = changed(unit, form.value.changed(unit), by=officer.actor, now=now)
    if code in in_circles(parents_with(await directory.all(), after)):
        return await _entry(
            request, directory, _with(request, form, "parent", CIRCLE), new=False, code=code, status=422
        )
    if after != unit:
        await directory.save(after, announcing=announcing)
    return see_other(f"/units/{code}")


def _with(request: Request, form: Form[UnitForm], field: str, sentence: str) -> Form[UnitForm]:
    form.errors = {field: web(request).locale(request).gettext(sentence)}
    return form


async def _entry(
    request: Request, directory: Units, form: Form[Any], *, new: bool, code: str = "", status: int = 200
) -> Response:
    """The form, without the parents that would make a circle."""
    units, kinds = await directory.all(web(request).language(request)), unit_kinds(request)
    under = below(units, code) | {code} if code else set()
    form.values["copies"] = "\n".join(form.values.get("copies") or ())
    possible: list[Unit] = [unit for unit in units if unit.id not in under]
    return render(request, "unit_form.html", form=form, new=new, code=code, units=possible, kinds=kinds, status=status)
