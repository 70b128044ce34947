"""Reading rendered documents: their pods, their containers, and whom a selector selects."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from scripts.manifests.rendering import SERVICES, Document

NAME = "app.kubernetes.io/name"
COMPONENT = "app.kubernetes.io/component"
Labels = Mapping[str, str]
Container = dict[str, Any]


class Pods(NamedTuple):
    """The pods that one document makes."""

    title: str
    kind: str
    labels: Labels
    spec: dict[str, Any]
    document: Document


def title(document: Document) -> str:
    """``Deployment/klu-intake``."""
    return f"{document['kind']}/{document['metadata']['name']}"


def of_kind(documents: Iterable[Document], *kinds: str) -> list[Document]:
    """The documents of these kinds."""
    return [document for document in documents if document["kind"] in kinds]


def named(documents: Iterable[Document], kind: str, name: str) -> Document | None:
    """The one of this kind and name."""
    return next((d for d in of_kind(documents, kind) if d["metadata"]["name"] == name), None)


def pods(documents: Iterable[Document]) -> list[Pods]:
    """What Kubernetes makes pods of, by our own templates."""
    found = []
    for document in documents:
        spec = document.get("spec", {})
        if document["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if document["kind"] in ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"):
            template = spec["template"]
            labels = template["metadata"]["labels"]
            found.append(Pods(title(document), document["kind"], labels, template["spec"], document))
    return found


def kept_by_operators(documents: Iterable[Document]) -> list[Pods]:
    """The pods that operators make, as far as our documents know them: whom they are, not what is in them."""
    found = []
    for document in of_kind(documents, "RabbitmqCluster", "MongoDBCommunity"):
        name = document["metadata"]["name"]
        if document["kind"] == "RabbitmqCluster":  # the operator labels them so by itself
            labels = {NAME: name, COMPONENT: "rabbitmq", "app.kubernetes.io/part-of": "rabbitmq"}
        else:
            labels = document["spec"]["statefulSet"]["spec"]["template"]["metadata"]["labels"]
        found.append(Pods(title(document), document["kind"], labels, {}, document))
    return found


def servers(documents: Iterable[Document]) -> list[Pods]:
    """The Deployments of our four services."""
    return [p for p in pods(documents) if p.kind == "Deployment" and p.labels.get(NAME) in SERVICES]


def containers(spec: Mapping[str, Any]) -> Iterator[Container]:
    """All containers of a pod, those of its beginning included."""
    yield from spec.get("initContainers", ())
    yield from spec["containers"]


def selects(selector: Mapping[str, Any], labels: Labels) -> bool:
    """Does a label selector (``matchLabels`` and ``matchExpressions``) select these labels?"""
    same = all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    return same and all(_holds(one, labels) for one in selector.get("matchExpressions", ()))


def _holds(expression: Mapping[str, Any], labels: Labels) -> bool:
    value, values = labels.get(expression["key"]), expression.get("values", ())
    match expression["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case _:
            return value is None


def paths(value: Any, *keys: str) -> Iterator[Any]:
    """Every value found anywhere below under one of these keys."""
    if isinstance(value, dict):
        for key, below in value.items():
            if key in keys:
                yield below
            yield from paths(below, *keys)
    elif isinstance(value, list):
        for below in value:
            yield from paths(below, *keys)
