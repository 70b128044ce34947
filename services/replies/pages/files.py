"""Files: those of the message and of earlier replies are opened, those of the reply are attached to it.

What is attached belongs to the assignment: each device with its link sees the same. Who attaches or removes something
has typed the check: programs of mail servers press every button.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.replies.domain.assignment import OFF, Assignment
from services.replies.domain.links import hash_token
from services.replies.domain.writing import proves
from services.replies.store import Assignments
from shared.audit import AuditRecords
from shared.file_links import FileLinks
from shared.files.accepted import FileRefused, safe_name
from shared.files.attached import FIELD, Attached, fields_with_files, files_of, remove_one, take_one
from shared.files.named import files_in
from shared.files.store import Files
from shared.files.uploads import Uploads
from shared.state import KeptFile
from shared.web.csrf import FIELD as CSRF
from shared.web.csrf import bind
from shared.web.pages import Page, not_found, see_other, web
from shared.web.provided import Now, provided
from shared.web.sent import sent

page = APIRouter(route_class=Page, tags=["pages"])
CHECK_FIELD = "check"
CHOOSE_AGAIN = "Please choose the files again: they are attached once you have typed the four characters."
Kept = Annotated[Files, provided(Files)]
Known = Annotated[Assignments, provided(Assignments)]
Taking = Annotated[Uploads, provided(Uploads)]


async def attached(request: Request, token: str, assignments: Known, uploads: Taking) -> Attached:
    """A dependency: the files of the reply; on a POST, after what was sent with the form was stored."""
    done: Attached | None = getattr(request.state, "attached", None)  # after a conflict a page runs again
    if done:
        return done
    bind(request, hash_token(token))
    assignment = await assignments.by_token(token)
    files = Attached(request, uploads, upload_url=f"/a/{token}/files", proof=CHECK_FIELD)
    if request.method == "POST":
        fields = await fields_with_files(request, uploads)
        try:
            if _proved(request, fields, assignment):
                await files.take(fields, assignment.actor.id)
            elif files_of(fields):
                files.error = web(request).locale(request).gettext(CHOOSE_AGAIN)
        finally:
            await fields.close()
    await files.look(assignment.actor.id)
    request.state.attached = files
    return files


AttachedFiles = Annotated[Attached, Depends(attached)]
"""The files of the reply that this page shows or takes."""


@page.post("/a/{token}/files")
async def post_file(request: Request, token: str, assignments: Known, uploads: Taking) -> Response:
    """Take one file of the reply from a script, as JSON: 201 with ``id``, ``name`` and ``size``; 422 with why not."""

    async def form_of(request: Request) -> str | None:
        given = (await sent(request)).get(FIELD)
        return await _form(request, token, assignments, "unproved", str(getattr(given, "filename", "") or ""))

    return await take_one(request, uploads, form_of)


@page.post("/a/{token}/files/{file_id}/removal")
async def remove_file(request: Request, token: str, file_id: str, assignments: Known, uploads: Taking) -> Response:
    """Take a file off the reply, for a script: 204, also when it is not there. An earlier reply keeps its own."""

    async def form_of(request: Request) -> str | None:
        return await _form(request, token, assignments, "unproved_removal", "")

    return await remove_one(request, uploads, form_of, file_id)


@page.get("/a/{token}/files/{file_id}")
async def show_file(
    token: str,
    file_id: str,
    assignments: Known,
    files: Kept,
    links: Annotated[FileLinks, provided(FileLinks)],
    audit: Annotated[AuditRecords, provided(AuditRecords)],
    now: Now,
) -> Response:
    """Redirect to a file of the message or of a reply, by a link that is valid for minutes."""
    assignment = await assignments.by_token(token)
    file = await _file(assignment, file_id, files)
    about = {"object_kind": "file", "object_id": file.id, "message_id": assignment.message_id}
    await audit.read("file_opened", actor=assignment.actor, **about)
    return see_other(links.to(file, assignment.actor, now))


@page.get("/a/{token}/files/{file_id}/preview")
async def show_preview(
    token: str,
    file_id: str,
    assignments: Known,
    files: Kept,
    links: Annotated[FileLinks, provided(FileLinks)],
    now: Now,
) -> Response:
    """Redirect to the small picture of a file."""
    assignment = await assignments.by_token(token)
    return see_other(links.to_preview(await _file(assignment, file_id, files), assignment.actor, now))


async def _file(assignment: Assignment, file_id: str, files: Files) -> KeptFile:
    """A file that the unit may open. Raises the 404 of ``not_found``, also when the unit is no longer asked."""
    if assignment.state in OFF:
        raise not_found()
    if named := files_in(assignment).get(file_id):
        return named
    stored = await files.find_one(file_id)
    if stored is None or stored.form != assignment.actor.id:
        raise not_found()
    return KeptFile.model_validate(stored.ref)


async def _form(request: Request, token: str, assignments: Assignments, unproved: str, name: str) -> str | None:
    """The id under which the files of this link's reply are attached; None for a form that is not ours.

    Raises FileRefused when no person has typed the check.
    """
    bind(request, hash_token(token))
    fields, assignment = await sent(request), await assignments.by_token(token)
    if not web(request).csrf.accepts(request, str(fields.get(CSRF, ""))) or not assignment.writable:
        return None
    if not proves(assignment, str(fields.get(CHECK_FIELD, ""))):
        raise FileRefused(unproved, name=safe_name(name))
    return assignment.actor.id


def _proved(request: Request, fields: Any, assignment: Assignment) -> bool:
    ours = web(request).csrf.accepts(request, str(fields.get(CSRF, "")))
    return ours and assignment.writable and proves(assignment, str(fields.get(CHECK_FIELD, "")))
