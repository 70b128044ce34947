"""The page behind the link. A GET changes nothing but *the link was opened*."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.replies.domain.assignment import OFF, Assignment
from services.replies.domain.links import hash_token, token_in
from services.replies.domain.writing import view
from services.replies.pages.frame import show
from services.replies.store import Assignments
from shared.file_links import FileLinks
from shared.state import KeptFile
from shared.web.arriving import query_of, shown_to_person
from shared.web.csrf import bind
from shared.web.forms import Form
from shared.web.pages import Page, not_found, render, see_other
from shared.web.provided import Now, provided
from shared.web.sent import kept, texts_of

Act = Literal["reply", "draft", "decline", "extension", "colleagues", "question", "interim"]

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/")
async def show_start(request: Request) -> Response:
    """Tell a visitor without a link that the link is in the e-mail."""
    return render(request, "start.html", form=Form())


@page.get("/a/{token}")
async def show_assignment(
    request: Request, token: str, assignments: Annotated[Assignments, provided(Assignments)], now: Now
) -> Response:
    """Show the case, and the form for the unit's reply (5.4)."""
    if (clean := token_in(token)) and clean != token:
        return see_other(f"/a/{clean}?{query_of(request)}".rstrip("?"))
    bind(request, hash_token(token))
    assignment, viewed = view(await assignments.by_token(token), now)
    if viewed and shown_to_person(request):
        assignment = await assignments.save(assignment, announcing=viewed)
    return show(request, token, assignment, now)


@page.get("/a/{token}/{act}")
async def show_again(request: Request, token: str, act: Act) -> Response:
    """A reload after a form was shown again: the forms are on the page of the assignment."""
    return see_other(f"/a/{token}?{query_of(request)}")


@page.get("/a/{token}/files/{file_id}")
async def show_file(
    token: str,
    file_id: str,
    assignments: Annotated[Assignments, provided(Assignments)],
    links: Annotated[FileLinks, provided(FileLinks)],
    now: Now,
) -> Response:
    """Redirect to a file of the message, by a link that is valid for minutes."""
    assignment = await assignments.by_token(token)
    return see_other(links.to(_file(assignment, file_id), assignment.actor, now))


@page.get("/a/{token}/files/{file_id}/preview")
async def show_preview(
    token: str,
    file_id: str,
    assignments: Annotated[Assignments, provided(Assignments)],
    links: Annotated[FileLinks, provided(FileLinks)],
    now: Now,
) -> Response:
    """Redirect to the small picture of a file."""
    assignment = await assignments.by_token(token)
    return see_other(links.to_preview(_file(assignment, file_id), assignment.actor, now))


async def no_such_link(request: Request, error: Exception) -> Response:
    """The page for NotFound. What was typed is shown so that it can be copied."""
    bind(request, "")  # the form on this page belongs to no link
    return render(request, "no_such_link.html", form=Form(), submitted=texts_of(await kept(request)), status=404)


def _file(assignment: Assignment, file_id: str) -> KeptFile:
    """A file that the unit may open. Raises the 404 of ``not_found``, also when the unit is no longer asked."""
    for file in (*assignment.files, *(file for news in assignment.news for file in news.files)):
        if file.id == file_id and assignment.state not in OFF:
            return file
    raise not_found()
