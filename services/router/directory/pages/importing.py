"""Importing a table of units: a file or a text, then a preview, then the wish to apply it. And its way out."""

import asyncio
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from services.router.directory.domain.exporting import as_xlsx, table
from services.router.directory.domain.importing import Fault, TableRow, UnitImport, Verdict, read_rows
from services.router.directory.domain.tables import LARGEST, BadTable, rows_of, rows_of_text
from services.router.directory.domain.words import COLUMNS
from services.router.directory.forms import ApplyForm, TableForm, UnitForm
from services.router.directory.labels import columns, of_cell
from services.router.directory.pages import Editor, Reader
from services.router.directory.store.imports import UnitImports
from services.router.directory.store.units import Units
from shared.refused import Refused
from shared.tables import MEDIA_TYPE, as_csv
from shared.web.downloads import saved_as
from shared.web.forms import Form, read, told, with_error
from shared.web.pages import Page, not_found, render, see_other, web
from shared.web.provided import Now, provided
from shared.web.sent import FileLimits, sent, take_files

page = APIRouter(route_class=Page, tags=["pages"])
LIMITS = FileLimits(most=1, largest=LARGEST)
TONES = {
    Verdict.NEW: "success",
    Verdict.CHANGED: "progress",
    Verdict.UNCHANGED: "neutral",
    Verdict.WRONG: "danger",
}
NOTHING_SENT = "Please choose a file, or paste the table."


@page.get("/units/import")
async def show_import(request: Request, officer: Editor) -> Response:
    """Show the form for a table of units."""
    return render(request, "units_import.html", form=Form(), columns=columns(request))


@page.post("/units/import")
async def post_import(
    request: Request, officer: Editor, imports: Annotated[UnitImports, provided(UnitImports)], now: Now
) -> Response:
    """Read a table. Nothing of the directory changes before it is applied."""
    take_files(request, LIMITS)
    form = await read(TableForm, request)
    try:
        if form.errors:
            return render(request, "units_import.html", form=form, columns=columns(request), status=422)
        name, rows = await _read(request, form.value.table)
    except BadTable as bad:
        form = with_error(form, bad, request)
        return render(request, "units_import.html", form=form, columns=columns(request), status=422)
    finally:
        await (await sent(request)).close()
    erase = form.value.erase == "yes"
    of_table = UnitImport(id=str(uuid4()), at=now, by=officer.actor, name=name, rows=rows, erase=erase)
    await imports.add(of_table)
    return see_other(f"/units/imports/{of_table.id}")


@page.get("/units/imports/{import_id}")
async def show_preview(
    request: Request, import_id: str, officer: Editor, imports: Annotated[UnitImports, provided(UnitImports)]
) -> Response:
    """What each row would do, or, once it is applied, how much it has done."""
    return await _preview(request, imports, await _own(imports, import_id, officer), Form())


@page.post("/units/imports/{import_id}/application")
async def post_application(
    request: Request, import_id: str, officer: Editor, imports: Annotated[UnitImports, provided(UnitImports)]
) -> Response:
    """Do what the preview said, or, where that is not possible any more, show what would be done now."""
    form, of_table = await read(ApplyForm, request), await _own(imports, import_id, officer)
    if form.errors:
        return await _preview(request, imports, of_table, form, status=422)
    try:
        await imports.apply(of_table, form.value.digest)
    except Refused as refused:
        of_table = await imports.get(import_id)
        return await _preview(request, imports, of_table, with_error(form, refused, request), status=409)
    return see_other(f"/units/imports/{import_id}")


@page.get("/units/export.{kind}")
async def show_export(
    request: Request, kind: str, officer: Reader, directory: Annotated[Units, provided(Units)]
) -> Response:
    """The table of all units, as CSV or XLSX, which can be imported again."""
    headings = columns(request)
    rows = table(await directory.all(), [headings[name] for name in COLUMNS], of_cell(request))
    if kind == "csv":
        content, media = as_csv(rows), MEDIA_TYPE
    elif kind == "xlsx":
        content = await asyncio.to_thread(as_xlsx, rows)
        media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    else:
        raise not_found()
    name = web(request).locale(request).gettext("units") + f".{kind}"
    return Response(content, media_type=media, headers=saved_as(name))


async def _read(request: Request, pasted: str) -> tuple[str, tuple[TableRow, ...]]:
    """The name and the rows of the file that was sent, or of the text. Raises BadTable."""
    files = [item for item in (await sent(request)).getlist("file") if isinstance(item, UploadFile) and item.filename]
    if files:
        content = await files[0].read()
        return files[0].filename or "", read_rows(await asyncio.to_thread(rows_of, content))
    if not pasted.strip():
        raise BadTable(NOTHING_SENT)
    return "", read_rows(await asyncio.to_thread(rows_of_text, pasted))


async def _own(imports: UnitImports, import_id: str, officer: Editor) -> UnitImport:
    found = await imports.get(import_id)
    if found.by != officer.actor:
        raise not_found()
    return found


async def _preview(
    request: Request, imports: UnitImports, of_table: UnitImport, form: Form[Any], *, status: int = 200
) -> Response:
    planned = None if of_table.applied_at else await imports.plan(of_table)
    headings, label = columns(request), of_cell(request)
    rows = [
        {
            "line": row.line,
            "code": row.code or "–",
            "name": row.cells.get("name_tr") or (row.before.name_tr if row.before else ""),
            "verdict": row.verdict,
            "changes": [(headings[n], _said(row.before, n, label), _said(row.after, n, label)) for n in row.fields],
            "faults": [(headings.get(fault.column, fault.column), _why(request, fault)) for fault in row.faults],
        }
        for row in (planned.rows if planned else ())
    ]
    rows.sort(key=lambda row: row["verdict"] is not Verdict.WRONG)
    return render(
        request,
        "units_preview.html",
        table=of_table,
        plan=planned,
        rows=rows,
        form=form,
        tones=TONES,
        status=status,
    )


def _said(unit: Any, name: str, label: Any) -> str:
    value = getattr(unit, name)
    if isinstance(value, bool):
        return str(label(name, "yes" if value else "no"))
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(label(name, value)) if value else "–"


def _why(request: Request, fault: Fault) -> str:
    """What is wrong with a cell, as the form for one unit says it."""
    locale = web(request).locale(request)
    if fault.sentence:
        return locale.gettext(fault.sentence)
    return told(locale, UnitForm.model_fields.get(fault.column), fault.error)
