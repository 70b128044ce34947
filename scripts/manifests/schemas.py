"""Every document against its published schema: Kubernetes' own strictly, custom resources against their definitions.

The definitions are files of other projects, so they are not kept here: ``KLU_CRD_DIR`` names a folder with the
CustomResourceDefinitions that the RabbitMQ Cluster Operator, MongoDB's Kubernetes operator and KEDA publish.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml

from scripts.manifests.reading import title
from scripts.manifests.rendering import LOADER, Document

RELEASES = ("1.32", "1.37")
"""The oldest and the newest Kubernetes that the manifests are written for."""
CUSTOM = frozenset(
    {
        ("rabbitmq.com/v1beta1", "RabbitmqCluster"),
        ("mongodbcommunity.mongodb.com/v1", "MongoDBCommunity"),
        ("keda.sh/v1alpha1", "ScaledObject"),
        ("keda.sh/v1alpha1", "TriggerAuthentication"),
        ("monitoring.coreos.com/v1", "PodMonitor"),
        ("monitoring.coreos.com/v1", "PrometheusRule"),
        ("monitoring.coreos.com/v1", "ServiceMonitor"),
    }
)
"""Whatever else is not Kubernetes' own is unknown, and an error: a typing mistake looks the same."""
Kind = tuple[str, str]
Definitions = Mapping[Kind, Mapping[str, Any]]


def given_folder() -> Path | None:
    folder = os.environ.get("KLU_CRD_DIR")
    return Path(folder) if folder else None


def definitions(folder: Path | None) -> Definitions:
    """Schemas by apiVersion and kind, from the CustomResourceDefinitions in a folder, closed against unknown fields."""
    texts = [file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.yaml"))] if folder else []
    documents = [document for text in texts for document in yaml.load_all(text, Loader=LOADER) if document]
    specs = [document["spec"] for document in documents if document["kind"] == "CustomResourceDefinition"]
    return {
        (f"{spec['group']}/{version['name']}", spec["names"]["kind"]): _closed(version["schema"]["openAPIV3Schema"])
        for spec in specs
        for version in spec["versions"]
    }


def invalid(documents: Iterable[Document], known: Definitions) -> list[str]:
    """What the schemas object to. A custom resource without a definition is known by its name alone."""
    return [f"{title(document)}: {told}" for document in documents for told in _complaints(document, known)]


def unchecked(documents: Iterable[Document], known: Definitions) -> set[str]:
    used = {(document["apiVersion"], document["kind"]) for document in documents}
    return {kind for version, kind in (used & CUSTOM) - set(known)}


def _complaints(document: Document, known: Definitions) -> Iterator[str]:
    kind = document["apiVersion"], document["kind"]
    if kind not in CUSTOM:
        yield from filter(None, (_builtin(json.dumps(document), release) for release in RELEASES))
    elif kind in known:
        # The API server knows metadata better than a definition, which only says "object".
        for error in jsonschema.Draft202012Validator(known[kind]).iter_errors({**document, "metadata": {}}):
            yield f"{error.json_path}: {error.message}"


@cache
def _builtin(text: str, release: str) -> str:
    """A document that is in several renderings is asked about once: each question reads all schemas of the release."""
    document = json.loads(text)
    try:
        kubernetes_validate.validate(document, release, strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        return f"Kubernetes {release} knows no {document['apiVersion']} {document['kind']}"
    except kubernetes_validate.ValidationError as error:
        return f"Kubernetes {release}: {'.'.join(map(str, error.path))}: {error.message}"
    return ""


def _closed(schema: Any) -> Any:
    """The schema with ``additionalProperties: false`` wherever it names its properties and does not say otherwise."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {
        key: {name: _closed(part) for name, part in value.items()} if key == "properties" else _closed(value)
        for key, value in schema.items()
    }
    if "properties" in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
        closed.setdefault("additionalProperties", False)
    if schema.get("x-kubernetes-int-or-string"):
        closed.pop("type", None)
    return closed
