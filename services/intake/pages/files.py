"""Files: sent one at a time by scripts, and given to their writer; ``shared.files.granted`` gives them to others.

The units' files of an answer belong to another service: its writer gets a signed link to it.

A page with a form takes ``files: AttachedFiles`` in its signature (``shared.files.attached``).
"""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.intake.domain.files import files_of
from services.intake.domain.message import Message, message_id_of
from services.intake.store import Messages
from shared.file_links import FileLinks
from shared.files.attached import Attached, attached_files, remove_one, take_one
from shared.files.giving import give, give_preview
from shared.files.store import Files
from shared.files.uploads import Uploads
from shared.state import Actor, KeptFile
from shared.web.kept_files import OPENED
from shared.web.pages import Page, not_found, see_other
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])


def form_of(once: str) -> str:
    """The id under which the files of a form are kept: that of the message it becomes."""
    return message_id_of("form", once)


AttachedFiles = Annotated[Attached, attached_files(form_of)]
"""The files of the form that this page shows or takes."""
Kept = Annotated[Files, provided(Files)]
Store = Annotated[Messages, provided(Messages)]
Links = Annotated[FileLinks, provided(FileLinks)]
OURS = "intake"
OTHERS = ("replies",)
"""Owners of files, beside this service, that go to the writer of a message."""


@page.post("/files")
async def post_file(request: Request, uploads: Annotated[Uploads, provided(Uploads)]) -> Response:
    """Take one file of a form, as JSON: 201 with ``id``, ``name`` and ``size``, or 422 with the ``error``."""
    return await take_one(request, uploads, form_of)


@page.post("/files/{file_id}/removal")
async def remove_file(request: Request, file_id: str, uploads: Annotated[Uploads, provided(Uploads)]) -> Response:
    """Delete a file from a form that was not sent: 204, also when it is not there; 409 when it is being sent."""
    return await remove_one(request, uploads, form_of, file_id)


@page.get("/t/{code}/files/{file_id}")
async def show_own_file(
    request: Request, code: str, file_id: str, files: Kept, messages: Store, links: Links, now: Now
) -> Response:
    """Give a file to the writer of its message, or redirect to the service that owns it.

    404 for another code and for a file of another message alike.
    """
    message, file = await _named(code, file_id, messages)
    if file.owner != OURS:
        return see_other(links.to(file, _writer(message), now))
    return await give(request, files, await files.get(file_id))


@page.get("/t/{code}/files/{file_id}/preview")
async def show_own_preview(
    request: Request, code: str, file_id: str, files: Kept, messages: Store, links: Links, now: Now
) -> Response:
    """The small picture of a file, as ``show_own_file``."""
    message, file = await _named(code, file_id, messages)
    if file.owner != OURS:
        return see_other(links.to_preview(file, _writer(message), now))
    return await give_preview(request, files, await files.get(file_id))


async def _named(code: str, file_id: str, messages: Messages) -> tuple[Message, KeptFile]:
    """The file that the message names. One of others must be fit to be opened, by an owner that we lead to."""
    message = await messages.by_code(code)
    file = files_of(message).get(file_id)
    if file is None or (file.owner != OURS and (file.owner not in OTHERS or file.state not in OPENED)):
        raise not_found()
    return message, file


def _writer(message: Message) -> Actor:
    return Actor(kind="submitter", id=message.id)
