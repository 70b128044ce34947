"""What kustomize makes of ``deploy/k8s``, and reading it: pods, containers, and whom a selector selects."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from scripts.local.config import ROOT, SERVICES
from scripts.local.setup_error import run
from scripts.manifests.kubectl import kubectl

MANIFESTS = ROOT / "deploy" / "k8s"
COMPLETING = "managed-stores"
NAME = "app.kubernetes.io/name"
COMPONENT = "app.kubernetes.io/component"
PART_OF = "app.kubernetes.io/part-of"
Component = Mapping[str, Any]
Document = dict[str, Any]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C, where PyYAML was built so, it is six times as fast


def everything() -> list[str]:
    """The names of all there is to check: ``overlay production``, ``component keda``."""
    kinds = {kind: sorted((MANIFESTS / f"{kind}s").iterdir()) for kind in ("overlay", "component")}
    return [f"{kind} {folder.name}" for kind, folders in kinds.items() for folder in folders]


@cache
def render(name: str) -> list[Document]:
    """An overlay as ``kubectl apply -k`` sends it; a component on the base, completed so that it can be applied.

    It is rendered once, which takes half a second: whoever changes the documents takes a copy.
    """
    kind, _, which = name.partition(" ")
    return _render(MANIFESTS / "overlays" / which) if kind == "overlay" else render_with({which: 0, COMPLETING: 0})


def render_with(names: Iterable[str], **more: Any) -> list[Document]:
    """The base with these components, in this order, and whatever else an overlay may say."""
    scratch = ROOT / ".local" / "kustomize"  # in the project: kustomize reaches no base on another file system
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        wanted = {
            "resources": [os.path.relpath(MANIFESTS / "base", folder)],
            "components": [os.path.relpath(MANIFESTS / "components" / name, folder) for name in names],
            "images": [{"name": f"klu-hat/{service}", "newTag": "0"} for service in SERVICES],
        }
        Path(folder, "kustomization.yaml").write_text(yaml.safe_dump(wanted | more))
        return _render(Path(folder))


def _render(folder: Path) -> list[Document]:
    rendered = run(f"{folder.relative_to(ROOT)} does not render", [kubectl(), "kustomize", str(folder)], timeout=60)
    return [document for document in yaml.load_all(rendered, Loader=LOADER) if document]


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


def containers(spec: Component) -> list[dict[str, Any]]:
    return [*spec.get("initContainers", ()), *spec["containers"]]


def selector(document: Document) -> Component:
    spec: Component = document["spec"]
    chosen: Component = spec["podSelector" if document["kind"] == "NetworkPolicy" else "selector"]
    return {"matchLabels": chosen} if document["kind"] == "Service" else chosen


def selects(selector: Component, labels: Mapping[str, str]) -> bool:
    """Does a label selector (``matchLabels`` and ``matchExpressions``) select these labels?"""
    for one in selector.get("matchExpressions", ()):
        value, values = labels.get(one["key"]), one.get("values", ())
        holds = {"In": value in values, "NotIn": value not in values, "Exists": value is not None}
        if not holds.get(one["operator"], value is None):
            return False
    return bool(selector.get("matchLabels", {}).items() <= labels.items())


def paths(value: Any, *keys: str) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from (below for key, below in value.items() if key in keys)
    for below in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from paths(below, *keys)
