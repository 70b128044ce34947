"""What is given out of a person's data. Each step is recorded."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import AuditAction
from services.router.records.domain.candidates import Group, ids_of, mails_of
from services.router.records.domain.requests import ask_for_export
from services.router.records.forms import StepForm
from services.router.records.pages.request_page import Pages, Protector
from shared.files.giving import give
from shared.files.store import Files
from shared.refused import Refused
from shared.web.forms import read, with_error
from shared.web.pages import Page, see_other
from shared.web.provided import provided

page = APIRouter(route_class=Page, tags=["pages"])
Kept = Annotated[Files, provided(Files)]


@page.post("/privacy/{request_id}/export")
async def post_export(request: Request, request_id: str, officer: Protector, pages: Pages) -> Response:
    """Have all services give out what is confirmed."""
    form, asked = await read(StepForm, request), await pages.read(request_id, officer)
    if form.errors:
        return await pages.show(request, asked, officer, form, status=422)
    ours = await pages.readable(officer, asked)
    ids = {
        "message_ids": ids_of(ours, Group.MESSAGE),
        "mail_ids": mails_of(ours),
        "signatures": ids_of(ours, Group.SIGNATURE),
    }
    try:
        wanted, announcing = ask_for_export(asked, **ids, by=officer, now=pages.now)
    except Refused as refused:
        return await pages.show(request, asked, officer, with_error(form, refused, request), status=409)
    await pages.requests.save(wanted, announcing=announcing)
    return see_other(f"/privacy/{request_id}?done=export#export")


@page.get("/privacy/{request_id}/export")
async def show_export(request: Request, request_id: str, officer: Protector, pages: Pages, files: Kept) -> Response:
    """Download the bundle; the page of the request where there is none (any more), or not for this officer.

    That it was read is recorded.
    """
    asked = await pages.read(request_id, officer)
    export = asked.export
    stored = await files.find_one(export.file.id) if export and export.file and not export.over(pages.now) else None
    if stored is None or not await pages.may_have(asked, officer):
        return see_other(f"/privacy/{request_id}#export")
    read_it = AuditAction.EXPORT_READ
    await pages.audit.write(read_it, actor=officer.actor, object_kind="person_request", object_id=asked.id)
    return await give(request, files, stored)
