"""Our own rules, by name. Each yields a sentence for each thing that is wrong with the rendered documents."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from scripts.manifests.rendering import Document
from scripts.manifests.rules import network, references, settings, workloads

Rule = Callable[[Sequence[Document]], Iterable[str]]

RULES: Mapping[str, Rule] = {
    "pods are hardened": workloads.insecure_pods,
    "containers are limited": workloads.unlimited,
    "images carry a tag": workloads.untagged,
    "a quota has room for what may run": workloads.cramped,
    "the namespace is restricted": workloads.unrestricted,
    "everything is labelled": workloads.unlabelled,
    "a service stops in peace": workloads.hurried,
    "services get the settings they know": settings.wrong,
    "services listen where they are asked": settings.unexposed_ports,
    "probes point at real routes": settings.astray,
    "nobody speaks unless named": network.open_doors,
    "nobody may go anywhere": network.far,
    "each pod has the edges it needs and no other": network.edges,
    "what the services stand on meets nobody else": network.strangers,
    "both ends of an edge agree": network.one_sided,
    "a selector selects one application": workloads.misdirected,
    "one scaler, one budget": workloads.conflicting_scalers,
    "queues are watched as they are consumed": workloads.queues,
    "what is referred to is there": references.missing,
    "no secret is stored": references.stored,
    "people are led to the configured hosts": references.hosts,
}

PRODUCTION: Mapping[str, Rule] = {"one may die": workloads.single_replica}


def broken(documents: Sequence[Document], rules: Mapping[str, Rule] = RULES) -> list[str]:
    """All findings, each behind the rule it breaks."""
    return [f"{name}: {finding}" for name, rule in rules.items() for finding in rule(documents)]
