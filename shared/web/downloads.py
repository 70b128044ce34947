"""Files that a page makes, for a browser to save."""

from fastapi import Request
from starlette.responses import Response

from shared.printing import CannotPrint, NotPrinted, Printer
from shared.web.pages import error_page

Sentences = tuple[str, str]
"""Title and text of an error page (msgids)."""
NOT_NOW: Sentences = (
    "The PDF could not be made just now",
    "Many are being made at the moment. Please try again in a minute.",
)
TRY_AGAIN_SECONDS = 60


def saved_as(name: str) -> dict[str, str]:
    """The headers of a file with this name, which no cache keeps. ``name``: ASCII without quotation marks."""
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


async def pdf_file(request: Request, printer: Printer, html: str, name: str, *, not_here: Sentences) -> Response:
    """The printed page. 503 when it cannot be printed now, and with ``not_here`` when this server never prints."""
    try:
        pdf = await printer.pdf(html)
    except NotPrinted as error:
        response = error_page(request, 503, said=not_here if isinstance(error, CannotPrint) else NOT_NOW)
        response.headers["Retry-After"] = str(TRY_AGAIN_SECONDS)
        return response
    return Response(pdf, media_type="application/pdf", headers=saved_as(name))
