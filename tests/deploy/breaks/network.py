"""Ways to break the rules about who may speak with whom."""

from typing import Any

from tests.deploy.breaks.documents import Breaks, more, policy, without

ANYBODY: dict[str, Any] = {"ipBlock": {"cidr": "0.0.0.0/0"}}
BREAKS: Breaks = {
    "nobody speaks unless named": [
        ("nothing denies", lambda d: without(d, "NetworkPolicy", "default-deny")),
        ("nothing denies", lambda d: policy(d, "default-deny").update(policyTypes=["Ingress"])),
        ("egress with everybody", lambda d: policy(d)["egress"][0].pop("to")),
        ("ingress on every port", lambda d: policy(d)["ingress"][0].pop("ports")),
        ("ingress with everybody", lambda d: policy(d)["ingress"].append({})),
    ],
    "nobody may go anywhere": [
        (
            "0.0.0.0/0 are 4294967296 addresses",
            lambda d: policy(d, "klu-mail-notifier")["egress"][0].update(to=[ANYBODY]),
        ),
        (
            "NetworkPolicy/mongodb: 10.0.0.0/8",
            lambda d: policy(d, "mongodb")["egress"][1].update(to=[{"ipBlock": {"cidr": "10.0.0.0/8"}}]),
        ),
        ("::/0 are", lambda d: policy(d)["egress"].append({"to": [{"ipBlock": {"cidr": "::/0"}}], "ports": []})),
    ],
    "each pod has the edges it needs and no other": [
        ("lacks its database", lambda d: policy(d)["egress"].pop(0)),
        ("lacks names", lambda d: policy(d)["egress"].pop()),
        ("lacks names", lambda d: policy(d)["egress"][-1]["to"][0].pop("podSelector")),
        ("lacks long names", lambda d: policy(d)["egress"][-1]["to"][0].update(podSelector={})),
        ("lacks names", lambda d: policy(d)["egress"][-1]["ports"].pop(0)),
        ("mongodb:27017-65535 is needed by nobody", lambda d: policy(d)["egress"][0]["ports"][0].update(endPort=65535)),
        ("lacks a mail", lambda d: without(d, "NetworkPolicy", "klu-mail-notifier")),
        ("lacks Prometheus", lambda d: policy(d)["ingress"].clear()),
        ("lacks the ingress controller", lambda d: without(d, "NetworkPolicy", "klu-http-replies")),
        (
            "lacks the ingress controller",
            lambda d: policy(d, "klu-http-router")["ingress"][0]["from"][0].update(namespaceSelector={}),
        ),
        ("CronJob/klu-backup: egress lacks its broker", lambda d: policy(d, "klu-backup")["egress"].pop(1)),
        (
            "egress addresses:443 is needed by nobody",
            lambda d: policy(d, "klu-intake")["egress"].append({"to": [ANYBODY], "ports": [{"port": 443}]}),
        ),
        (
            "egress addresses:587 is needed by nobody",
            lambda d: policy(d, "klu-mail-notifier").update(
                podSelector={"matchLabels": {"app.kubernetes.io/name": "intake"}}
            ),
        ),
        (
            "klu-backup: ingress a namespace:http is needed by nobody",
            lambda d: more(
                d,
                "NetworkPolicy",
                "klu-http-intake",
                podSelector={"matchLabels": {"app.kubernetes.io/name": "backup"}},
            ),
        ),
        (
            "egress intake:8001 is needed by nobody",
            lambda d: policy(d)["egress"].append(
                {
                    "to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "intake"}}}],
                    "ports": [{"port": 8001}],
                }
            ),
        ),
    ],
    "what the services stand on meets nobody else": [
        (
            "ingress any namespace:5672",
            lambda d: policy(d, "rabbitmq")["ingress"][0]["from"].append({"namespaceSelector": {}}),
        ),
        ("ingress addresses:27017", lambda d: policy(d, "mongodb")["ingress"][0]["from"].append(ANYBODY)),
        (
            "egress addresses:5672",
            lambda d: policy(d, "rabbitmq")["egress"].append({"to": [ANYBODY], "ports": [{"port": 5672}]}),
        ),
    ],
    "both ends of an edge agree": [
        ("RabbitmqCluster", lambda d: policy(d, "rabbitmq")["ingress"].pop(0)),
        ("MongoDBCommunity", lambda d: without(d, "NetworkPolicy", "mongodb")),
        (
            "CronJob/klu-backup may go to rabbitmq:5672",
            lambda d: policy(d, "rabbitmq")["ingress"][0]["from"][0]["podSelector"]["matchExpressions"][0][
                "values"
            ].pop(),
        ),
    ],
}
