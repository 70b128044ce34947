"""Every document of Kubernetes' own against its published schema; custom resources are known by their kinds alone."""

import json
from collections.abc import Iterable
from functools import cache

import kubernetes_validate

from scripts.manifests.rendering import Document, title

RELEASES = ("1.32", "1.37")
"""The oldest and the newest Kubernetes that the manifests are written for."""
CUSTOM = frozenset(
    {
        ("rabbitmq.com/v1beta1", "RabbitmqCluster"),
        ("mongodbcommunity.mongodb.com/v1", "MongoDBCommunity"),
        ("keda.sh/v1alpha1", "ScaledObject"),
        ("keda.sh/v1alpha1", "TriggerAuthentication"),
        ("monitoring.coreos.com/v1", "PodMonitor"),
        ("monitoring.coreos.com/v1", "PrometheusRule"),
        ("monitoring.coreos.com/v1", "ServiceMonitor"),
    }
)
"""Whatever else is not Kubernetes' own is unknown, and an error: a typing mistake looks the same."""


def invalid(documents: Iterable[Document]) -> list[str]:
    checked = [one for one in documents if (one["apiVersion"], one["kind"]) not in CUSTOM]
    found = [(title(one), _builtin(json.dumps(one), release)) for one in checked for release in RELEASES]
    return [f"{where}: {complaint}" for where, complaint in found if complaint]


@cache
def _builtin(text: str, release: str) -> str:
    """A document that is in several renderings is asked about once: each question reads all schemas of the release."""
    document = json.loads(text)
    try:
        kubernetes_validate.validate(document, release, strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        return f"Kubernetes {release} knows no {document['apiVersion']} {document['kind']}"
    except kubernetes_validate.ValidationError as error:
        return f"Kubernetes {release}: {'.'.join(map(str, error.path))}: {error.message}"
    return ""
