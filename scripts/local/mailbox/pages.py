"""The mailbox in a browser. Nothing a letter contains can run or reach the network."""

import re
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from scripts.local.mailbox.letters import Letters
from scripts.local.mailbox.wording import wording

HERE = Path(__file__).parent
LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)


def routes(letters: Letters) -> APIRouter:
    """The pages of the mailbox."""
    page = APIRouter()
    templates = Jinja2Templates(env=Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True))
    templates.env.filters["linked"] = linked

    def render(request: Request, name: str, **context: object) -> Response:
        context["word"] = wording(request.headers.get("accept-language", ""))
        answer = templates.TemplateResponse(request, name, context)
        answer.headers["Content-Security-Policy"] = PAGE_POLICY
        return answer

    @page.get("/")
    async def list_letters(request: Request, to: str = "", subject: str = "") -> Response:
        return render(request, "list.html", letters=list(letters.newest(to, subject)), to=to, subject=subject)

    @page.get("/letters/{letter_id}")
    async def show_letter(request: Request, letter_id: str) -> Response:
        return render(request, "letter.html", letter=letters.require(letter_id))

    @page.get("/letters/{letter_id}/html")
    async def show_html(letter_id: str) -> Response:
        # Without the target a link would open inside the frame, where the policy stops it.
        body = f'<base target="_blank">{letters.require(letter_id).html}'
        return Response(body, media_type="text/html", headers={"Content-Security-Policy": LETTER_POLICY})

    @page.get("/style.css")
    async def style() -> Response:
        return FileResponse(HERE / "style.css")

    return page


def linked(text: str) -> Markup:
    """Plain text with its addresses made clickable, everything else escaped."""
    parts, end = [], 0
    for link in LINK.finditer(text):
        anchor = Markup('<a href="{0}" rel="noreferrer noopener" target="_blank">{0}</a>').format(link[0])
        parts += [escape(text[end : link.start()]), anchor]
        end = link.end()
    return Markup("").join([*parts, escape(text[end:])])
