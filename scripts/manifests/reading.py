"""Reading rendered documents: their pods, their containers, and whom a selector selects."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from scripts.local.config import SERVICES
from scripts.manifests.rendering import Document

NAME = "app.kubernetes.io/name"
COMPONENT = "app.kubernetes.io/component"
PART_OF = "app.kubernetes.io/part-of"
Labels = Mapping[str, str]
Container = dict[str, Any]


class Pods(NamedTuple):
    """The pods that one document makes; ``spec`` is empty where an operator makes them."""

    title: str
    labels: Labels
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
    for document in of_kind(documents, "RabbitmqCluster"):
        # The operator labels them so by itself.
        labels = {NAME: document["metadata"]["name"], COMPONENT: "rabbitmq", PART_OF: "rabbitmq"}
        found.append(Pods(title(document), labels, {}, document))
    for document in of_kind(documents, "MongoDBCommunity"):
        labels = document["spec"]["statefulSet"]["spec"]["template"]["metadata"]["labels"]
        found.append(Pods(title(document), labels, {}, document))
    return found


def servers(documents: Iterable[Document]) -> list[Pods]:
    return [p for p in pods(of_kind(documents, "Deployment")) if p.labels.get(NAME) in SERVICES]


def containers(spec: Mapping[str, Any]) -> list[Container]:
    return [*spec.get("initContainers", ()), *spec["containers"]]


def selects(selector: Mapping[str, Any], labels: Labels) -> bool:
    """Does a label selector (``matchLabels`` and ``matchExpressions``) select these labels?"""
    same = all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    return same and all(_holds(one, labels) for one in selector.get("matchExpressions", ()))


def selector(document: Document) -> Mapping[str, Any]:
    spec: Mapping[str, Any] = document["spec"]
    if document["kind"] == "Service":
        return {"matchLabels": spec["selector"]}
    chosen: Mapping[str, Any] = spec["podSelector" if document["kind"] == "NetworkPolicy" else "selector"]
    return chosen


def _holds(expression: Mapping[str, Any], labels: Labels) -> bool:
    value, values = labels.get(expression["key"]), expression.get("values", ())
    holds = {"In": value in values, "NotIn": value not in values, "Exists": value is not None}
    return holds.get(expression["operator"], value is None)


def paths(value: Any, *keys: str) -> Iterator[Any]:
    """Every value found anywhere below under one of these keys."""
    if isinstance(value, dict):
        yield from (below for key, below in value.items() if key in keys)
    for below in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from paths(below, *keys)
