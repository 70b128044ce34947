"""The page behind the link. A GET changes nothing but *the link was opened*."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.replies.domain.links import token_in
from services.replies.domain.writing import view
from services.replies.pages.files import Taking, attached
from services.replies.pages.frame import show
from services.replies.store import Assignments
from shared.audit import AuditRecords
from shared.web.arriving import query_of, shown_to_person
from shared.web.client import client_of
from shared.web.csrf import bind
from shared.web.forms import Form
from shared.web.pages import Page, render, see_other
from shared.web.provided import Now, provided
from shared.web.sent import kept, texts_of

Act = Literal["reply", "draft", "decline", "extension", "withdrawal", "colleagues", "question", "interim"]

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/")
async def show_start(request: Request) -> Response:
    """Tell a visitor without a link that the link is in the e-mail."""
    return render(request, "start.html", form=Form())


@page.get("/a/{token}")
async def show_assignment(
    request: Request,
    token: str,
    assignments: Annotated[Assignments, provided(Assignments)],
    uploads: Taking,
    now: Now,
) -> Response:
    """Show the case, and the form for the unit's reply (5.4)."""
    if (clean := token_in(token)) and clean != token:
        return see_other(f"/a/{clean}?{query_of(request)}".rstrip("?"))
    files = await attached(request, token, assignments, uploads)
    assignment, viewed = view(await assignments.by_token(token), now)
    if viewed and shown_to_person(request):
        assignment = await assignments.save(assignment, announcing=viewed)
    waiting = 0 if assignment.writable else len(await assignments.waiting_of(assignment))
    return show(request, token, assignment, now, files=files, waiting=waiting)


@page.get("/a/{token}/{act}")
async def show_again(request: Request, token: str, act: Act) -> Response:
    """A reload after a form was shown again: the forms are on the page of the assignment."""
    return see_other(f"/a/{token}?{query_of(request)}")


async def no_such_link(request: Request, error: Exception) -> Response:
    """The page for NotFound, which is counted. What was typed is shown so that it can be copied."""
    audit: AuditRecords = request.app.state.provided[AuditRecords]
    await audit.count("link_refused", client_of(request))
    bind(request, "")  # the form on this page belongs to no link
    return render(request, "no_such_link.html", form=Form(), submitted=texts_of(await kept(request)), status=404)
