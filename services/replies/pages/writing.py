"""The forms of the page: draft, reply, hand back, more time."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.replies.domain.writing import Overtaken, Refused, Unrevised, ask_for_time, decline, keep_draft, reply
from services.replies.forms import DeclineForm, DraftForm, ExtensionForm, ReplyForm
from services.replies.pages.beside import code_named
from services.replies.pages.frame import read_form, refused_page, show, unsaved
from services.replies.store import Assignments
from shared.web.forms import with_error
from shared.web.pages import Page, see_other
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])


@page.post("/a/{token}/reply")
async def post_reply(
    request: Request, token: str, assignments: Annotated[Assignments, provided(Assignments)], now: Now
) -> Response:
    """Send the reply to the hotline (5.4)."""
    form, assignment = await read_form(ReplyForm, request, token, assignments)
    if form.errors:
        return show(request, token, assignment, now, form, status=422)
    try:
        replied, announcing = reply(assignment, text=form.value.text, by=form.value.by, drawn=form.value.drawn, now=now)
    except (Refused, Overtaken, Unrevised) as refused:
        return refused_page(request, token, assignment, now, form, refused)
    await assignments.save(replied, announcing=announcing)
    return see_other(f"/a/{token}")


@page.post("/a/{token}/draft")
async def post_draft(
    request: Request, token: str, assignments: Annotated[Assignments, provided(Assignments)], now: Now
) -> Response:
    """Save what was typed so far."""
    form, assignment = await read_form(DraftForm, request, token, assignments)
    by_script = "application/json" in request.headers.get("accept", "")
    if form.errors:
        return unsaved(request, form) if by_script else show(request, token, assignment, now, form, status=422)
    try:
        drafted, announcing = keep_draft(
            assignment, text=form.value.text, by=form.value.by, drawn=form.value.drawn, now=now
        )
    except (Refused, Overtaken) as refused:
        again = with_error(form, refused, request)
        return unsaved(request, again) if by_script else refused_page(request, token, assignment, now, form, refused)
    if drafted is not assignment:
        await assignments.save(drafted, announcing=announcing)
    return Response(status_code=204) if by_script else see_other(f"/a/{token}#reply")


@page.post("/a/{token}/decline")
async def post_decline(
    request: Request, token: str, assignments: Annotated[Assignments, provided(Assignments)], now: Now
) -> Response:
    """Tell the hotline that another unit is responsible for the case."""
    form, assignment = await read_form(DeclineForm, request, token, assignments)
    if form.errors:
        return show(request, token, assignment, now, form, status=422)
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
        return refused_page(request, token, assignment, now, form, refused)
    await assignments.save(declined, announcing=announcing)
    return see_other(f"/a/{token}")


@page.post("/a/{token}/extension")
async def post_extension(
    request: Request, token: str, assignments: Annotated[Assignments, provided(Assignments)], now: Now
) -> Response:
    """Ask the hotline for more time."""
    form, assignment = await read_form(ExtensionForm, request, token, assignments)
    if form.errors:
        return show(request, token, assignment, now, form, status=422)
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
        return refused_page(request, token, assignment, now, form, refused)
    await assignments.save(asking, announcing=announcing)
    return see_other(f"/a/{token}#more-time")
