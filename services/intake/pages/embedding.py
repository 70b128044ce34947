"""The script that puts the form into a page of another web site."""

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from shared.web.pages import HERE, Page

FOR_FIVE_MINUTES = {"Cache-Control": "public, max-age=300"}

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/embed.js")
async def show_script() -> Response:
    """The script, at an address that stays the same; docs/operations.md has the line of HTML that loads it."""
    return FileResponse(HERE / "static" / "embed.js", media_type="text/javascript", headers=FOR_FIVE_MINUTES)
