"""Where the intake's rooms meet."""

from pathlib import Path

from fastapi import FastAPI

from services.intake import api, handlers, pages
from services.intake.config import Settings
from services.intake.store import Messages
from shared.documents import connect
from shared.service import assemble
from shared.telemetry import Telemetry
from shared.tracing.collector import tracing
from shared.web.pages import mount_web
from shared.web.problems import problems_under


def create_app(settings: Settings) -> FastAPI:
    """The public form, the status page and the JSON API."""
    telemetry = Telemetry(tracing("intake", settings.otlp_endpoint))
    database = connect(settings.mongodb_url.get_secret_value(), settings.mongodb_database, telemetry.tracing)
    messages = Messages(database)
    app = assemble(
        "intake",
        settings,
        database,
        telemetry,
        documents=[messages],
        handlers=handlers.subscriptions(messages),
        routes=[api.routes(messages, settings), pages.routes(messages, settings)],
        openapi_url="/api/v1/openapi.json",
    )
    mount_web(app, settings, Path(__file__).parent, settings.intake_url)
    problems_under(app, "/api/")
    return app
