"""Internal notes. The form stands on the page of the case."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.router.access import Action
from services.router.cases.domain.notes import take_note
from services.router.cases.forms import NoteForm
from services.router.cases.pages import Worker
from services.router.cases.pages.case import CasePages
from services.router.cases.pages.outcome import done
from shared.web.arriving import query_of
from shared.web.forms import read
from shared.web.pages import Page, see_other

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/cases/{case_id}/notes")
async def show_notes(request: Request, case_id: str, officer: Worker) -> Response:
    """Redirect to the form on the page of the case (such as after a log-in)."""
    return see_other(f"/cases/{case_id}?{query_of(request)}#notes")


@page.post("/cases/{case_id}/notes")
async def post_note(
    request: Request, case_id: str, officer: Worker, pages: Annotated[CasePages, Depends()]
) -> Response:
    """Take a note. What colleagues noted meanwhile stays beside it."""
    form, case = await read(NoteForm, request), await pages.cases.get_for(officer, case_id, Action.WORK)
    if form.errors:
        return await pages.again(request, case, form, status=422)
    await pages.cases.save(take_note(case, note_id=str(uuid4()), text=form.value.remark, by=officer, now=pages.now))
    return done(request, case, "noted")
