"""Who may speak with whom. Nobody by default; each pod of ours has exactly the edges that its work needs.

Peers in our own namespace are resolved to the pods that their selectors really select. What another namespace is called
is the cluster's affair; that one is named is not.
"""

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import yaml

from scripts.local.config import SERVICES
from scripts.manifests.rendering import COMPONENT, NAME, Document, Pods, everyone, of_kind, paths, pods, selects, title

Edge = tuple[str, int | str]
OURS = (*SERVICES, "backup")
PUBLIC = SERVICES
"""The services that people meet: at the notifier, the files that came by e-mail."""
STORES = ("its database", "its broker", "names", "long names")
EDGES = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
NEEDS: Mapping[str, set[Edge]] = {what: set(map(tuple, edges)) for what, edges in EDGES["needs"].items()}
RESOLVER = {"matchExpressions": [{"key": "k8s-app", "operator": "In", "values": ["kube-dns"]}]}
"""Pods of the cluster's name server, by the label that Kubernetes gives them, whatever program it is."""
FEW = 2**12
"""Addresses at most that one block may have: a server's, or a data centre's; not the world."""
PEERS = {"ingress": "from", "egress": "to"}


def open_doors(documents: Sequence[Document]) -> Iterator[str]:
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


def far(documents: Sequence[Document]) -> Iterator[str]:
    """Blocks of addresses that are wider than one server, or one provider's network, can need."""
    for policy in of_kind(documents, "NetworkPolicy"):
        for block in paths(policy["spec"], "ipBlock"):
            if (count := ip_network(block["cidr"]).num_addresses) > FEW:
                yield f"{title(policy)}: {block['cidr']} are {count} addresses"


def edges(documents: Sequence[Document]) -> Iterator[str]:
    """Edges of our services, their jobs and the backup that are missing, or that nobody needs."""
    for one in pods(documents):
        name = one.labels.get(NAME)
        serves = name if one.labels.get(COMPONENT) == "service" else ""
        going = [*STORES, *(["a mail server"] if serves == "notifier" else [])]
        coming = ["Prometheus"] if name in SERVICES else []
        coming += ["the ingress controller"] if serves in PUBLIC else []
        for way, needs in {"egress": going, "ingress": coming}.items() if name in OURS else ():
            allowed = [*EDGES["optional"], *EDGES["optional_of"].get(serves, ())] if way == "egress" else []
            allowed += EDGES["optional_to"].get(serves, ()) if way == "ingress" else []
            has = reach(one, way, documents) - set(map(tuple, allowed))
            yield from (f"{one.title}: {way} lacks {what}" for what in needs if not NEEDS[what] & has)
            yield from _needless(one, way, has.difference(*(NEEDS[what] for what in needs)))


def strangers(documents: Sequence[Document]) -> Iterator[str]:
    for one in everyone(documents):
        for way, allowed in EDGES["kept"].get(one.labels.get(NAME, ""), {}).items():
            yield from _needless(one, way, reach(one, way, documents).difference(map(tuple, allowed)))


def one_sided(documents: Sequence[Document]) -> Iterator[str]:
    for one in pods(documents):
        for peer, port in sorted(reach(one, "egress", documents), key=str):
            for other in everyone(documents):
                if (peer, port) not in reach(one, "egress", documents, only=other):
                    continue  # pods of the same name to which it does not go
                lets_in = reach(other, "ingress", documents, only=one)
                if port not in {port for _, port in lets_in}:
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
    """Names of peers, if not ``strict`` also of those outside of our namespace, and of nobody."""
    for peer in peers:
        if "podSelector" in peer and "namespaceSelector" not in peer:
            chosen = {p.labels.get(NAME, "?") for p in others if selects(peer["podSelector"], p.labels)}
            yield from chosen or (set() if strict else {"nobody"})
        elif not strict and "ipBlock" in peer:
            yield "addresses"
        elif not strict and peer.get("podSelector") == RESOLVER:
            yield "the cluster's names"
        elif not strict:
            labels = peer["namespaceSelector"].get("matchLabels", {})
            yield "a namespace" if "kubernetes.io/metadata.name" in labels else "any namespace"


def _needless(one: Pods, way: str, edges: set[Edge]) -> list[str]:
    return [f"{one.title}: {way} {peer}:{port} is needed by nobody" for peer, port in sorted(edges, key=str)]


def _port(port: Mapping[str, Any]) -> int | str:
    """``5672``, ``management``, ``53/UDP``, ``35672-35682``."""
    told = f"{port['port']}-{port['endPort']}" if "endPort" in port else port["port"]
    return told if port.get("protocol", "TCP") == "TCP" else f"{told}/{port['protocol']}"
