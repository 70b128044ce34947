"""Files: sent one at a time by scripts, and given to their writer; ``shared.files.granted`` gives them to others.

A page with a form takes ``files: AttachedFiles`` in its signature (``shared.files.attached``).
"""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.intake.domain.message import message_id_of
from services.intake.store import Messages
from shared.files.attached import Attached, attached_files, by_once, remove_one, take_one
from shared.files.giving import give, give_preview
from shared.files.named import files_in
from shared.files.store import Files, StoredFile
from shared.files.uploads import Uploads
from shared.web.pages import Page, not_found
from shared.web.provided import provided

page = APIRouter(route_class=Page, tags=["pages"])


def form_of(once: str) -> str:
    """The id under which the files of a form are kept: that of the message it becomes."""
    return message_id_of("form", once)


AttachedFiles = Annotated[Attached, attached_files(form_of)]
"""The files of the form that this page shows or takes."""
Kept = Annotated[Files, provided(Files)]


@page.post("/files")
async def post_file(request: Request, uploads: Annotated[Uploads, provided(Uploads)]) -> Response:
    """Take one file of a form, as JSON: 201 with ``id``, ``name`` and ``size``, or 422 with the ``error``."""
    return await take_one(request, uploads, by_once(form_of))


@page.post("/files/{file_id}/removal")
async def remove_file(request: Request, file_id: str, uploads: Annotated[Uploads, provided(Uploads)]) -> Response:
    """Delete a file from a form that was not sent: 204, also when it is not there; 409 when it is being sent."""
    return await remove_one(request, uploads, by_once(form_of), file_id)


@page.get("/t/{code}/files/{file_id}")
async def show_own_file(
    request: Request, code: str, file_id: str, files: Kept, messages: Annotated[Messages, provided(Messages)]
) -> Response:
    """Give a file to the writer of its message; 404 for another code and for a file of another message alike."""
    return await give(request, files, await _own(code, file_id, files, messages))


@page.get("/t/{code}/files/{file_id}/preview")
async def show_own_preview(
    request: Request, code: str, file_id: str, files: Kept, messages: Annotated[Messages, provided(Messages)]
) -> Response:
    """The small picture of a file, as ``show_own_file``."""
    return await give_preview(request, files, await _own(code, file_id, files, messages))


async def _own(code: str, file_id: str, files: Files, messages: Messages) -> StoredFile:
    if file_id not in files_in(await messages.by_code(code)):
        raise not_found()
    return await files.get(file_id)
