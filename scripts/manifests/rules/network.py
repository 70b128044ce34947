"""Who may speak with whom. Nobody by default; each pod of ours has exactly the edges that its work needs.

Peers in our own namespace are resolved to the pods that their selectors really select. What another namespace is called
is the cluster's affair; that one is named is not.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scripts.manifests.reading import COMPONENT, NAME, Pods, kept_by_operators, of_kind, pods, selects, title
from scripts.manifests.rendering import SERVICES, Document
from scripts.manifests.rules.needs import COLLECTOR, FIGURES, KEPT, MAIL, OURS, PEOPLE, PUBLIC, STORES, Edge, Needs


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
        if one.labels.get(NAME) in OURS:
            found += _differences(one, "egress", reach(one, "egress", documents) - COLLECTOR, _going(one))
            found += _differences(one, "ingress", reach(one, "ingress", documents), _coming(one))
    return found


def strangers(documents: Sequence[Document]) -> list[str]:
    """Edges of a broker, a database or a mailbox in our namespace that lead to or from anybody but ours."""
    return [
        f"{one.title}: {way} {peer}:{port} is needed by nobody"
        for one in everyone(documents)
        for way, allowed in KEPT.get(one.labels.get(NAME, ""), {}).items()
        for peer, port in sorted(reach(one, way, documents) - allowed, key=str)
    ]


def one_sided(documents: Sequence[Document]) -> list[str]:
    """Edges between two of our pods that one end allows and the other does not."""
    found, all_pods = [], everyone(documents)
    for one in pods(documents):
        for peer, port in sorted(reach(one, "egress", documents), key=str):
            unexposed_ports = [
                p for p in all_pods if p.labels.get(NAME) == peer and not _lets_in(p, one, port, documents)
            ]
            found += [
                f"{one.title} may go to {peer}:{port}, and {other.title} does not let it in"
                for other in unexposed_ports
            ]
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
            space = peer["namespaceSelector"].get("matchLabels", {}).get("kubernetes.io/metadata.name")
            yield "any namespace" if space is None else "a namespace"
        else:
            chosen = {p.labels.get(NAME, "?") for p in everyone(documents) if selects(peer["podSelector"], p.labels)}
            yield from chosen or {"nobody"}


def _port(port: Mapping[str, Any]) -> int | str:
    """``5672``, ``management``, ``53/UDP``, ``35672-35682``."""
    told = f"{port['port']}-{port['endPort']}" if "endPort" in port else port["port"]
    return told if port.get("protocol", "TCP") == "TCP" else f"{told}/{port['protocol']}"


def _going(one: Pods) -> Needs:
    return {**STORES, **MAIL} if _serves(one, ("notifier",)) else STORES


def _coming(one: Pods) -> Needs:
    """A Job of a service has the service's name and so its edges; it serves nothing, so nothing is risked."""
    if _serves(one, PUBLIC):
        return {**FIGURES, **PEOPLE}
    return FIGURES if one.labels[NAME] in SERVICES else {}


def _serves(one: Pods, names: Sequence[str]) -> bool:
    return one.labels.get(COMPONENT) == "service" and one.labels.get(NAME) in names


def _differences(one: Pods, way: str, has: set[Edge], needs: Needs) -> list[str]:
    needed = frozenset().union(*needs.values())
    return [f"{one.title}: {way} lacks {what}" for what, ways in needs.items() if not ways & has] + [
        f"{one.title}: {way} {peer}:{port} is needed by nobody" for peer, port in sorted(has - needed, key=str)
    ]


def _lets_in(other: Pods, one: Pods, port: int | str, documents: Sequence[Document]) -> bool:
    return any(
        any("podSelector" in peer and selects(peer["podSelector"], one.labels) for peer in rule.get("from", ()))
        and any(_port(named) == port for named in rule.get("ports", ()))
        for rule in _rules(other, "ingress", documents)
    )
