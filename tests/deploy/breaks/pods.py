"""Ways to break the rules about every pod."""

from tests.deploy.breaks.documents import Breaks, backup, container, pod, quota, spec, the, without

BREAKS: Breaks = {
    "pods are hardened": [
        ("as root", lambda d: pod(d)["securityContext"].update(runAsNonRoot=False)),
        ("as root", lambda d: pod(d)["securityContext"].update(runAsUser=0)),
        ("seccomp", lambda d: pod(d)["securityContext"].pop("seccompProfile")),
        ("token", lambda d: pod(d).pop("automountServiceAccountToken")),
        ("token", lambda d: backup(d).update(automountServiceAccountToken=True)),
        ("namespaces", lambda d: pod(d).update(hostNetwork=True)),
        ("files", lambda d: pod(d)["volumes"].append({"name": "node", "hostPath": {"path": "/"}})),
        ("gain", lambda d: container(d)["securityContext"].update(allowPrivilegeEscalation=True)),
        ("gain", lambda d: container(d)["securityContext"].update(privileged=True)),
        ("write", lambda d: container(d)["securityContext"].pop("readOnlyRootFilesystem")),
        ("capab", lambda d: container(d)["securityContext"]["capabilities"].update(add=["CHOWN"])),
        ("departs", lambda d: container(d)["securityContext"].update(runAsUser=0)),
        ("first", lambda d: pod(d).update(initContainers=[{"name": "first"}])),
    ],
    "containers are limited": [
        ("no limits of memory", lambda d: container(d)["resources"].pop("limits")),
        ("no limits of ephemeral-storage", lambda d: container(d)["resources"]["limits"].pop("ephemeral-storage")),
        ("no requests of cpu", lambda d: container(d)["resources"]["requests"].pop("cpu")),
        (
            "no requests of ephemeral-storage",
            lambda d: container(d)["resources"]["requests"].pop("ephemeral-storage"),
        ),
        ("without end", lambda d: pod(d)["volumes"][0].update(emptyDir={})),
    ],
    "images carry a tag": [
        ("router:latest", lambda d: container(d).update(image="klu-hat/router:latest")),
        ("host:5000", lambda d: container(d).update(image="host:5000/klu-hat/router")),
        ("'rabbitmq'", lambda d: spec(d, "RabbitmqCluster", "rabbitmq").update(image="rabbitmq")),
        ("one release", lambda d: spec(d, "RabbitmqCluster", "rabbitmq").update(image="rabbitmq:4.3-management")),
        ("one release", lambda d: container(d).update(image="mirror.example/python:3.13@sha256:0123")),
    ],
    "a quota has room for what may run": [
        ("pods is 20", lambda d: d.append(quota(pods="20"))),
        ("requests.cpu is 900m", lambda d: d.append(quota(**{"requests.cpu": "900m"}))),
        ("limits.memory is 4Gi", lambda d: d.append(quota(**{"limits.memory": "4Gi"}))),
        ("limits.ephemeral-storage is 1Gi", lambda d: d.append(quota(**{"limits.ephemeral-storage": "1Gi"}))),
    ],
    "the namespace is restricted": [
        ("does not", lambda d: the(d, "Namespace", "klu-hat")["metadata"].pop("labels")),
        ("there is no", lambda d: without(d, "Namespace", "klu-hat")),
    ],
    "everything is labelled": [
        ("klu-intake", lambda d: the(d, "Service", "klu-intake")["metadata"].pop("labels")),
        (
            "klu-router",
            lambda d: spec(d, "Deployment", "klu-router")["template"]["metadata"]["labels"].pop(
                "app.kubernetes.io/component"
            ),
        ),
    ],
    "a service stops in peace": [
        ("proxies", lambda d: container(d).pop("lifecycle")),
        ("before it has ended", lambda d: pod(d).update(terminationGracePeriodSeconds=30)),
        ("gives up", lambda d: spec(d, "Deployment", "klu-router").pop("strategy")),
    ],
}
