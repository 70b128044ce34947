"""Papers for the person who wrote: receipt and answer as PDF, and the status link as a picture (QR).

Their addresses contain the tracking code, a secret: never log them. Sentences in constants are msgids.
"""

import unicodedata
from io import BytesIO
from typing import Annotated

import segno
from fastapi import APIRouter, Request
from starlette.responses import Response

from services.intake.config import Settings
from services.intake.domain.codes import code_of, status_url
from services.intake.domain.message import Message
from services.intake.domain.papers import ANSWER, RECEIPT, NoSuchPaper, in_groups, printed
from services.intake.store import Messages
from shared.printing import Printer
from shared.web.downloads import pdf_file
from shared.web.pages import Page, not_found, web
from shared.web.provided import provided

TITLES = {RECEIPT: "Receipt", ANSWER: "Answer"}
"""What each paper is called (msgids)."""
FILE_NAMES = {RECEIPT: "alindi", ANSWER: "cevap"}
NOT_HERE = (
    "PDFs cannot be made at the moment",
    "You can print the status page instead: it has the same text. Nothing has been lost.",
)
LONGEST = 20_000
"""Characters of a text that are printed; the pages take fewer, a newer version may take more."""

page = APIRouter(route_class=Page, tags=["pages"])
Stored = Annotated[Messages, provided(Messages)]


@page.get("/t/{code}/receipt.pdf")
async def show_receipt(
    request: Request,
    code: str,
    messages: Stored,
    settings: Annotated[Settings, provided(Settings)],
    printer: Annotated[Printer, provided(Printer)],
) -> Response:
    """The receipt; 404 for a code that opens no message, 503 when it cannot be printed now."""
    return await _paper(request, await messages.by_code(code), RECEIPT, messages, settings, printer)


@page.get("/t/{code}/answer.pdf")
async def show_answer(
    request: Request,
    code: str,
    messages: Stored,
    settings: Annotated[Settings, provided(Settings)],
    printer: Annotated[Printer, provided(Printer)],
) -> Response:
    """The newest answer; 404 before there is one, else as ``show_receipt``."""
    return await _paper(request, await messages.by_code(code), ANSWER, messages, settings, printer)


@page.get("/t/{code}/qr.svg")
async def show_qr(
    request: Request, code: str, messages: Stored, settings: Annotated[Settings, provided(Settings)]
) -> Response:
    """The link of the status page as a QR code; 404 for a code that opens no message."""
    message = await messages.by_code(code)
    link = status_url(settings.intake_url, code_of(code, code_hash=message.code_hash))
    picture = BytesIO()
    segno.make(link, error="m", micro=False).save(picture, kind="svg", scale=4, border=4, light="#fff", xmldecl=False)
    return Response(picture.getvalue(), media_type="image/svg+xml")


async def _paper(
    request: Request, message: Message, kind: str, messages: Messages, settings: Settings, printer: Printer
) -> Response:
    """Note that this paper is ours, and print it."""
    try:
        known, paper, code = printed(message, kind, settings.secret_key.get_secret_value())
    except NoSuchPaper:
        raise not_found() from None
    if known is not message:
        await messages.save(known)
    address = f"{settings.intake_url.rstrip('/')}/verify"
    html = web(request).render(
        request,
        "paper.html",
        {
            "message": message,
            "kind": kind,
            "title": web(request).locale(request).gettext(TITLES[kind]),
            "fingerprint": in_groups(paper.sha256),
            "code": code,
            "address": address,
            "qr": segno.make(f"{address}/{code}", error="m", micro=False).svg_data_uri(border=1),
            "longest": LONGEST,
            "direction_of": direction_of,
        },
    )
    name = f"{FILE_NAMES[kind]}-{message.reference}.pdf"
    return await pdf_file(request, printer, html, name, not_here=NOT_HERE)


def direction_of(text: str) -> str:
    """ltr or rtl, after the first letter that has a direction: the printer does not know ``dir="auto"``."""
    letters = (unicodedata.bidirectional(letter) for letter in text)
    return "rtl" if next((found for found in letters if found in ("L", "R", "AL")), "L") != "L" else "ltr"
