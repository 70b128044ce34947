"""Forms beside that of the reply: hand back, more time."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.replies.domain.writing import Overtaken, Refused, ask_for_time, decline
from services.replies.forms import DeclineForm, ExtensionForm
from services.replies.pages.beside import code_named
from services.replies.pages.files import AttachedFiles
from services.replies.pages.frame import read_form, refused_page, show
from services.replies.store import Assignments
from shared.web.pages import Page, see_other
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])


@page.post("/a/{token}/decline")
async def post_decline(
    request: Request,
    token: str,
    assignments: Annotated[Assignments, provided(Assignments)],
    files: AttachedFiles,
    now: Now,
) -> Response:
    """Tell the hotline that another unit is responsible for the case."""
    form, assignment = await read_form(DeclineForm, request, token, assignments)
    if form.errors:
        return show(request, token, assignment, now, form, files=files, status=422)
    try:
        declined, announcing = decline(
            assignment,
            reason=form.value.reason,
            suggested_unit=form.value.suggested_unit or "",
            by=form.value.declined_by,
            drawn=form.value.drawn,
            now=now,
            suggested_code=code_named(request, assignment, form.value.suggested_unit or ""),
        )
    except (Refused, Overtaken) as refused:
        return refused_page(request, token, assignment, now, form, refused, files)
    await assignments.save(declined, announcing=announcing)
    return see_other(f"/a/{token}")


@page.post("/a/{token}/extension")
async def post_extension(
    request: Request,
    token: str,
    assignments: Annotated[Assignments, provided(Assignments)],
    files: AttachedFiles,
    now: Now,
) -> Response:
    """Ask the hotline for more time."""
    form, assignment = await read_form(ExtensionForm, request, token, assignments)
    if form.errors:
        return show(request, token, assignment, now, form, files=files, status=422)
    try:
        asking, announcing = ask_for_time(
            assignment,
            request_id=str(uuid4()),
            days=form.value.extension_days,
            reason=form.value.extension_reason,
            by=form.value.extension_by,
            now=now,
        )
    except Refused as refused:
        return refused_page(request, token, assignment, now, form, refused, files)
    await assignments.save(asking, announcing=announcing)
    return see_other(f"/a/{token}#more-time")
