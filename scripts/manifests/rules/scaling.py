"""Selectors, scalers and budgets; and what KEDA's scalers watch, which is generated from the topology."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from scripts.local.config import SERVICES
from scripts.manifests.reading import NAME, everyone, of_kind, pods, selector, selects, servers, title
from scripts.manifests.rendering import MANIFESTS, Document
from shared.broker.topology import CONSUMERS, queue_name

LEAST = 2
"""Pods of each service: the relay and the letters run in them, whatever waits in the queues."""
KEDA = MANIFESTS / "components" / "keda"
HEAD = "# `make docs` writes the triggers of type rabbitmq, from shared/broker/topology.py.\n"
SCALERS = ("HorizontalPodAutoscaler", "ScaledObject")


def triggers(service: str) -> list[Document]:
    """KEDA counts the pods of a service by the length of each queue that it consumes."""
    queue = {"protocol": "amqp", "mode": "QueueLength", "value": "50"}
    names = [queue_name(service, event) for event in CONSUMERS[service]]
    metadata = [{**queue, "queueName": name} for name in names]
    return [{"type": "rabbitmq", "authenticationRef": {"name": "klu-keda"}, "metadata": each} for each in metadata]


def scaled_objects() -> Iterator[tuple[Path, str]]:
    """The files of the component ``keda`` with what they have to watch."""
    for service in SERVICES:
        file = KEDA / f"{service}.yaml"
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        kept = [trigger for trigger in document["spec"]["triggers"] if trigger["type"] != "rabbitmq"]
        document["spec"]["triggers"] = kept + triggers(service)
        yield file, HEAD + yaml.safe_dump(document, sort_keys=False)


def queues(documents: Sequence[Document]) -> Iterator[str]:
    """ScaledObjects that do not watch exactly the queues of the topology; all or none of the services have one."""
    there = {one["metadata"]["name"]: one["spec"] for one in of_kind(documents, "ScaledObject")}
    for service in SERVICES if there else ():
        spec = there.get(f"klu-{service}", {})
        watched = [trigger for trigger in spec.get("triggers", ()) if trigger["type"] == "rabbitmq"]
        if watched != triggers(service) or spec["minReplicaCount"] < LEAST:
            yield f"ScaledObject/klu-{service} is not what `make docs` makes of the topology"


def astray(documents: Sequence[Document]) -> Iterator[str]:
    kinds = ("Deployment", "StatefulSet", "Service", "PodDisruptionBudget")
    for document in of_kind(documents, *kinds, "NetworkPolicy"):
        chosen = [one for one in everyone(documents) if selects(selector(document), one.labels)]
        names = sorted({one.labels.get(NAME, "?") for one in chosen})
        if selector(document) and len(names) != 1:
            yield f"{title(document)} selects {' and '.join(names) or 'nobody'}"
        if document["kind"] in kinds and len(chosen) != 1:
            yield f"{title(document)} selects the pods of {len(chosen)} workloads"
    for one in pods(documents):
        for spread in one.spec.get("topologySpreadConstraints", ()):
            if not selects(spread["labelSelector"], one.labels):
                yield f"{one.title} is spread over the nodes by labels that it does not have"


def conflicting_scalers(documents: Sequence[Document]) -> Iterator[str]:
    """Services with two scalers, or a scaler and a fixed number; with no budget, or two; scalers of nothing."""
    for one in servers(documents):
        scalers = _scalers_of(one.document, documents)
        if len(scalers) > 1:
            yield f"{one.title} has {len(scalers)} scalers"
        if scalers and "replicas" in one.document["spec"]:
            yield f"{one.title} has a scaler, and a number that every rollout sets again"
        budgets = [b for b in of_kind(documents, "PodDisruptionBudget") if selects(selector(b), one.labels)]
        if len(budgets) != 1:
            yield f"{one.title} has {len(budgets)} disruption budgets"
    there = {d["metadata"]["name"] for d in of_kind(documents, "Deployment")}
    for scaler in of_kind(documents, *SCALERS):
        if scaler["spec"]["scaleTargetRef"]["name"] not in there:
            yield f"{title(scaler)} scales nothing"


def single_replica(documents: Sequence[Document]) -> Iterator[str]:
    for one in servers(documents):
        specs = [scaler["spec"] for scaler in _scalers_of(one.document, documents)]
        counts = [spec.get("minReplicas") or spec.get("minReplicaCount") or 0 for spec in specs]
        if min(counts or [one.document["spec"].get("replicas", 1)]) < LEAST:
            yield f"{one.title} may be alone"


def _scalers_of(deployment: Document, documents: Sequence[Document]) -> list[Document]:
    name = deployment["metadata"]["name"]
    return [one for one in of_kind(documents, *SCALERS) if one["spec"]["scaleTargetRef"]["name"] == name]
