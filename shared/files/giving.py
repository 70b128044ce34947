"""Answers with a file: always to be saved, never to be shown by the browser; only our own small pictures are shown."""

from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response, StreamingResponse

from shared.files.store import ARRIVING, INFECTED, OFFERED, Files, StoredFile, preview_id
from shared.web.pages import error_page, not_found

HELD_TITLE, HELD_TEXT = "This file is still being checked", "Please try again in a few minutes."
INFECTED_TITLE, INFECTED_TEXT = "This file was deleted", "The virus scanner found harmful software in it."
POLICY = "sandbox; default-src 'none'"


async def give(request: Request, files: Files, file: StoredFile) -> Response:
    """The file as a download; 409 with a sentence while it is held, 410 when it was infected."""
    if file.state not in OFFERED:
        return _not_offered(request, file)
    size = await files.length(file.id)
    if size is None:
        raise not_found()
    headers = {
        "Content-Length": str(size),
        "Content-Disposition": disposition(file.name),
        "Content-Security-Policy": POLICY,
    }
    return StreamingResponse(files.read(file.id), media_type=file.type, headers=headers)


async def give_preview(request: Request, files: Files, file: StoredFile) -> Response:
    """The small picture of a file, made by us."""
    if file.state not in OFFERED:
        return _not_offered(request, file)
    size = await files.length(preview_id(file.id)) if file.preview else None
    if size is None:
        raise not_found()
    headers = {"Content-Length": str(size), "Content-Security-Policy": POLICY}
    return StreamingResponse(files.read(preview_id(file.id)), media_type="image/webp", headers=headers)


def disposition(name: str) -> str:
    """``attachment`` with the name (RFC 6266): in ASCII for old programs, in UTF-8 for all others."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%;' else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _not_offered(request: Request, file: StoredFile) -> Response:
    if file.state == ARRIVING:
        raise not_found()
    if file.state == INFECTED:
        return error_page(request, 410, said=(INFECTED_TITLE, INFECTED_TEXT), back_url="")
    return error_page(request, 409, said=(HELD_TITLE, HELD_TEXT), back_url="")
