"""Where the portal's rooms meet."""

from pathlib import Path

from fastapi import FastAPI

from services.replies import handlers, pages
from services.replies.config import Settings
from services.replies.store import Assignments
from shared.documents import connect
from shared.service import assemble
from shared.telemetry import Telemetry
from shared.tracing.collector import tracing
from shared.web.pages import mount_web


def create_app(settings: Settings) -> FastAPI:
    """The page behind the link in a unit's e-mail."""
    telemetry = Telemetry(tracing("replies", settings.otlp_endpoint))
    database = connect(settings.mongodb_url.get_secret_value(), settings.mongodb_database, telemetry.tracing)
    assignments = Assignments(database)
    app = assemble(
        "replies",
        settings,
        database,
        telemetry,
        documents=[assignments],
        handlers=handlers.subscriptions(assignments, settings),
        routes=[pages.start(), pages.routes(assignments)],
    )
    mount_web(app, settings, Path(__file__).parent, settings.replies_url)
    return app
