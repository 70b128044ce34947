"""The network edges that the work of each pod needs: for whom the policies are made.

An edge is told as a peer and a port: ``("rabbitmq", 5672)``, ``("a namespace", "management")``, ``("addresses", 587)``.
"""

from collections.abc import Mapping

from scripts.manifests.rendering import SERVICES

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
