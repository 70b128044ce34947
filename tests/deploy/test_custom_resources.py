"""Custom resources keep to the schemas of their operators, where ``KLU_CRD_DIR`` names a folder with the definitions.

The definitions are files of other projects (the RabbitMQ Cluster Operator, MongoDB's operator, KEDA, the Prometheus
Operator), so they are not kept here.
"""

import copy
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from scripts.manifests import rendering
from scripts.manifests.rendering import LOADER, Document, render
from scripts.manifests.schemas import CUSTOM

FOLDER = os.environ.get("KLU_CRD_DIR")
"""Read before the tests forget every setting of the developer."""
MISTAKES: dict[str, dict[str, Any]] = {
    "RabbitmqCluster": {"replica": 3},
    "MongoDBCommunity": {"member": 3},
    "ScaledObject": {"minReplicasCount": 2},
    "TriggerAuthentication": {"secretTargetRefs": []},
    "PodMonitor": {"podMetricEndpoints": []},
    "PrometheusRule": {"group": []},
}
Schemas = Mapping[tuple[str, str], Mapping[str, Any]]


@cache
def schemas() -> Schemas:
    """By apiVersion and kind, closed against unknown fields."""
    if not FOLDER:
        pytest.skip("KLU_CRD_DIR names no folder with CustomResourceDefinitions")
    files = [yaml.load_all(file.read_text(), Loader=LOADER) for file in sorted(Path(FOLDER).glob("*.yaml"))]
    specs = [found["spec"] for file in files for found in file if found and found["kind"] == "CustomResourceDefinition"]
    return {
        (f"{spec['group']}/{version['name']}", spec["names"]["kind"]): closed(
            version["schema"]["openAPIV3Schema"], True
        )
        for spec in specs
        for version in spec["versions"]
    }


def closed(schema: Any, top: bool = False) -> Any:
    """The schema with ``additionalProperties: false`` wherever it names its properties and does not say otherwise."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if top:  # the API server knows metadata better than a definition, which only says "object"
        schema = {**schema, "properties": {**schema["properties"], "metadata": {}}}
    found = {
        key: {name: closed(part) for name, part in value.items()} if key == "properties" else closed(value)
        for key, value in schema.items()
    }
    if "properties" in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
        found.setdefault("additionalProperties", False)
    if schema.get("x-kubernetes-int-or-string"):
        found.pop("type", None)
    return found


def complaints(document: Document) -> Iterator[str]:
    schema = schemas().get((document["apiVersion"], document["kind"]))
    if schema:
        for error in jsonschema.Draft202012Validator(schema).iter_errors(document):
            yield f"{document['kind']}/{document['metadata']['name']}: {error.json_path}: {error.message}"


@pytest.mark.parametrize("name", rendering.everything())
def test_every_custom_resource_keeps_to_its_schema(name: str) -> None:
    assert [complaint for document in render(name) for complaint in complaints(document)] == []


def test_every_custom_resource_in_use_has_a_definition() -> None:
    used = {(d["apiVersion"], d["kind"]) for name in rendering.everything() for d in render(name)} & CUSTOM
    assert used - set(schemas()) == set()
    assert {kind for _, kind in used} == set(MISTAKES)


@pytest.mark.parametrize("kind", MISTAKES)
def test_a_typing_mistake_in_a_custom_resource_is_an_error(kind: str) -> None:
    documents = [d for name in rendering.everything() for d in render(name) if d["kind"] == kind]
    mistaken = copy.deepcopy(documents[0])
    mistaken["spec"] |= MISTAKES[kind]
    assert any(next(iter(MISTAKES[kind])) in complaint for complaint in complaints(mistaken))
