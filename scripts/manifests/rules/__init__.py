"""Our own rules, by name. Each yields a sentence for each thing that is wrong with the rendered documents."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from scripts.manifests.rendering import Document
from scripts.manifests.rules import network, pods, references, scaling, settings

Rule = Callable[[Sequence[Document]], Iterable[str]]

RULES: Mapping[str, Rule] = {
    "pods are hardened": pods.insecure_pods,
    "containers are limited": pods.unlimited,
    "images carry a tag": pods.untagged,
    "the namespace is restricted": pods.unrestricted,
    "everything is labelled": pods.unlabelled,
    "a service stops in peace": pods.hurried,
    "services get the settings they know": settings.wrong,
    "services listen where they are asked": settings.unexposed_ports,
    "probes point at real routes": settings.astray,
    "nobody speaks unless named": network.open_doors,
    "each pod has the edges it needs and no other": network.edges,
    "what the services stand on meets nobody else": network.strangers,
    "both ends of an edge agree": network.one_sided,
    "a selector selects one application": scaling.astray,
    "one scaler, one budget": scaling.conflicting_scalers,
    "queues are watched as they are consumed": scaling.queues,
    "what is referred to is there": references.missing,
    "no secret is stored": references.stored,
    "people are led to the configured hosts": references.hosts,
}
"""Hold for everything that is rendered."""

PRODUCTION: Mapping[str, Rule] = {"one may die": scaling.single_replica}
"""Hold for the production overlay besides."""


def broken(documents: Sequence[Document], rules: Mapping[str, Rule] = RULES) -> list[str]:
    """All findings, each behind the rule it breaks."""
    return [f"{name}: {finding}" for name, rule in rules.items() for finding in rule(documents)]
