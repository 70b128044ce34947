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
Needs = Mapping[str, Edges]
"""By what is needed, the edges of which at least one must be there."""

OURS = (*SERVICES, "backup")
PUBLIC = ("intake", "router", "replies")
"""The services that people meet; the notifier's public port has no pages."""
STORES: Needs = {
    "its database": frozenset({("mongodb", 27017), ("addresses", 27017)}),
    "its broker": frozenset({("rabbitmq", 5672), ("addresses", 5671)}),
    "names": frozenset({("a namespace", "53/UDP")}),
    "long names": frozenset({("a namespace", 53)}),
}
MAIL: Needs = {
    "a mail server": frozenset({("mailpit", 1025), ("addresses", 25), ("addresses", 465), ("addresses", 587)})
}
FIGURES: Needs = {"Prometheus": frozenset({("a namespace", "management")})}
PEOPLE: Needs = {"the ingress controller": frozenset({("a namespace", "http")})}
COLLECTOR: Edges = frozenset({("a namespace", 4318)})
"""Where traces go, if anybody wants them."""
NAMES = STORES["names"] | STORES["long names"]
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
    policies = of_kind(documents, "NetworkPolicy")
    if not any(_denies_all(policy["spec"]) for policy in policies):
        yield "nothing denies what is not named"
    for policy in policies:
        for way, peers in PEERS.items():
            for rule in policy["spec"].get(way, ()):
                if not rule.get(peers) or not all(rule[peers]):
                    yield f"{title(policy)}: {way} with everybody"
                if not rule.get("ports"):
                    yield f"{title(policy)}: {way} on every port"


def edges(documents: Sequence[Document]) -> Iterator[str]:
    """Edges of our services, their jobs and the backup that are missing, or that nobody needs."""
    for one in pods(documents):
        for way, needs in _needs(one).items():
            has = reach(one, way, documents) - (COLLECTOR if way == "egress" else set())
            yield from (f"{one.title}: {way} lacks {what}" for what, ways in needs.items() if not ways & has)
            yield from _needless(one, way, has.difference(*needs.values()))


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
                if other.labels.get(NAME) == peer and not _lets_in(other, one, port, documents):
                    yield f"{one.title} may go to {peer}:{port}, and {other.title} does not let it in"


def reach(one: Pods, way: str, documents: Sequence[Document]) -> set[Edge]:
    """All edges of some pods in one direction, by all policies that select them."""
    return {
        (peer, _port(port))
        for rule in _rules(one, way, documents)
        for peer in _peers(rule.get(PEERS[way], ()), documents)
        for port in rule.get("ports", ())
    }


def _needs(one: Pods) -> Mapping[str, Needs]:
    """A Job of a service has the service's name and so its edges; it serves nothing, so nothing is risked."""
    name = one.labels.get(NAME)
    if name not in OURS:
        return {}
    serves = name if one.labels.get(COMPONENT) == "service" else ""
    coming = {**(FIGURES if name in SERVICES else {}), **(PEOPLE if serves in PUBLIC else {})}
    return {"egress": {**STORES, **(MAIL if serves == "notifier" else {})}, "ingress": coming}


def _needless(one: Pods, way: str, edges: set[Edge]) -> list[str]:
    return [f"{one.title}: {way} {peer}:{port} is needed by nobody" for peer, port in sorted(edges, key=str)]


def _denies_all(spec: Mapping[str, Any]) -> bool:
    silent = not spec.get("ingress") and not spec.get("egress")
    return silent and not spec["podSelector"] and {"Ingress", "Egress"} <= set(spec["policyTypes"])


def _rules(one: Pods, way: str, documents: Sequence[Document]) -> Iterator[Mapping[str, Any]]:
    for policy in of_kind(documents, "NetworkPolicy"):
        if selects(policy["spec"]["podSelector"], one.labels):
            yield from policy["spec"].get(way, ())


def _peers(peers: Sequence[Mapping[str, Any]], documents: Sequence[Document]) -> Iterator[str]:
    """Names of peers. A selector that selects nobody here is told as ``nobody``."""
    for peer in peers:
        if "ipBlock" in peer:
            yield "addresses"
        elif "namespaceSelector" in peer:
            space = peer["namespaceSelector"].get("matchLabels", {}).get("kubernetes.io/metadata.name")
            yield "any namespace" if space is None else "a namespace"
        else:
            chosen = {p.labels.get(NAME, "?") for p in everyone(documents) if selects(peer["podSelector"], p.labels)}
            yield from chosen or {"nobody"}


def _port(port: Mapping[str, Any]) -> int | str:
    """``5672``, ``management``, ``53/UDP``, ``35672-35682``."""
    told = f"{port['port']}-{port['endPort']}" if "endPort" in port else port["port"]
    return told if port.get("protocol", "TCP") == "TCP" else f"{told}/{port['protocol']}"


def _lets_in(other: Pods, one: Pods, port: int | str, documents: Sequence[Document]) -> bool:
    return any(
        any("podSelector" in peer and selects(peer["podSelector"], one.labels) for peer in rule.get("from", ()))
        and any(_port(named) == port for named in rule.get("ports", ()))
        for rule in _rules(other, "ingress", documents)
    )
