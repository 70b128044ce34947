"""Finding one's way in rendered documents, to break them."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scripts.manifests.rendering import Document

Documents = list[Document]
Breaks = Mapping[str, Sequence[tuple[str, Callable[[Documents], object]]]]
"""By rule: what it says when this has been done to the documents of the production overlay."""


def the(documents: Documents, kind: str, name: str) -> Document:
    return next(d for d in documents if (d["kind"], d["metadata"]["name"]) == (kind, name))


def spec(documents: Documents, kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = the(documents, kind, name)["spec"]
    return found


def pod(documents: Documents, name: str = "klu-router", kind: str = "Deployment") -> dict[str, Any]:
    found: dict[str, Any] = spec(documents, kind, name)["template"]["spec"]
    return found


def container(documents: Documents, name: str = "klu-router", kind: str = "Deployment") -> dict[str, Any]:
    found: dict[str, Any] = pod(documents, name, kind)["containers"][0]
    return found


def variable(documents: Documents, name: str) -> dict[str, Any]:
    """One of the variables of the router's container."""
    found: dict[str, Any] = next(one for one in container(documents)["env"] if one["name"] == name)
    return found


def policy(documents: Documents, name: str = "klu-router") -> dict[str, Any]:
    return spec(documents, "NetworkPolicy", name)


def without(documents: Documents, kind: str, name: str) -> None:
    documents.remove(the(documents, kind, name))


def without_variable(documents: Documents, name: str) -> None:
    chosen = container(documents, "klu-notifier")
    chosen["env"] = [variable for variable in chosen["env"] if variable["name"] != name]


def config(documents: Documents, holding: str) -> dict[str, str]:
    found: dict[str, str] = next(d["data"] for d in documents if d["kind"] == "ConfigMap" and holding in d["data"])
    return found


def backup(documents: Documents) -> dict[str, Any]:
    found: dict[str, Any] = spec(documents, "CronJob", "klu-backup")["jobTemplate"]["spec"]["template"]["spec"]
    return found


def more(documents: Documents, kind: str, name: str, **changes: Any) -> None:
    """A second one, called ``another``, with a changed spec."""
    other = copy.deepcopy(the(documents, kind, name))
    other["metadata"]["name"] = "another"
    other["spec"].update(changes)
    documents.append(other)


def quota(**hard: str) -> Document:
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small"}, "spec": {"hard": hard}}
