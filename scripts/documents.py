"""Write what follows from the code: AsyncAPI and OpenAPI of every service into ``docs/api``, and KEDA's scalers."""

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
import yaml
from fastapi import FastAPI
from faststream.specification import AsyncAPI

from scripts.local.config import ROOT, SERVICES
from scripts.manifests.rules.workloads import scaled_objects
from shared.broker.topology import EVENTS, PRODUCERS
from shared.events import CONTENT_TYPE, CloudEvent
from shared.service import Service
from shared.signing import Signer

FOLDER = ROOT / "docs" / "api"
NOWHERE = {
    "mongodb_url": "mongodb://mongodb:27017",
    "rabbitmq_url": "amqp://rabbitmq:5672/klu",
    "secret_key": "nothing is derived from this key here",
    "signing_key": "0" * 64,
    "smtp_url": "smtp://mail:25",
    "audit_key": "0" * 64,
}


def documents() -> Iterator[tuple[str, str]]:
    for name in SERVICES:
        keys = {name: (Signer(NOWHERE["signing_key"]).public_key,)}
        settings = import_module(f"services.{name}.config").Settings(**NOWHERE, verify_keys=keys)
        app: FastAPI = import_module(f"services.{name}.app").create_app(settings)
        yield f"{name}.asyncapi.yaml", _asyncapi(app.state.service)
        yield f"{name}.openapi.json", json.dumps(app.openapi(), ensure_ascii=False, indent=2) + "\n"


def main(
    folder: Annotated[Path, typer.Argument(help="Where to write the documents.")] = FOLDER,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail when a document is not current.")] = False,
) -> None:
    """Write all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in [*((folder / name, text) for name, text in documents()), *scaled_objects()]:
        if not check:
            path.write_text(text, encoding="utf-8")
            typer.echo(path)
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            raise SystemExit(f"{path} is not what the code says: make docs writes it.")


def _asyncapi(service: Service) -> str:
    service.subscribe()
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


if __name__ == "__main__":
    typer.run(main)
