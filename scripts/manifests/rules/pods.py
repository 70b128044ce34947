"""What every pod of ours keeps to: PodSecurity "restricted", a read-only root, limits, a tag, labels, a quiet end."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scripts.manifests.reading import COMPONENT, NAME, Container, containers, of_kind, pods, servers, title
from scripts.manifests.rendering import Document

ENDS_WITHIN = 30
"""Seconds a service needs at most after SIGTERM."""


def insecure_pods(documents: Sequence[Document]) -> list[str]:
    """Pods that could be root, write to their root, gain rights, or speak with the Kubernetes API."""
    return [
        f"{one.title}: {what}"
        for one in pods(documents)
        for what in [*_insecure_pod(one.spec), *(w for c in containers(one.spec) for w in _insecure_container(c))]
    ]


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
    for volume in spec.get("volumes", ()):
        if "hostPath" in volume:
            yield f"mounts its node's files ({volume['name']})"


def _insecure_container(container: Container) -> Iterator[str]:
    name, context = container["name"], container.get("securityContext", {})
    if context.get("allowPrivilegeEscalation") is not False or context.get("privileged"):
        yield f"{name} may gain privileges"
    if context.get("readOnlyRootFilesystem") is not True:
        yield f"{name} can write to its root"
    if context.get("capabilities") != {"drop": ["ALL"]}:
        yield f"{name} keeps capabilities"
    if {"runAsUser", "runAsNonRoot", "seccompProfile"} & set(context):
        yield f"{name} departs from its pod's security context"


def unlimited(documents: Sequence[Document]) -> list[str]:
    """Containers without requests or a memory limit, and scratch volumes without a size."""
    found = []
    for one in pods(documents):
        for container in containers(one.spec):
            given = container.get("resources", {})
            if not {"cpu", "memory"} <= set(given.get("requests", ())) or "memory" not in given.get("limits", ()):
                found.append(f"{one.title}: {container['name']} has no requests or no memory limit")
        endless = [
            v["name"] for v in one.spec.get("volumes", ()) if "sizeLimit" not in v.get("emptyDir", ["sizeLimit"])
        ]
        found += [f"{one.title}: the volume {name} may grow without end" for name in endless]
    return found


def untagged(documents: Sequence[Document]) -> list[str]:
    """Images that are another thing tomorrow."""
    images = [(one.title, c["image"]) for one in pods(documents) for c in containers(one.spec)]
    images += [(title(d), d["spec"].get("image", "")) for d in of_kind(documents, "RabbitmqCluster")]
    return [f"{where}: the image '{image}' has no tag of its own" for where, image in images if not _tagged(image)]


def _tagged(image: str) -> bool:
    if "@sha256:" in image:
        return True
    _, colon, tag = image.rpartition("/")[2].partition(":")
    return bool(colon) and tag not in ("", "latest")


def unrestricted(documents: Sequence[Document]) -> list[str]:
    """Namespaces in which Kubernetes itself would let a soft pod in."""
    key = "pod-security.kubernetes.io/enforce"
    spaces = of_kind(documents, "Namespace")
    insecure_pods = [title(s) for s in spaces if s["metadata"].get("labels", {}).get(key) != "restricted"]
    return [f"{name} does not enforce 'restricted'" for name in insecure_pods] + (
        [] if spaces else ["there is no Namespace"]
    )


def unlabelled(documents: Sequence[Document]) -> list[str]:
    """Objects that nobody can tell whose they are."""
    part = "app.kubernetes.io/part-of"
    found = [title(d) for d in documents if d["metadata"].get("labels", {}).get(part) != "klu-hat"]
    found += [one.title for one in pods(documents) if not {part, NAME, COMPONENT} <= set(one.labels)]
    return [f"{name} lacks a label" for name in found]


def hurried(documents: Sequence[Document]) -> list[str]:
    """Services that would be killed while they still hand back what they have, or replaced before another is there."""
    found = []
    for one in servers(documents):
        waits = [
            c.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0) for c in containers(one.spec)
        ]
        if not min(waits):
            found.append(f"{one.title} is stopped while proxies still send to it")
        if one.spec.get("terminationGracePeriodSeconds", 30) < ENDS_WITHIN + max(waits):
            found.append(f"{one.title} is killed before it has ended")
        if one.document["spec"].get("strategy", {}).get("rollingUpdate", {}).get("maxUnavailable") != 0:
            found.append(f"{one.title} gives up a pod before the new one is ready")
    return found
