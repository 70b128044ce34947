"""The forms that give a colleague a link, and take it back; and the page behind a link that was taken back."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.replies.config import Settings
from services.replies.domain.handing_on import LinkTakenBack, hand_on, take_back_from
from services.replies.domain.writing import Refused
from services.replies.forms import BackForm, ColleagueForm
from services.replies.pages.frame import read_form, refused_page, show
from services.replies.store import Assignments
from shared.web.arriving import query_of
from shared.web.i18n import DEFAULT
from shared.web.pages import Page, render, see_other
from shared.web.provided import Now, provided
from shared.web.sent import kept, texts_of

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/a/{token}/colleagues/removal")
async def show_again(request: Request, token: str) -> Response:
    """A reload after the form was shown again."""
    return see_other(f"/a/{token}?{query_of(request)}")


@page.post("/a/{token}/colleagues")
async def post_colleague(
    request: Request,
    token: str,
    assignments: Annotated[Assignments, provided(Assignments)],
    settings: Annotated[Settings, provided(Settings)],
    now: Now,
) -> Response:
    """Give the message to a colleague, who gets a letter with a link of their own."""
    form, assignment = await read_form(ColleagueForm, request, token, assignments)
    if form.errors:
        return show(request, token, assignment, now, form, status=422)
    try:
        handed_on, announcing = hand_on(
            assignment,
            holder_id=uuid4().hex,
            name=form.value.colleague_name,
            email=form.value.colleague_email,
            note=form.value.colleague_note,
            by=form.value.colleague_by,
            secret=settings.secret_key.get_secret_value(),
            base_url=settings.replies_url,
            now=now,
        )
    except Refused as refused:
        return refused_page(request, token, assignment, now, form, refused)
    await assignments.save(handed_on, announcing=announcing)
    return see_other(f"/a/{token}#colleagues")


@page.post("/a/{token}/colleagues/removal")
async def post_removal(
    request: Request, token: str, assignments: Annotated[Assignments, provided(Assignments)], now: Now
) -> Response:
    """Take the message back from a colleague."""
    form, assignment = await read_form(BackForm, request, token, assignments)
    if form.errors:
        return show(request, token, assignment, now, form, status=422)
    try:
        taken_back, announcing = take_back_from(
            assignment, holder_id=form.value.holder_id, by=form.value.back_by, now=now
        )
    except Refused as refused:
        return refused_page(request, token, assignment, now, form, refused)
    await assignments.save(taken_back, announcing=announcing)
    return see_other(f"/a/{token}#colleagues")


async def link_taken_back(request: Request, error: Exception) -> Response:
    """The page for LinkTakenBack, with the draft and what was typed, so that it can be copied."""
    assert isinstance(error, LinkTakenBack)
    return render(
        request,
        "taken_back.html",
        assignment=error.assignment,
        holder=error.holder,
        submitted=texts_of(await kept(request)),
        ours=DEFAULT,
        status=410,
    )
