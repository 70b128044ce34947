"""The forms that give a colleague a link, and take it back; and the page behind a link that was taken back."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.replies.config import Settings
from services.replies.domain.handing_on import LinkTakenBack, hand_on, take_back_from
from services.replies.domain.writing import Refused
from services.replies.forms import BackForm, ColleagueForm
from services.replies.pages.frame import Link
from shared.web.arriving import query_of
from shared.web.i18n import DEFAULT
from shared.web.pages import Page, render, see_other
from shared.web.provided import provided
from shared.web.sent import kept, texts_of

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/a/{token}/colleagues/removal")
async def show_again(request: Request, token: str) -> Response:
    """A reload after the form was shown again."""
    return see_other(f"/a/{token}?{query_of(request)}")


@page.post("/a/{token}/colleagues")
async def post_colleague(link: Link, settings: Annotated[Settings, provided(Settings)]) -> Response:
    """Give the message to a colleague, who gets a letter with a link of their own."""
    form, assignment = await link.read(ColleagueForm)
    if form.errors:
        return link.show(assignment, form)
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
            now=link.now,
        )
    except Refused as refused:
        return link.refused(assignment, form, refused)
    return await link.done(handed_on, announcing, "#colleagues")


@page.post("/a/{token}/colleagues/removal")
async def post_removal(link: Link) -> Response:
    """Take the message back from a colleague."""
    form, assignment = await link.read(BackForm)
    if form.errors:
        return link.show(assignment, form)
    try:
        taken_back, announcing = take_back_from(
            assignment, holder_id=form.value.holder_id, by=form.value.back_by, now=link.now
        )
    except Refused as refused:
        return link.refused(assignment, form, refused)
    return await link.done(taken_back, announcing, "#colleagues")


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
