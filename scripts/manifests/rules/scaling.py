"""Selectors, scalers and budgets; and KEDA's scalers, which are generated from the topology."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from scripts.local.config import SERVICES
from scripts.manifests.reading import NAME, everyone, of_kind, pods, selector, selects, servers, title
from scripts.manifests.rendering import MANIFESTS, Document
from shared.broker.topology import CONSUMERS, queue_name

LEAST = 2
"""Pods of each service: the relay and the letters run in them, whatever waits in the queues."""
KEDA = MANIFESTS / "components" / "keda"
MADE = "# Made by `make docs` from shared/broker/topology.py.\n"
SCALERS = ("HorizontalPodAutoscaler", "ScaledObject")


def scaled_object(service: str) -> Document:
    """What KEDA is told of one service: by the length of its queues, and by processor where it serves people."""
    cpu = {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "70"}}
    watching = [
        {
            "type": "rabbitmq",
            "authenticationRef": {"name": "klu-keda"},
            "metadata": {"protocol": "amqp", "mode": "QueueLength", "value": "50", "queueName": name},
        }
        for name in (queue_name(service, event) for event in CONSUMERS[service])
    ]
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": f"klu-{service}"},
        "spec": {
            "scaleTargetRef": {"name": f"klu-{service}"},
            "minReplicaCount": LEAST,
            "maxReplicaCount": 8,
            "triggers": watching if service == "notifier" else [cpu, *watching],
        },
    }


def scaled_objects() -> Iterator[tuple[Path, str]]:
    """The files of the component ``keda`` that are generated, with their text."""
    for service in SERVICES:
        yield KEDA / f"{service}.yaml", MADE + yaml.safe_dump(scaled_object(service), sort_keys=False)


def queues(documents: Sequence[Document]) -> Iterator[str]:
    """ScaledObjects that do not watch exactly the queues that the topology has; all or none of the services have one.

    How many pods there may be at most is for the installation to say.
    """
    there = {one["metadata"]["name"]: one["spec"] for one in of_kind(documents, "ScaledObject")}
    for service in SERVICES if there else ():
        spec, made = there.get(f"klu-{service}", {}), scaled_object(service)["spec"]
        if spec.get("triggers") != made["triggers"] or spec.get("minReplicaCount", 0) < LEAST:
            yield f"ScaledObject/klu-{service} is not what `make docs` makes of the topology"


def astray(documents: Sequence[Document]) -> Iterator[str]:
    """Selectors that select nobody, or the pods of two applications."""
    kinds = ("Deployment", "StatefulSet", "Service", "PodDisruptionBudget")
    for document in of_kind(documents, *kinds, "NetworkPolicy"):
        chosen = [one for one in everyone(documents) if selects(selector(document), one.labels)]
        names = sorted({one.labels.get(NAME, "?") for one in chosen})
        if selector(document) and len(names) != 1:
            yield f"{title(document)} selects {' and '.join(names) or 'nobody'}"
        if document["kind"] in kinds and len(chosen) != 1:
            yield f"{title(document)} selects the pods of {len(chosen)} workloads"
    for one in pods(documents):
        spreads = one.spec.get("topologySpreadConstraints", ())
        if not all(selects(spread["labelSelector"], one.labels) for spread in spreads):
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
    """Services of which there may be only one pod."""
    for one in servers(documents):
        counts = [_least(scaler["spec"]) for scaler in _scalers_of(one.document, documents)]
        if min(counts or [one.document["spec"].get("replicas", 1)]) < LEAST:
            yield f"{one.title} may be alone"


def _least(scaler: Mapping[str, Any]) -> int:
    return int(scaler.get("minReplicas") or scaler.get("minReplicaCount") or 0)


def _scalers_of(deployment: Document, documents: Sequence[Document]) -> list[Document]:
    name = deployment["metadata"]["name"]
    return [one for one in of_kind(documents, *SCALERS) if one["spec"]["scaleTargetRef"]["name"] == name]
