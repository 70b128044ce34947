"""Files: sent one at a time by scripts, and given to their writer; ``shared.files.granted`` gives them to others.

A file that another service owns is given by that one: the page leads there by a link that is valid for minutes.

A page with a form takes ``files: AttachedFiles`` in its signature (``shared.files.attached``).
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.intake.domain.message import message_id_of
from services.intake.store import Messages
from shared.audit import AuditRecords
from shared.file_links import FileLinks, preview_link
from shared.files.attached import Attached, attached_files, by_once, remove_one, take_one
from shared.files.giving import give, give_preview
from shared.files.named import files_in
from shared.files.store import Files
from shared.files.uploads import Uploads
from shared.state import Actor, KeptFile
from shared.web.pages import Page, not_found, see_other
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
OWNER = "intake"
"""Of files that this service gives itself."""


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


class Opening:
    """What opens the files of a message."""

    def __init__(
        self,
        messages: Annotated[Messages, provided(Messages)],
        files: Kept,
        links: Annotated[FileLinks, provided(FileLinks)],
        audit: Annotated[AuditRecords, provided(AuditRecords)],
        now: Now,
    ) -> None:
        self.messages, self.files, self._links, self._audit, self._now = messages, files, links, audit, now

    async def file(self, code: str, file_id: str) -> tuple[KeptFile, str]:
        """The file, and where another service gives it, which owns it; empty for one of the intake.

        Raises the 404 of ``not_found`` for a file of another message.
        """
        message = await self.messages.by_code(code)
        file = files_in(message).get(file_id)
        if file is None:
            raise not_found()
        writer = Actor(kind="submitter", id=message.id)
        about = {"object_kind": "file", "object_id": file.id, "message_id": message.id}
        await self._audit.read("file_opened", actor=writer, **about)
        return file, "" if file.owner == OWNER else self._links.to(file, writer, self._now)


@page.get("/t/{code}/files/{file_id}")
async def show_own_file(request: Request, code: str, file_id: str, opening: Annotated[Opening, Depends()]) -> Response:
    """Give a file to the writer of its message; 404 for another code and for a file of another message alike."""
    file, elsewhere = await opening.file(code, file_id)
    return see_other(elsewhere) if elsewhere else await give(request, opening.files, await opening.files.get(file.id))


@page.get("/t/{code}/files/{file_id}/preview")
async def show_own_preview(
    request: Request, code: str, file_id: str, opening: Annotated[Opening, Depends()]
) -> Response:
    """The small picture of a file, as ``show_own_file``."""
    file, elsewhere = await opening.file(code, file_id)
    if elsewhere:
        return see_other(preview_link(elsewhere))
    return await give_preview(request, opening.files, await opening.files.get(file.id))
