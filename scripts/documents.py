"""Write what the code says of itself: AsyncAPI and OpenAPI of every service, into ``docs/api``."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from fastapi import FastAPI
from faststream.specification import AsyncAPI

from services.intake.app import create_app as create_intake
from services.intake.config import Settings as IntakeSettings
from services.notifier.app import create_app as create_notifier
from services.notifier.config import Settings as NotifierSettings
from services.replies.app import create_app as create_replies
from services.replies.config import Settings as RepliesSettings
from services.router.app import create_app as create_router
from services.router.config import Settings as RouterSettings
from shared.broker.topology import EVENTS, PRODUCERS
from shared.events import CONTENT_TYPE, CloudEvent
from shared.service import Service

FOLDER = Path(__file__).parent.parent / "docs" / "api"
NOWHERE: dict[str, Any] = {
    "mongodb_url": "mongodb://mongodb:27017",
    "rabbitmq_url": "amqp://rabbitmq:5672/klu",
    "secret_key": "nothing is derived from this key here",
    "smtp_url": "smtp://mail:25",
}


def documents() -> Iterator[tuple[str, str]]:
    """Name and text of each document."""
    for app in (
        create_intake(IntakeSettings(**NOWHERE)),
        create_router(RouterSettings(**NOWHERE)),
        create_replies(RepliesSettings(**NOWHERE)),
        create_notifier(NotifierSettings(**NOWHERE)),
    ):
        service: Service = app.state.service
        yield f"{service.name}.asyncapi.yaml", _asyncapi(service)
        yield f"{service.name}.openapi.json", _openapi(app)


def main(folder: Annotated[Path, typer.Argument(help="Where to write them.")] = FOLDER) -> None:
    """Write all documents."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in documents():
        (folder / name).write_text(text, encoding="utf-8")
        typer.echo(folder / name)


def _asyncapi(service: Service) -> str:
    """The consumers are the code's own; what the relay publishes is told by the topology."""
    for event in PRODUCERS[service.name]:
        service.broker.publisher(
            exchange=EVENTS,
            routing_key=event.type,
            schema=CloudEvent[event],  # type: ignore[valid-type]  # the parameter is known only at run time
            title=event.type,
            description=event.__doc__,
        )
    described = AsyncAPI(service.broker, title=f"7/24 KLU Hat: {service.name}", version="1", schema_version="3.0.0")
    told = yaml.safe_load(described.to_specification().to_yaml())
    told["defaultContentType"] = CONTENT_TYPE
    for part in (told, told["components"]):
        for name in ("channels", "operations", "messages", "schemas"):
            part.update({name: dict(sorted(part[name].items()))} if name in part else {})
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=120)


def _openapi(app: FastAPI) -> str:
    return json.dumps(app.openapi(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    typer.run(main)
