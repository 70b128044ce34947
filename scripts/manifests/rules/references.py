"""What the documents refer to is rendered with them or, for Secrets, on the list in ``deploy/k8s/README.md``."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from scripts.manifests.rendering import MANIFESTS, Document, containers, named, of_kind, paths, pods, title

ADDRESSES = {
    "klu-intake": "KLU_INTAKE_URL",
    "klu-router": "KLU_ROUTER_URL",
    "klu-replies": "KLU_REPLIES_URL",
    "klu-notifier": "KLU_NOTIFIER_URL",
}


@cache
def documented() -> Mapping[str, frozenset[str]]:
    """The Secrets that an operator makes, with their keys: the table that the operator reads."""
    text = (MANIFESTS / "README.md").read_text(encoding="utf-8")
    table = text.partition("## Secrets")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([\w-]+)` \| ([^|]+) \|", table, re.MULTILINE)
    return {name: frozenset(re.findall(r"`([\w.]+)`", keys)) for name, keys in rows}


def secrets(documents: Sequence[Document]) -> set[tuple[str, str]]:
    return {reference for document in documents for reference in _secrets(document)}


def _secrets(document: Document) -> Iterator[tuple[str, str]]:
    for reference in paths(document, "secretKeyRef", "passwordSecretRef"):
        yield reference["name"], reference.get("key", "password")
    for source in paths(document, "secretTargetRef"):
        yield from ((one["name"], one["key"]) for one in source)
    for volume in paths(document, "secret"):
        wanted = [item["key"] for item in volume.get("items", ())]
        name = volume.get("secretName") or volume["name"]
        yield from ((name, key) for key in wanted or sorted(documented().get(name, {"anything"})))
    for whole in paths(document, "secretRef"):
        yield whole["name"], "as a whole"
    for tls in paths(document.get("spec", {}), "tls") if document["kind"] == "Ingress" else ():
        yield from ((one["secretName"], key) for one in tls for key in ("tls.crt", "tls.key"))


def missing(documents: Sequence[Document]) -> Iterator[str]:
    for name, key in sorted(secrets(documents)):
        if key not in documented().get(name, ()):
            yield f"the README knows no Secret {name} with the key {key}"
    for one in pods(documents):
        yield from (f"{one.title}: {what}" for what in _missing_for(one.spec, documents))
    for ingress in of_kind(documents, "Ingress"):
        for backend in paths(ingress["spec"], "backend"):
            name, port = backend["service"]["name"], backend["service"]["port"].get("name")
            service = named(documents, "Service", name)
            if port not in {known["name"] for known in (service["spec"]["ports"] if service else ())}:
                yield f"{title(ingress)}: there is no {name} with this port behind it"


def _missing_for(spec: Mapping[str, Any], documents: Sequence[Document]) -> Iterator[str]:
    wanted = [("ServiceAccount", spec.get("serviceAccountName", "default"))]
    wanted += [("PersistentVolumeClaim", claim["claimName"]) for claim in paths(spec, "persistentVolumeClaim")]
    references = list(paths(spec, "configMapKeyRef", "configMapRef", "configMap"))
    wanted += [("ConfigMap", reference["name"]) for reference in references]
    yield from (f"there is no {kind} {name}" for kind, name in wanted if not named(documents, kind, name))
    for reference in references:
        there = named(documents, "ConfigMap", reference["name"])
        if there and "key" in reference and not reference.get("optional") and reference["key"] not in there["data"]:
            yield f"the ConfigMap {reference['name']} has no {reference['key']}"


def stored(documents: Sequence[Document]) -> Iterator[str]:
    yield from (f"{title(secret)} is stored" for secret in of_kind(documents, "Secret"))
    given = [(title(d), k, v) for d in of_kind(documents, "ConfigMap") for k, v in d.get("data", {}).items()]
    variables = [(one.title, v) for one in pods(documents) for c in containers(one.spec) for v in c.get("env", ())]
    given += [(where, variable["name"], variable.get("value", "")) for where, variable in variables]
    for where, name, value in given:
        named_so = re.search(r"(PASSWORD|SECRET|KEY|TOKEN)$", name)
        if (value and named_so) or re.search(r"\w+://[^/\s:@]*:[^/\s@]+@", value):
            yield f"{where}: {name} holds a password"


def hosts(documents: Sequence[Document]) -> Iterator[str]:
    details = {key: value for d in of_kind(documents, "ConfigMap") for key, value in d.get("data", {}).items()}
    for ingress in of_kind(documents, "Ingress"):
        address = urlsplit(details.get(ADDRESSES.get(ingress["metadata"]["name"], ""), ""))
        led = {rule["host"] for rule in ingress["spec"]["rules"]}
        secured = {host for tls in ingress["spec"].get("tls", ()) for host in tls["hosts"]}
        if led != {address.hostname} or secured != led:
            yield f"{title(ingress)} leads {sorted(led | secured)}, and links say {address.hostname}"
        if address.scheme != "https":
            yield f"{title(ingress)}: links say {address.scheme}, not https"
