"""A mailbox for one machine: takes every letter over SMTP, delivers none, and shows them on a page and as JSON."""

import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
import uvicorn
from fastapi import FastAPI, HTTPException, Request, Response
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from starlette.middleware.trustedhost import TrustedHostMiddleware

from scripts.local.ports import HOST
from scripts.smtp_server import Letter, SmtpServer

KEPT = 1000  # letters; older ones are forgotten
LINK = re.compile(r"(https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]])")
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""Nothing in a letter can run or reach the network. The frame with its HTML part inherits this."""
Kept = dict[str, Any]


def described(letter: Letter) -> Kept:
    headers, html = ("Subject", "Message-ID", "In-Reply-To", "References", "Date"), letter.mail.get_body(("html",))
    return {
        "id": secrets.token_hex(8),
        "mail_from": letter.sender.removeprefix("<>"),
        "rcpt_to": list(letter.recipients),
        **{name.lower().replace("-", "_"): str(letter.mail[name] or "") for name in headers},
        "headers": {name: str(value) for name, value in letter.mail.items()},
        "text": letter.text,
        "html": str(html.get_content()) if html else "",
        "received_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }


def create_app(smtp_port: int, host: str = HOST) -> FastAPI:
    letters: dict[str, tuple[Kept, bytes]] = {}

    def keep(letter: Letter) -> None:
        kept = described(letter)
        letters[kept["id"]] = kept, letter.raw
        if len(letters) > KEPT:
            del letters[next(iter(letters))]

    def find(to: str, subject: str) -> list[Kept]:
        """Newest first: a recipient contains ``to`` and the subject contains ``subject``, in any letter case."""
        wanted = to.casefold(), subject.casefold()
        known = [(" ".join(one["rcpt_to"]), one["subject"], one) for one, _ in reversed(letters.values())]
        return [one for who, what, one in known if wanted[0] in who.casefold() and wanted[1] in what.casefold()]

    def require(letter_id: str) -> tuple[Kept, bytes]:
        if letter_id not in letters:
            raise HTTPException(404, "There is no such letter.")
        return letters[letter_id]

    @asynccontextmanager
    async def serving(app: FastAPI) -> AsyncIterator[None]:
        async with SmtpServer(smtp_port, keep, host):
            yield

    app = FastAPI(title="Local mailbox", lifespan=serving, docs_url=None, redoc_url=None, openapi_url=None)
    # A web site whose name is pointed to this machine must not read the letters.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    environment.filters["linked"] = linked
    template = environment.get_template("mailbox.html")

    @app.get("/")
    async def show(request: Request, to: str = "", subject: str = "", letter: str = "") -> Response:
        english = request.headers.get("accept-language", "").strip().lower().startswith("en")
        found, opened = find(to, subject), require(letter)[0] if letter else None
        page = template.render(english=english, letters=found, letter=opened, to=to, subject=subject)
        return Response(page, media_type="text/html", headers={"Content-Security-Policy": POLICY})

    @app.get("/api/letters")
    async def get_letters(to: str = "", subject: str = "") -> list[Kept]:
        return find(to, subject)

    @app.get("/api/letters/{letter_id}/raw")
    async def get_raw(letter_id: str) -> Response:
        name = {"Content-Disposition": f'attachment; filename="{letter_id}.eml"'}
        return Response(require(letter_id)[1], media_type="message/rfc822", headers=name)

    return app


def linked(text: str) -> Markup:
    link = Markup('<a href="{0}" rel="noreferrer noopener" target="_blank">{0}</a>')
    return Markup("").join(link.format(part) if n % 2 else part for n, part in enumerate(LINK.split(text)))


def main(smtp_port: int = 1025, web_port: int = 8025, host: str = HOST) -> None:
    """Run the mailbox. ``host``: the address of this machine at which it listens."""
    app = create_app(smtp_port, host)
    uvicorn.run(app, host=host, port=web_port, log_level="warning", timeout_graceful_shutdown=3)


if __name__ == "__main__":
    typer.run(main)
