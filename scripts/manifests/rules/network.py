"""Who may speak with whom. Nobody by default; each pod of ours has exactly the edges that its work needs.

An edge is a peer and a port: ``("rabbitmq", 5672)``, ``("a namespace", "management")``, ``("addresses", 587)``.
Peers in our own namespace are resolved to the pods that their selectors really select. What another namespace is called
is the cluster's affair; that one is named is not.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scripts.local.config import SERVICES
from scripts.manifests.reading import COMPONENT, NAME, Pods, everyone, of_kind, pods, selects, title
from scripts.manifests.rendering import Document

Edge = tuple[str, int | str]
Edges = frozenset[Edge]
OURS = (*SERVICES, "backup")
PUBLIC = ("intake", "router", "replies")
"""The services that people meet; the notifier's public port has no pages."""
NEEDS: Mapping[str, Edges] = {
    "its database": frozenset({("mongodb", 27017), ("addresses", 27017)}),
    "its broker": frozenset({("rabbitmq", 5672), ("addresses", 5671)}),
    "names": frozenset({("a namespace", "53/UDP")}),
    "long names": frozenset({("a namespace", 53)}),
    "a mail server": frozenset({("mailpit", 1025), ("addresses", 25), ("addresses", 465), ("addresses", 587)}),
    "Prometheus": frozenset({("a namespace", "management")}),
    "the ingress controller": frozenset({("a namespace", "http")}),
}
"""By what is needed, the edges of which at least one must be there."""
STORES = ("its database", "its broker", "names", "long names")
COLLECTOR: Edges = frozenset({("a namespace", 4318)})
"""Where traces go, if anybody wants them."""
NAMES = NEEDS["names"] | NEEDS["long names"]
NODES: Edges = frozenset({("rabbitmq", 4369), ("rabbitmq", 25672), ("rabbitmq", "35672-35682")})
AMQP: Edges = frozenset((name, 5672) for name in (*OURS, "a namespace"))
MEMBERS: Edges = frozenset({("mongodb", 27017)})
QUERIES: Edges = frozenset((name, 27017) for name in OURS)
API: Edges = frozenset({("addresses", 443), ("addresses", 6443)})
"""The API server's address differs from cluster to cluster; only the agent of MongoDB's operator goes there."""
KEPT: Mapping[str, Mapping[str, Edges]] = {
    "rabbitmq": {"ingress": NODES | AMQP | {("a namespace", 15692)}, "egress": NODES | NAMES},
    "mongodb": {"ingress": MEMBERS | QUERIES, "egress": MEMBERS | NAMES | API},
    "mailpit": {"ingress": frozenset({("notifier", 1025)}), "egress": frozenset()},
}
"""At most these, for what the services stand on: a broker asked by our pods and by KEDA, and so on."""
PEERS = {"ingress": "from", "egress": "to"}


def open_doors(documents: Sequence[Document]) -> Iterator[str]:
    """A namespace that is open where nothing is said, and policies that say *everybody* or *every port*."""
    specs = {title(policy): policy["spec"] for policy in of_kind(documents, "NetworkPolicy")}
    everything = {"podSelector": {}, "policyTypes": ["Egress", "Ingress"]}
    if everything not in [{**spec, "policyTypes": sorted(spec["policyTypes"])} for spec in specs.values()]:
        yield "nothing denies what is not named"
    for name, spec in specs.items():
        for way, peers in PEERS.items():
            for rule in spec.get(way, ()):
                if not rule.get(peers) or not all(rule[peers]):
                    yield f"{name}: {way} with everybody"
                if not rule.get("ports"):
                    yield f"{name}: {way} on every port"


def edges(documents: Sequence[Document]) -> Iterator[str]:
    """Edges of our services, their jobs and the backup that are missing, or that nobody needs.

    A Job of a service has the service's name and so its edges; it serves nothing, so nothing is risked.
    """
    for one in pods(documents):
        name = one.labels.get(NAME)
        serves = name if one.labels.get(COMPONENT) == "service" else ""
        going = [*STORES, *(["a mail server"] if serves == "notifier" else [])]
        coming = ["Prometheus"] if name in SERVICES else []
        coming += ["the ingress controller"] if serves in PUBLIC else []
        for way, needs in {"egress": going, "ingress": coming}.items() if name in OURS else ():
            has = reach(one, way, documents) - (COLLECTOR if way == "egress" else set())
            yield from (f"{one.title}: {way} lacks {what}" for what in needs if not NEEDS[what] & has)
            yield from _needless(one, way, has.difference(*(NEEDS[what] for what in needs)))


def strangers(documents: Sequence[Document]) -> Iterator[str]:
    """Edges of a broker, a database or a mailbox in our namespace that lead to or from anybody but ours."""
    for one in everyone(documents):
        for way, allowed in KEPT.get(one.labels.get(NAME, ""), {}).items():
            yield from _needless(one, way, reach(one, way, documents) - allowed)


def one_sided(documents: Sequence[Document]) -> Iterator[str]:
    """Edges between two of our pods that one end allows and the other does not."""
    for one in pods(documents):
        for peer, port in sorted(reach(one, "egress", documents), key=str):
            for other in everyone(documents):
                lets_in = reach(other, "ingress", documents, only=one)
                if other.labels.get(NAME) == peer and port not in {port for _, port in lets_in}:
                    yield f"{one.title} may go to {peer}:{port}, and {other.title} does not let it in"


def reach(one: Pods, way: str, documents: Sequence[Document], only: Pods | None = None) -> set[Edge]:
    """All edges of some pods in one direction, by all policies that select them; ``only`` those with some pods."""
    policies = [policy["spec"] for policy in of_kind(documents, "NetworkPolicy")]
    rules = [rule for spec in policies if selects(spec["podSelector"], one.labels) for rule in spec.get(way, ())]
    others = [only] if only else everyone(documents)
    return {
        (peer, _port(port))
        for rule in rules
        for peer in _peers(rule.get(PEERS[way], ()), others, strict=only is not None)
        for port in rule.get("ports", ())
    }


def _peers(peers: Sequence[Mapping[str, Any]], others: Sequence[Pods], *, strict: bool) -> Iterator[str]:
    """Names of peers, if not ``strict`` also of those outside of our namespace.

    A selector that selects nobody here is told as ``nobody``.
    """
    for peer in peers:
        if "podSelector" in peer and "namespaceSelector" not in peer:
            chosen = {p.labels.get(NAME, "?") for p in others if selects(peer["podSelector"], p.labels)}
            yield from chosen or (set() if strict else {"nobody"})
        elif not strict and "ipBlock" in peer:
            yield "addresses"
        elif not strict:
            labels = peer["namespaceSelector"].get("matchLabels", {})
            yield "a namespace" if "kubernetes.io/metadata.name" in labels else "any namespace"


def _needless(one: Pods, way: str, edges: set[Edge]) -> list[str]:
    return [f"{one.title}: {way} {peer}:{port} is needed by nobody" for peer, port in sorted(edges, key=str)]


def _port(port: Mapping[str, Any]) -> int | str:
    """``5672``, ``management``, ``53/UDP``, ``35672-35682``."""
    told = f"{port['port']}-{port['endPort']}" if "endPort" in port else port["port"]
    return told if port.get("protocol", "TCP") == "TCP" else f"{told}/{port['protocol']}"
