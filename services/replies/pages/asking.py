"""The forms for what the unit says before its reply: a question to the submitter, and interim replies."""

from uuid import uuid4

from fastapi import APIRouter
from starlette.responses import Response

from services.replies.domain.asking import propose, send_interim
from services.replies.domain.writing import Refused
from services.replies.forms import InterimForm, QuestionForm
from services.replies.pages.frame import Link
from shared.web.pages import Page

page = APIRouter(route_class=Page, tags=["pages"])


@page.post("/a/{token}/question")
async def post_question(link: Link) -> Response:
    """Have the hotline ask the person who wrote."""
    form, assignment = await link.read(QuestionForm)
    if form.errors:
        return link.show(assignment, form)
    try:
        asking, announcing = propose(
            assignment, proposal_id=str(uuid4()), text=form.value.question, by=form.value.question_by, now=link.now
        )
    except Refused as refused:
        return link.refused(assignment, form, refused)
    return await link.done(asking, announcing, "#questions")


@page.post("/a/{token}/interim")
async def post_interim(link: Link) -> Response:
    """Send an interim reply; the assignment stays open."""
    form, assignment = await link.read(InterimForm)
    if form.errors:
        return link.show(assignment, form)
    try:
        informing, announcing = send_interim(
            assignment, interim_id=str(uuid4()), text=form.value.interim_text, by=form.value.interim_by, now=link.now
        )
    except Refused as refused:
        return link.refused(assignment, form, refused)
    return await link.done(informing, announcing, "#interims")
