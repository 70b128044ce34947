"""What every pod keeps to: PodSecurity "restricted", a read-only root, limits, a tag, labels, an orderly end."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scripts.manifests.reading import COMPONENT, NAME, PART_OF, containers, of_kind, pods, servers, title
from scripts.manifests.rendering import Document

ENDS_WITHIN = 30
"""Seconds a service needs at most after SIGTERM."""


def insecure_pods(documents: Sequence[Document]) -> Iterator[str]:
    """Pods that could be root, write to their root, gain rights, or speak with the Kubernetes API."""
    for one in pods(documents):
        wrong = [*_insecure_pod(one.spec), *(w for c in containers(one.spec) for w in _insecure_container(c))]
        yield from (f"{one.title}: {what}" for what in wrong)


def _insecure_pod(spec: Mapping[str, Any]) -> Iterator[str]:
    context = spec.get("securityContext", {})
    if context.get("runAsNonRoot") is not True or not context.get("runAsUser"):
        yield "may run as root"
    if context.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "has no seccomp profile"
    if spec.get("automountServiceAccountToken") is not False:
        yield "gets a token of the Kubernetes API"
    if any(spec.get(name) for name in ("hostNetwork", "hostPID", "hostIPC")):
        yield "shares its node's namespaces"
    if any("hostPath" in volume for volume in spec.get("volumes", ())):
        yield "mounts its node's files"


def _insecure_container(container: Mapping[str, Any]) -> Iterator[str]:
    name, context = container["name"], container.get("securityContext", {})
    if context.get("allowPrivilegeEscalation") is not False or context.get("privileged"):
        yield f"{name} may gain privileges"
    if context.get("readOnlyRootFilesystem") is not True:
        yield f"{name} can write to its root"
    if context.get("capabilities") != {"drop": ["ALL"]}:
        yield f"{name} keeps capabilities"
    if {"runAsUser", "runAsNonRoot", "seccompProfile"} & set(context):
        yield f"{name} departs from its pod's security context"


def unlimited(documents: Sequence[Document]) -> Iterator[str]:
    """Containers without requests or a memory limit, and scratch volumes without a size."""
    for one in pods(documents):
        for container in containers(one.spec):
            given = container.get("resources", {})
            if not {"cpu", "memory"} <= set(given.get("requests", ())) or "memory" not in given.get("limits", ()):
                yield f"{one.title}: {container['name']} has no requests or no memory limit"
        for volume in one.spec.get("volumes", ()):
            if "emptyDir" in volume and "sizeLimit" not in volume["emptyDir"]:
                yield f"{one.title}: the volume {volume['name']} may grow without end"


def untagged(documents: Sequence[Document]) -> Iterator[str]:
    """Images that are another thing tomorrow."""
    images = [(one.title, c["image"]) for one in pods(documents) for c in containers(one.spec)]
    images += [(title(d), d["spec"].get("image", "")) for d in of_kind(documents, "RabbitmqCluster")]
    for where, image in images:
        tag = image.rpartition("/")[2].partition(":")[2]
        if "@sha256:" not in image and tag in ("", "latest"):
            yield f"{where}: the image '{image}' has no tag of its own"


def unrestricted(documents: Sequence[Document]) -> Iterator[str]:
    """Namespaces in which Kubernetes itself would let an insecure pod in."""
    spaces = of_kind(documents, "Namespace")
    for space in spaces:
        if space["metadata"].get("labels", {}).get("pod-security.kubernetes.io/enforce") != "restricted":
            yield f"{title(space)} does not enforce 'restricted'"
    if not spaces:
        yield "there is no Namespace"


def unlabelled(documents: Sequence[Document]) -> Iterator[str]:
    """Objects that do not say whose they are."""
    found = [title(d) for d in documents if d["metadata"].get("labels", {}).get(PART_OF) != "klu-hat"]
    found += [one.title for one in pods(documents) if not {PART_OF, NAME, COMPONENT} <= set(one.labels)]
    return (f"{name} lacks a label" for name in found)


def hurried(documents: Sequence[Document]) -> Iterator[str]:
    """Services that would be killed while they still hand back what they have, or replaced before another is there."""
    for one in servers(documents):
        stops = [c.get("lifecycle", {}).get("preStop", {}) for c in containers(one.spec)]
        waits = [stop.get("sleep", {}).get("seconds", 0) for stop in stops]
        if not min(waits):
            yield f"{one.title} is stopped while proxies still send to it"
        if one.spec.get("terminationGracePeriodSeconds", 30) < ENDS_WITHIN + max(waits):
            yield f"{one.title} is killed before it has ended"
        if one.document["spec"].get("strategy", {}).get("rollingUpdate", {}).get("maxUnavailable") != 0:
            yield f"{one.title} gives up a pod before the new one is ready"
