"""What every pod keeps to: PodSecurity "restricted", a read-only root, limits, a tag, labels, an orderly end."""

from collections.abc import Iterator, Sequence

from scripts.manifests.reading import COMPONENT, NAME, PART_OF, containers, of_kind, pods, servers, title
from scripts.manifests.rendering import Document

ENDS_WITHIN = 30
"""Seconds a service needs at most after SIGTERM."""


def insecure_pods(documents: Sequence[Document]) -> Iterator[str]:
    """Pods that could be root, write to their root, gain rights, or speak with the Kubernetes API."""
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
            if not {"cpu", "memory"} <= set(given.get("requests", ())) or "memory" not in given.get("limits", ()):
                yield f"{one.title}: {container['name']} has no requests or no memory limit"
        for volume in one.spec.get("volumes", ()):
            if "sizeLimit" not in volume.get("emptyDir", {"sizeLimit"}):
                yield f"{one.title}: the volume {volume['name']} may grow without end"


def untagged(documents: Sequence[Document]) -> Iterator[str]:
    images = [(one.title, c["image"]) for one in pods(documents) for c in containers(one.spec)]
    images += [(title(d), d["spec"].get("image", "")) for d in of_kind(documents, "RabbitmqCluster")]
    for where, image in images:
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
