"""The forms for what the unit says before its reply: a question to the submitter, and interim replies."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.replies.domain.asking import propose, send_interim
from services.replies.domain.writing import Refused
from services.replies.forms import InterimForm, QuestionForm
from services.replies.pages.frame import read_form, refused_page, show
from services.replies.store import Assignments
from shared.web.pages import Page, see_other
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])


@page.post("/a/{token}/question")
async def post_question(
    request: Request, token: str, assignments: Annotated[Assignments, provided(Assignments)], now: Now
) -> Response:
    """Have the hotline ask the person who wrote."""
    form, assignment = await read_form(QuestionForm, request, token, assignments)
    if form.errors:
        return show(request, token, assignment, now, form, status=422)
    try:
        asking, announcing = propose(
            assignment, proposal_id=str(uuid4()), text=form.value.question, by=form.value.question_by, now=now
        )
    except Refused as refused:
        return refused_page(request, token, assignment, now, form, refused)
    if announcing:
        await assignments.save(asking, announcing=announcing)
    return see_other(f"/a/{token}#questions")


@page.post("/a/{token}/interim")
async def post_interim(
    request: Request, token: str, assignments: Annotated[Assignments, provided(Assignments)], now: Now
) -> Response:
    """Send an interim reply; the assignment stays open."""
    form, assignment = await read_form(InterimForm, request, token, assignments)
    if form.errors:
        return show(request, token, assignment, now, form, status=422)
    try:
        informing, announcing = send_interim(
            assignment, interim_id=str(uuid4()), text=form.value.interim_text, by=form.value.interim_by, now=now
        )
    except Refused as refused:
        return refused_page(request, token, assignment, now, form, refused)
    if announcing:
        await assignments.save(informing, announcing=announcing)
    return see_other(f"/a/{token}#interims")
