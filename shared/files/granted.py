"""The pages where a service gives its files to whom the desk or the portal signed a link."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from shared.file_links import Grants, NotGranted
from shared.files.giving import give, give_preview
from shared.files.store import Files, StoredFile
from shared.web.pages import Page, not_found
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
Kept = Annotated[Files, provided(Files)]
Links = Annotated[Grants, provided(Grants)]


@page.get("/files/{file_id}")
async def show_file(request: Request, file_id: str, files: Kept, grants: Links, now: Now, grant: str = "") -> Response:
    """Give a file; 404 for every link that is not signed for it."""
    return await give(request, files, await _granted(file_id, files, grants, grant, now))


@page.get("/files/{file_id}/preview")
async def show_preview(
    request: Request, file_id: str, files: Kept, grants: Links, now: Now, grant: str = ""
) -> Response:
    """The small picture of a file, as ``show_file``."""
    return await give_preview(request, files, await _granted(file_id, files, grants, grant, now))


async def _granted(file_id: str, files: Files, grants: Grants, token: str, now: datetime) -> StoredFile:
    try:
        grants.check(token, file_id=file_id, now=now)
    except NotGranted:
        raise not_found() from None
    return await files.get(file_id)
