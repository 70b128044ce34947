"""What every pod keeps to, from its rights to its end; selectors, scalers and budgets; what KEDA's scalers watch."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from scripts.local.config import SERVICES
from scripts.manifests.rendering import (
    COMPONENT,
    MANIFESTS,
    NAME,
    PART_OF,
    Document,
    containers,
    everyone,
    of_kind,
    pods,
    selector,
    selects,
    servers,
    title,
)
from shared.broker.topology import CONSUMERS, queue_name

LEAST = 2
"""Pods of each service: the relay and the letters run in them, whatever waits in the queues."""
KEDA = MANIFESTS / "components" / "keda"
HEAD = "# `make docs` writes the triggers of type rabbitmq, from shared/broker/topology.py.\n"
COUNTED = ("pods", "requests.cpu", "requests.memory", "limits.memory", "limits.ephemeral-storage")
SUFFIXES: Mapping[str, float] = {"": 1, "m": 1e-3, "Mi": 2**20, "Gi": 2**30}
SCALERS = ("HorizontalPodAutoscaler", "ScaledObject")
RESOURCES = {"requests": {"cpu", "memory", "ephemeral-storage"}, "limits": {"memory", "ephemeral-storage"}}
EXACT = re.compile(r":v?\d+\.\d+\.\d+[\w.-]*$|@sha256:[0-9a-f]{64}$")
ENDS_WITHIN = 30
"""Seconds a service needs at most after SIGTERM."""


def insecure_pods(documents: Sequence[Document]) -> Iterator[str]:
    for where, spec in [(one.title, one.spec) for one in pods(documents)]:
        context, volumes = spec.get("securityContext", {}), spec.get("volumes", ())
        if context.get("runAsNonRoot") is not True or not context.get("runAsUser"):
            yield f"{where} may run as root"
        if context.get("seccompProfile") != {"type": "RuntimeDefault"}:
            yield f"{where} has no seccomp profile"
        if spec.get("automountServiceAccountToken") is not False:
            yield f"{where} gets a token of the Kubernetes API"
        if spec.get("hostNetwork") or spec.get("hostPID") or spec.get("hostIPC"):
            yield f"{where} shares its node's namespaces"
        if any("hostPath" in volume for volume in volumes):
            yield f"{where} mounts its node's files"
        for name, own in [(c["name"], c.get("securityContext", {})) for c in containers(spec)]:
            if own.get("allowPrivilegeEscalation") is not False or own.get("privileged"):
                yield f"{where}: {name} may gain privileges"
            if own.get("readOnlyRootFilesystem") is not True:
                yield f"{where}: {name} can write to its root"
            if own.get("capabilities") != {"drop": ["ALL"]}:
                yield f"{where}: {name} keeps capabilities"
            if {"runAsUser", "runAsNonRoot", "seccompProfile"} & set(own):
                yield f"{where}: {name} departs from its pod's security context"


def unlimited(documents: Sequence[Document]) -> Iterator[str]:
    for one in pods(documents):
        for container in containers(one.spec):
            given = container.get("resources", {})
            for kind, needed in RESOURCES.items():
                for what in sorted(needed - set(given.get(kind, ()))):
                    yield f"{one.title}: {container['name']} has no {kind} of {what}"
        for volume in one.spec.get("volumes", ()):
            if "sizeLimit" not in volume.get("emptyDir", {"sizeLimit"}):
                yield f"{one.title}: the volume {volume['name']} may grow without end"


def cramped(documents: Sequence[Document]) -> Iterator[str]:
    """Quotas that are smaller than what may run: every pod of ours, at its scaler's largest number, and one that
    replaces another; jobs once."""
    for quota in of_kind(documents, "ResourceQuota"):
        wanted = dict.fromkeys(COUNTED, 0.0)
        for one in pods(documents):
            number = _at_most(one.document, documents)
            wanted["pods"] += number
            for key in COUNTED[1:]:
                kind, _, what = key.partition(".")
                given = [c.get("resources", {}).get(kind, {}).get(what, 0) for c in containers(one.spec)]
                wanted[key] += number * sum(map(quantity, given))
        for key, most in quota["spec"]["hard"].items():
            if wanted.get(key, 0) > quantity(most):
                yield f"{title(quota)}: {key} is {most}, and {wanted[key]:g} may be asked for"


def quantity(told: str | int) -> float:
    """A number of Kubernetes: ``100m``, ``2Gi``, ``3``."""
    number, suffix = re.fullmatch(r"([\d.]+)(\w*)", str(told)).groups()  # type: ignore[union-attr]
    return float(number) * SUFFIXES[suffix]


def _at_most(document: Document, documents: Sequence[Document]) -> int:
    specs = [scaler["spec"] for scaler in _scalers_of(document, documents)]
    largest = [spec.get("maxReplicas") or spec.get("maxReplicaCount") for spec in specs]
    replicas = int(max(largest or [document["spec"].get("replicas", 1)]))
    return replicas + 1 if document["kind"] == "Deployment" else replicas


def untagged(documents: Sequence[Document]) -> Iterator[str]:
    images = [(one.title, c["image"]) for one in pods(documents) for c in containers(one.spec)]
    images += [(title(d), d["spec"].get("image", "")) for d in of_kind(documents, "RabbitmqCluster")]
    for where, image in images:
        if "klu-hat/" not in image and not EXACT.search(image):
            yield f"{where}: the image '{image}' is not one release: neither x.y.z nor a digest"
        if "@sha256:" not in image and image.rpartition("/")[2].partition(":")[2] in ("", "latest"):
            yield f"{where}: the image '{image}' has no tag of its own"


def unrestricted(documents: Sequence[Document]) -> Iterator[str]:
    enforced = [d["metadata"].get("labels", {}) for d in of_kind(documents, "Namespace")]
    if not enforced:
        yield "there is no Namespace"
    if any(labels.get("pod-security.kubernetes.io/enforce") != "restricted" for labels in enforced):
        yield "the namespace does not enforce 'restricted'"


def unlabelled(documents: Sequence[Document]) -> Iterator[str]:
    found = [title(d) for d in documents if d["metadata"].get("labels", {}).get(PART_OF) != "klu-hat"]
    found += [one.title for one in pods(documents) if not {PART_OF, NAME, COMPONENT} <= set(one.labels)]
    return (f"{name} lacks a label" for name in found)


def hurried(documents: Sequence[Document]) -> Iterator[str]:
    for one in servers(documents):
        stops = [c.get("lifecycle", {}).get("preStop", {}) for c in containers(one.spec)]
        waits = [stop.get("sleep", {}).get("seconds", 0) for stop in stops]
        if not min(waits):
            yield f"{one.title} is stopped while proxies still send to it"
        if one.spec.get("terminationGracePeriodSeconds", 30) < ENDS_WITHIN + max(waits):
            yield f"{one.title} is killed before it has ended"
        if one.document["spec"].get("strategy", {}).get("rollingUpdate", {}).get("maxUnavailable") != 0:
            yield f"{one.title} gives up a pod before the new one is ready"


def triggers(service: str) -> list[Document]:
    queue = {"protocol": "amqp", "mode": "QueueLength", "value": "50"}
    names = [queue_name(service, event) for event in CONSUMERS[service]]
    metadata = [{**queue, "queueName": name} for name in names]
    return [{"type": "rabbitmq", "authenticationRef": {"name": "klu-keda"}, "metadata": each} for each in metadata]


def scaled_objects() -> Iterator[tuple[Path, str]]:
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


def misdirected(documents: Sequence[Document]) -> Iterator[str]:
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
