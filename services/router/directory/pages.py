"""The directory of units, edited on the desk and imported from a table."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.accounts.domain import Role
from services.router.accounts.pages import Authenticator
from services.router.cases.labels import labels
from services.router.directory.domain import COLUMNS, BadTable, Unit, units_from_csv
from services.router.directory.forms import TableForm, UnitForm
from services.router.directory.store import Units
from shared.documents import AlreadyExists, NotFound
from shared.web.forms import Form, read
from shared.web.pages import not_found, render, see_other, web

TAKEN = "There is a unit with this code already."


def add(page: APIRouter, authenticator: Authenticator, directory: Units) -> None:
    """Everybody on the desk may look; administrators may change."""

    @page.get("/units")
    async def show_units(request: Request) -> Response:
        """The whole directory."""
        user = await authenticator.officer(request)
        return render(
            request, "units.html", units=await directory.all(), labels=labels(request), admin=user.may(Role.ADMIN)
        )

    @page.get("/units/new")
    async def show_new_unit(request: Request) -> Response:
        """An empty entry."""
        await authenticator.officer(request, Role.ADMIN)
        return await _entry(request, directory, Form(values={"active": "yes"}), new=True)

    @page.post("/units/new")
    async def post_new_unit(request: Request) -> Response:
        """Add a unit."""
        await authenticator.officer(request, Role.ADMIN)
        form = await read(UnitForm, request)
        if form.errors:
            return await _entry(request, directory, form, new=True, status=422)
        try:
            await directory.add(_unit(form.value))
        except AlreadyExists:
            form.errors = {"code": web(request).locale(request).gettext(TAKEN)}
            return await _entry(request, directory, form, new=True, status=409)
        return see_other("/units")

    @page.get("/units/import")
    async def show_import(request: Request) -> Response:
        """Where a table is pasted."""
        await authenticator.officer(request, Role.ADMIN)
        return render(request, "units_import.html", form=Form(), columns=COLUMNS)

    @page.post("/units/import")
    async def post_import(request: Request) -> Response:
        """Take a table in: all of it, or nothing."""
        await authenticator.officer(request, Role.ADMIN)
        form = await read(TableForm, request)
        if form.errors:
            return render(request, "units_import.html", form=form, columns=COLUMNS, status=422)
        try:
            units = units_from_csv(form.value.table)
        except BadTable as bad:
            _ = web(request).locale(request).gettext
            form.errors = {"table": _("Line {line}:").format(line=bad.line) + " " + _(str(bad))}
            return render(request, "units_import.html", form=form, columns=COLUMNS, status=422)
        await directory.put(units)
        return see_other("/units")

    @page.get("/units/{code}")
    async def show_unit(request: Request, code: str) -> Response:
        """One entry."""
        await authenticator.officer(request, Role.ADMIN)
        unit = await _found(directory, code)
        values = unit.model_dump() | {"code": unit.id, "active": "yes" if unit.active else ""}
        return await _entry(request, directory, Form(values=values), new=False)

    @page.post("/units/{code}")
    async def post_unit(request: Request, code: str) -> Response:
        """Change one entry; its code stays."""
        await authenticator.officer(request, Role.ADMIN)
        form, unit = await read(UnitForm, request), await _found(directory, code)
        if form.errors:
            return await _entry(request, directory, form, new=False, status=422)
        await directory.save(_unit(form.value).model_copy(update={"id": unit.id, "revision": unit.revision}))
        return see_other("/units")


async def _found(directory: Units, code: str) -> Unit:
    try:
        return await directory.get(code)
    except NotFound:
        raise not_found() from None


async def _entry(request: Request, directory: Units, form: Form[Any], *, new: bool, status: int = 200) -> Response:
    units = await directory.all()
    return render(request, "unit.html", form=form, new=new, units=units, labels=labels(request), status=status)


def _unit(form: UnitForm) -> Unit:
    return Unit(
        id=form.code,
        parent=form.parent,
        kind=form.kind,
        name_tr=form.name_tr,
        name_en=form.name_en,
        email=form.email,
        active=form.active == "yes",
    )
