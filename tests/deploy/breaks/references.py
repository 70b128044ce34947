"""Ways to break the rules about what the documents refer to."""

from tests.deploy.breaks.documents import Breaks, config, container, pod, spec, variable, without

BREAKS: Breaks = {
    "what is referred to is there": [
        ("no ServiceAccount", lambda d: without(d, "ServiceAccount", "klu-router")),
        ("no PersistentV", lambda d: without(d, "PersistentVolumeClaim", "klu-backup")),
        ("no Service", lambda d: pod(d).pop("serviceAccountName")),
        ("no ConfigMap elsewhere", lambda d: container(d)["envFrom"][0]["configMapRef"].update(name="elsewhere")),
        ("has no KLU_ROUTER_URL", lambda d: config(d, "KLU_ROUTER_URL").pop("KLU_ROUTER_URL")),
        (
            "no Secret klu-router with the key KLU_MONGO",
            lambda d: variable(d, "KLU_MONGODB_URL")["valueFrom"]["secretKeyRef"].update(key="KLU_MONGO"),
        ),
        (
            "no Secret klu-all with the key as a whole",
            lambda d: container(d)["envFrom"].append({"secretRef": {"name": "klu-all"}}),
        ),
        (
            "no Secret definitions with the key anything",
            lambda d: spec(d, "RabbitmqCluster", "rabbitmq")["override"]["statefulSet"]["spec"]["template"]["spec"][
                "volumes"
            ][0]["secret"].update(secretName="definitions"),
        ),
        (
            "no Secret somebody with the key password",
            lambda d: spec(d, "MongoDBCommunity", "mongodb")["users"][0]["passwordSecretRef"].update(name="somebody"),
        ),
        (
            "no Secret klu-keda with the key url",
            lambda d: spec(d, "TriggerAuthentication", "klu-keda")["secretTargetRef"][0].update(key="url"),
        ),
        (
            "no Secret wildcard with the key tls.crt",
            lambda d: spec(d, "Ingress", "klu-intake")["tls"][0].update(secretName="wildcard"),
        ),
        (
            "no klu-backup with this port",
            lambda d: spec(d, "Ingress", "klu-intake")["rules"][0]["http"]["paths"][0]["backend"]["service"].update(
                name="klu-backup"
            ),
        ),
    ],
    "no secret is stored": [
        (
            "Secret/klu-intake is stored",
            lambda d: d.append({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "klu-intake"}}),
        ),
        (
            "KLU_MAIL_FROM holds a password",
            lambda d: config(d, "KLU_MAIL_FROM").update(KLU_MAIL_FROM="smtp://me:secret@mail"),
        ),
        (
            "KLU_SECRET_KEY holds a password",
            lambda d: container(d)["env"].append({"name": "KLU_SECRET_KEY", "value": "x" * 32}),
        ),
    ],
    "people are led to the configured hosts": [
        ("elsewhere.example", lambda d: spec(d, "Ingress", "klu-router")["rules"][0].update(host="elsewhere.example")),
        ("leads", lambda d: spec(d, "Ingress", "klu-router").pop("tls")),
        ("not https", lambda d: config(d, "KLU_INTAKE_URL").update(KLU_INTAKE_URL="http://hat.klu.example")),
    ],
}
