"""Reading rendered documents: their pods, their containers, and whom a selector selects."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from scripts.local.config import SERVICES
from scripts.manifests.rendering import Document

NAME = "app.kubernetes.io/name"
COMPONENT = "app.kubernetes.io/component"
PART_OF = "app.kubernetes.io/part-of"
Part = Mapping[str, Any]


class Pods(NamedTuple):
    """The pods that one document makes; ``spec`` is empty where an operator makes them."""

    title: str
    labels: Mapping[str, str]
    spec: dict[str, Any]
    document: Document


def title(document: Document) -> str:
    return f"{document['kind']}/{document['metadata']['name']}"


def of_kind(documents: Iterable[Document], *kinds: str) -> list[Document]:
    return [document for document in documents if document["kind"] in kinds]


def named(documents: Iterable[Document], kind: str, name: str) -> Document | None:
    return next((d for d in of_kind(documents, kind) if d["metadata"]["name"] == name), None)


def pods(documents: Iterable[Document]) -> list[Pods]:
    found = []
    for document in of_kind(documents, "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"):
        spec = document["spec"]
        template = (spec["jobTemplate"]["spec"] if document["kind"] == "CronJob" else spec)["template"]
        found.append(Pods(title(document), template["metadata"]["labels"], template["spec"], document))
    return found


def everyone(documents: Iterable[Document]) -> list[Pods]:
    """Every pod of the namespace, also those that operators make: whose they are, not what is in them."""
    found = pods(documents)
    for document in of_kind(documents, "RabbitmqCluster", "MongoDBCommunity"):
        # RabbitMQ's operator labels its pods by itself.
        labels = {NAME: document["metadata"]["name"], COMPONENT: "rabbitmq", PART_OF: "rabbitmq"}
        if document["kind"] == "MongoDBCommunity":
            labels = document["spec"]["statefulSet"]["spec"]["template"]["metadata"]["labels"]
        found.append(Pods(title(document), labels, {}, document))
    return found


def servers(documents: Iterable[Document]) -> list[Pods]:
    return [p for p in pods(of_kind(documents, "Deployment")) if p.labels.get(NAME) in SERVICES]


def containers(spec: Part) -> list[dict[str, Any]]:
    return [*spec.get("initContainers", ()), *spec["containers"]]


def selector(document: Document) -> Part:
    spec: Part = document["spec"]
    chosen: Part = spec["podSelector" if document["kind"] == "NetworkPolicy" else "selector"]
    return {"matchLabels": chosen} if document["kind"] == "Service" else chosen


def selects(selector: Part, labels: Mapping[str, str]) -> bool:
    """Does a label selector (``matchLabels`` and ``matchExpressions``) select these labels?"""
    for one in selector.get("matchExpressions", ()):
        value, values = labels.get(one["key"]), one.get("values", ())
        holds = {"In": value in values, "NotIn": value not in values, "Exists": value is not None}
        if not holds.get(one["operator"], value is None):
            return False
    return bool(selector.get("matchLabels", {}).items() <= labels.items())


def paths(value: Any, *keys: str) -> Iterator[Any]:
    """Every value found anywhere below under one of these keys."""
    if isinstance(value, dict):
        yield from (below for key, below in value.items() if key in keys)
    for below in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from paths(below, *keys)
