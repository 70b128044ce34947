"""Forms beside that of the reply: hand back, more time."""

from uuid import uuid4

from fastapi import APIRouter
from starlette.responses import Response

from services.replies.domain.writing import Overtaken, Refused, ask_for_time, decline
from services.replies.forms import DeclineForm, ExtensionForm
from services.replies.pages.beside import code_named
from services.replies.pages.frame import Link
from shared.web.pages import Page

page = APIRouter(route_class=Page, tags=["pages"])


@page.post("/a/{token}/decline")
async def post_decline(link: Link) -> Response:
    """Tell the hotline that another unit is responsible for the case."""
    form, assignment = await link.read(DeclineForm)
    if form.errors:
        return link.show(assignment, form)
    try:
        declined, announcing = decline(
            assignment,
            reason=form.value.reason,
            suggested_unit=form.value.suggested_unit or "",
            by=form.value.declined_by,
            drawn=form.value.drawn,
            now=link.now,
            suggested_code=code_named(link.request, assignment, form.value.suggested_unit or ""),
        )
    except (Refused, Overtaken) as refused:
        return link.refused(assignment, form, refused)
    return await link.done(declined, announcing)


@page.post("/a/{token}/extension")
async def post_extension(link: Link) -> Response:
    """Ask the hotline for more time."""
    form, assignment = await link.read(ExtensionForm)
    if form.errors:
        return link.show(assignment, form)
    try:
        asking, announcing = ask_for_time(
            assignment,
            request_id=str(uuid4()),
            days=form.value.extension_days,
            reason=form.value.extension_reason,
            by=form.value.extension_by,
            now=link.now,
        )
    except Refused as refused:
        return link.refused(assignment, form, refused)
    return await link.done(asking, announcing, "#more-time")
