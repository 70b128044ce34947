"""Selectors, scalers, budgets, and the queues that are watched."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scripts.manifests.reading import NAME, of_kind, pods, selects, servers, title
from scripts.manifests.rendering import Document
from scripts.manifests.rules.network import everyone
from shared.broker.topology import CONSUMERS, queue_name

LEAST = 2
"""Pods of each service: the relay and the letters run in them, whatever waits in the queues."""


def astray(documents: Sequence[Document]) -> list[str]:
    """Selectors that select nobody, or the pods of two applications."""
    found = []
    for document in of_kind(documents, "Deployment", "StatefulSet", "Service", "PodDisruptionBudget", "NetworkPolicy"):
        selector = _selector(document)
        chosen = {one.labels.get(NAME, "?") for one in everyone(documents) if selects(selector, one.labels)}
        if selector and len(chosen) != 1:
            found.append(f"{title(document)} selects {' and '.join(sorted(chosen)) or 'nobody'}")
    for document in of_kind(documents, "Deployment", "StatefulSet", "Service", "PodDisruptionBudget"):
        makers = [one.title for one in everyone(documents) if selects(_selector(document), one.labels)]
        if len(makers) != 1:
            found.append(f"{title(document)} selects the pods of {len(makers)} workloads")
    for one in pods(documents):
        spreads = one.spec.get("topologySpreadConstraints", ())
        if not all(selects(spread["labelSelector"], one.labels) for spread in spreads):
            found.append(f"{one.title} is spread over the nodes by labels that it does not have")
    return found


def conflicting_scalers(documents: Sequence[Document]) -> list[str]:
    """Services with two scalers, or a scaler and a fixed number; with no budget, or two; scalers of nothing."""
    found = []
    for one in servers(documents):
        name = one.document["metadata"]["name"]
        scalers = [s for s in _scalers(documents) if _target(s) == name]
        if len(scalers) > 1:
            found.append(f"{one.title} has {len(scalers)} scalers")
        if scalers and "replicas" in one.document["spec"]:
            found.append(f"{one.title} has a scaler, and a number that every rollout sets again")
        budgets = [b for b in of_kind(documents, "PodDisruptionBudget") if selects(_selector(b), one.labels)]
        if len(budgets) != 1:
            found.append(f"{one.title} has {len(budgets)} disruption budgets")
    there = {d["metadata"]["name"] for d in of_kind(documents, "Deployment")}
    return found + [f"{title(s)} scales nothing" for s in _scalers(documents) if _target(s) not in there]


def queues(documents: Sequence[Document]) -> list[str]:
    """ScaledObjects that watch other queues than their service consumes; all or none of the services have one."""
    watching = {_target(one): one for one in of_kind(documents, "ScaledObject")}
    found = []
    for service, heard in CONSUMERS.items() if watching else ():
        triggers = watching.get(f"klu-{service}", {}).get("spec", {}).get("triggers", ())
        watched = [t["metadata"].get("queueName", "") for t in triggers if t["type"] == "rabbitmq"]
        consumed = [queue_name(service, event) for event in heard]
        found += [f"{service} consumes {queue}, which nothing watches" for queue in consumed if queue not in watched]
        found += [f"{service} does not consume {queue}" for queue in watched if queue not in consumed]
        found += [f"{queue} is watched twice" for queue in set(watched) if watched.count(queue) > 1]
    for name, one in watching.items():
        if one["spec"].get("minReplicaCount", 0) < LEAST:
            found.append(f"{name} may be scaled below {LEAST}")
    return found


def single_replica(documents: Sequence[Document]) -> list[str]:
    """Services of which there may be only one pod."""
    least: Mapping[str, Callable[[Mapping[str, Any]], int]] = {
        "HorizontalPodAutoscaler": lambda spec: int(spec.get("minReplicas", 1)),
        "ScaledObject": lambda spec: int(spec.get("minReplicaCount", 0)),
    }
    found = []
    for one in servers(documents):
        scalers = [s for s in _scalers(documents) if _target(s) == one.document["metadata"]["name"]]
        counts = [least[s["kind"]](s["spec"]) for s in scalers] or [one.document["spec"].get("replicas", 1)]
        if min(counts) < LEAST:
            found.append(f"{one.title} may be alone")
    return found


def _selector(document: Document) -> Mapping[str, Any]:
    spec = document["spec"]
    if document["kind"] == "Service":
        return {"matchLabels": spec["selector"]}
    selector: Mapping[str, Any] = spec["podSelector" if document["kind"] == "NetworkPolicy" else "selector"]
    return selector


def _scalers(documents: Sequence[Document]) -> list[Document]:
    return of_kind(documents, "HorizontalPodAutoscaler", "ScaledObject")


def _target(scaler: Document) -> str:
    return str(scaler["spec"]["scaleTargetRef"]["name"])
