"""Ways to break the rules about selectors, scalers and queues."""

from tests.deploy.breaks.documents import Breaks, more, pod, policy, spec, without

BREAKS: Breaks = {
    "a selector selects one application": [
        (
            "Service/klu-router selects nobody",
            lambda d: spec(d, "Service", "klu-router")["selector"].update({"app.kubernetes.io/name": "rooter"}),
        ),
        (
            "PodDisruptionBudget/klu-router selects intake and notifier and replies and router",
            lambda d: spec(d, "PodDisruptionBudget", "klu-router")["selector"]["matchLabels"].pop(
                "app.kubernetes.io/name"
            ),
        ),
        (
            "Service/klu-router selects the pods of 2 workloads",
            lambda d: spec(d, "Service", "klu-router")["selector"].pop("app.kubernetes.io/component"),
        ),
        (
            "NetworkPolicy/klu-http-router selects",
            lambda d: policy(d, "klu-http-router").update(
                podSelector={"matchLabels": {"app.kubernetes.io/component": "service"}}
            ),
        ),
        (
            "does not have",
            lambda d: pod(d)["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"].update(app="router"),
        ),
    ],
    "one scaler, one budget": [
        ("2 scalers", lambda d: more(d, "ScaledObject", "klu-router")),
        ("a number", lambda d: spec(d, "Deployment", "klu-router").update(replicas=2)),
        ("0 disruption", lambda d: without(d, "PodDisruptionBudget", "klu-replies")),
        ("scales nothing", lambda d: spec(d, "ScaledObject", "klu-router").update(scaleTargetRef={"name": "rooter"})),
    ],
    "queues are watched as they are consumed": [
        (
            "klu-router is not what `make docs` makes",
            lambda d: spec(d, "ScaledObject", "klu-router")["triggers"].pop(),
        ),
        (
            "klu-router is not what `make docs` makes",
            lambda d: spec(d, "ScaledObject", "klu-router")["triggers"][1]["metadata"].update(
                queueName="router.parked"
            ),
        ),
        (
            "klu-router is not what `make docs` makes",
            lambda d: spec(d, "ScaledObject", "klu-router")["triggers"].append(
                spec(d, "ScaledObject", "klu-router")["triggers"][1]
            ),
        ),
        ("klu-notifier is not what `make docs` makes", lambda d: without(d, "ScaledObject", "klu-notifier")),
        (
            "klu-notifier is not what `make docs` makes",
            lambda d: spec(d, "ScaledObject", "klu-notifier").update(minReplicaCount=0),
        ),
    ],
    "one may die": [
        ("klu-intake may be alone", lambda d: without(d, "ScaledObject", "klu-intake")),
        ("may be alone", lambda d: spec(d, "ScaledObject", "klu-router").update(minReplicaCount=1)),
    ],
}
