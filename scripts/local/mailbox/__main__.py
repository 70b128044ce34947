"""Run the mailbox: ``python -m scripts.local.mailbox --smtp-port 1025 --web-port 8025 --folder .local/run/letters``."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.middleware.trustedhost import TrustedHostMiddleware

from scripts.local.mailbox import api, pages
from scripts.local.mailbox.letters import Letters, NoSuchLetter, read
from scripts.local.ports import HOST

SIZE_LIMIT = 35 * 1024 * 1024


class Postman:
    """Takes every letter for every address."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        sender = (envelope.mail_from or "").removeprefix("<>")
        self._letters.add(read(envelope.original_content or b"", sender, list(envelope.rcpt_tos)))
        return "250 2.0.0 Kept"


def create_app(letters: Letters, smtp_port: int) -> FastAPI:
    """The pages, with the mail server beside them for as long as they run."""

    @asynccontextmanager
    async def serving(app: FastAPI) -> AsyncIterator[None]:
        def connection() -> SMTP:
            # The host name is given because looking it up can hang for seconds on a machine without a network.
            return SMTP(Postman(letters), data_size_limit=SIZE_LIMIT, enable_SMTPUTF8=True, hostname="localhost")

        server = await asyncio.get_running_loop().create_server(connection, HOST, smtp_port)
        async with server:
            yield

    app = FastAPI(title="Local mailbox", lifespan=serving, docs_url=None, redoc_url=None, openapi_url=None)
    # A web site that lets its own name point to this machine must not read the letters.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])
    app.add_exception_handler(NoSuchLetter, no_such_letter)
    app.include_router(pages.routes(letters))
    app.include_router(api.routes(letters))
    return app


async def no_such_letter(request: Request, error: Exception) -> Response:
    """404 for people and programs alike."""
    return PlainTextResponse("There is no such letter.", status_code=404)


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m scripts.local.mailbox", description=__doc__)
    parser.add_argument("--smtp-port", type=int, default=1025)
    parser.add_argument("--web-port", type=int, default=8025)
    parser.add_argument("--folder", type=Path, required=True, help="where the letters are written as .eml files")
    asked = parser.parse_args()
    app = create_app(Letters(asked.folder), asked.smtp_port)
    uvicorn.run(app, host=HOST, port=asked.web_port, log_level="warning", timeout_graceful_shutdown=3)


if __name__ == "__main__":
    main()
