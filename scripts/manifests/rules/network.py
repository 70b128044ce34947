"""Who may speak with whom. Nobody by default; each pod of ours has exactly the edges that its work needs.

An edge is told as a peer and a port: ``("rabbitmq", 5672)``, ``("namespace monitoring", "management")``,
``("addresses", 587)``. Peers in our own namespace are resolved to the pods that their selectors really select.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scripts.manifests.reading import COMPONENT, NAME, Pods, kept_by_operators, of_kind, pods, selects, title
from scripts.manifests.rendering import SERVICES, Document

Edge = tuple[str, int | str]
Needs = dict[str, frozenset[Edge]]

STORES: Needs = {
    "its database": frozenset({("mongodb", 27017), ("addresses", 27017)}),
    "its broker": frozenset({("rabbitmq", 5672), ("addresses", 5671)}),
    "names": frozenset({("namespace kube-system", "53/UDP")}),
    "long names": frozenset({("namespace kube-system", 53)}),
}
MAIL: Needs = {
    "a mail server": frozenset({("mailpit", 1025), ("addresses", 25), ("addresses", 465), ("addresses", 587)})
}
COLLECTOR = frozenset({("namespace monitoring", 4318)})
"""Where traces go, if anybody wants them."""
FIGURES: Needs = {"Prometheus": frozenset({("namespace monitoring", "management")})}
PUBLIC = ("intake", "router", "replies")
"""The services that people meet; the notifier's public port has no pages."""


def open_doors(documents: Sequence[Document]) -> list[str]:
    """A namespace that is open where nothing is said, and policies that say *everybody* or *every port*."""
    policies = of_kind(documents, "NetworkPolicy")
    found = [] if any(_denies_all(policy["spec"]) for policy in policies) else ["nothing denies what is not named"]
    for policy in policies:
        for way, peers in (("ingress", "from"), ("egress", "to")):
            for rule in policy["spec"].get(way, ()):
                if not rule.get(peers) or not all(rule[peers]):
                    found.append(f"{title(policy)}: {way} with everybody")
                if not rule.get("ports"):
                    found.append(f"{title(policy)}: {way} on every port")
    return found


def edges(documents: Sequence[Document]) -> list[str]:
    """Edges of our services, their jobs and the backup that are missing, or that nobody needs."""
    found = []
    for one in pods(documents):
        if one.labels.get(NAME) in (*SERVICES, "backup"):
            going, coming = (reach(one, way, documents) for way in ("egress", "ingress"))
            doors = _doors(one, coming)
            if _serves(one, PUBLIC) and not doors:
                found.append(f"{one.title}: ingress lacks the ingress controller")
            found += _missing_or_needless(one, "egress", going - COLLECTOR, _going(one))
            found += _missing_or_needless(one, "ingress", coming - doors, _coming(one))
    return found


def one_sided(documents: Sequence[Document]) -> list[str]:
    """Edges between two of our pods that one end allows and the other does not."""
    found, all_pods = [], everyone(documents)
    for one in pods(documents):
        for peer, port in sorted(reach(one, "egress", documents), key=str):
            deaf = [p for p in all_pods if p.labels.get(NAME) == peer and not _lets_in(p, one, port, documents)]
            found += [f"{one.title} may go to {peer}:{port}, and {other.title} does not let it in" for other in deaf]
    return found


def everyone(documents: Sequence[Document]) -> list[Pods]:
    """Every pod of the namespace, also those that operators make."""
    return pods(documents) + kept_by_operators(documents)


def reach(one: Pods, way: str, documents: Sequence[Document]) -> set[Edge]:
    """All edges of some pods in one direction, by all policies that select them."""
    return {
        (peer, _port(port))
        for rule in _rules(one, way, documents)
        for peer in _peers(rule.get("from" if way == "ingress" else "to", ()), documents)
        for port in rule.get("ports", ())
    }


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
            space = peer["namespaceSelector"].get("matchLabels", {}).get("kubernetes.io/metadata.name", "of any name")
            yield f"namespace {space}"
        else:
            chosen = {p.labels.get(NAME, "?") for p in everyone(documents) if selects(peer["podSelector"], p.labels)}
            yield from chosen or {"nobody"}


def _port(port: Mapping[str, Any]) -> int | str:
    """``5672``, ``management``, ``53/UDP``, ``35672-35682``."""
    told = f"{port['port']}-{port['endPort']}" if "endPort" in port else port["port"]
    return told if port.get("protocol", "TCP") == "TCP" else f"{told}/{port['protocol']}"


def _going(one: Pods) -> Needs:
    return STORES | MAIL if _serves(one, ("notifier",)) else STORES


def _coming(one: Pods) -> Needs:
    """A Job of a service has the service's name and so its edges; it serves nothing, so nothing is risked."""
    return FIGURES if one.labels[NAME] in SERVICES else {}


def _serves(one: Pods, names: Sequence[str]) -> bool:
    return one.labels.get(COMPONENT) == "service" and one.labels.get(NAME) in names


def _missing_or_needless(one: Pods, way: str, has: set[Edge], needs: Needs) -> list[str]:
    needed = frozenset().union(*needs.values())
    return [f"{one.title}: {way} lacks {what}" for what, ways in needs.items() if not ways & has] + [
        f"{one.title}: {way} {peer}:{port} is needed by nobody" for peer, port in sorted(has - needed, key=str)
    ]


def _doors(one: Pods, coming: set[Edge]) -> set[Edge]:
    """The edges that bring people: from one namespace, whatever the ingress controller's is called."""
    doors = {edge for edge in coming if edge[1] == "http" and edge[0].startswith("namespace ")}
    return (
        doors if _serves(one, PUBLIC) and len(doors) == 1 and ("namespace of any name", "http") not in doors else set()
    )


def _lets_in(other: Pods, one: Pods, port: int | str, documents: Sequence[Document]) -> bool:
    return any(
        any("podSelector" in peer and selects(peer["podSelector"], one.labels) for peer in rule.get("from", ()))
        and any(_port(named) == port for named in rule.get("ports", ()))
        for rule in _rules(other, "ingress", documents)
    )
