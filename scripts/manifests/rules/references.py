"""What the documents refer to is rendered with them or, for Secrets, on the list in ``deploy/k8s/README.md``."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from scripts.manifests.reading import containers, named, of_kind, paths, pods, title
from scripts.manifests.rendering import MANIFESTS, Document

Reference = tuple[str, str]
"""Name and key; the key is empty where the whole is taken."""
ADDRESSES = {"klu-intake": "KLU_INTAKE_URL", "klu-router": "KLU_ROUTER_URL", "klu-replies": "KLU_REPLIES_URL"}


@cache
def documented() -> Mapping[str, frozenset[str]]:
    """The Secrets that an operator makes, with their keys: the table that the operator reads."""
    text = (MANIFESTS / "README.md").read_text(encoding="utf-8")
    table = text.partition("## Secrets")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([\w-]+)` \| ([^|]+) \|", table, re.MULTILINE)
    return {name: frozenset(re.findall(r"`([\w.]+)`", keys)) for name, keys in rows}


def secrets(documents: Sequence[Document]) -> set[Reference]:
    """Every Secret that is read, with the key that is wanted of it."""
    return {reference for document in documents for reference in _secrets(document)}


def missing(documents: Sequence[Document]) -> list[str]:
    """References to what nobody makes."""
    known = documented()
    found = [
        f"the README knows no Secret {name} with the key {key}"
        for name, key in sorted(secrets(documents))
        if key not in known.get(name, ())
    ]
    found += [f"{one.title}: {what}" for one in pods(documents) for what in _missing_for(one.spec, documents)]
    return found + [
        f"{title(ingress)}: {what}" for ingress in of_kind(documents, "Ingress") for what in _behind(ingress, documents)
    ]


def stored(documents: Sequence[Document]) -> list[str]:
    """Secrets among the documents, and passwords in what is not secret."""
    found = [f"{title(secret)} is stored" for secret in of_kind(documents, "Secret")]
    for document in of_kind(documents, "ConfigMap"):
        found += [
            f"{title(document)}: {key} holds a password"
            for key, value in document.get("data", {}).items()
            if _tells(value)
        ]
    for one in pods(documents):
        given = [v for container in containers(one.spec) for v in container.get("env", ())]
        found += [f"{one.title}: {v['name']} holds a password" for v in given if _secret_value(v)]
    return found


def hosts(documents: Sequence[Document]) -> list[str]:
    """Ingresses whose hosts are not those that pages and letters link to."""
    details = {key: value for d in of_kind(documents, "ConfigMap") for key, value in d.get("data", {}).items()}
    found = []
    for ingress in of_kind(documents, "Ingress"):
        address = urlsplit(details.get(ADDRESSES.get(ingress["metadata"]["name"], ""), ""))
        led = {rule["host"] for rule in ingress["spec"]["rules"]}
        secured = {host for tls in ingress["spec"].get("tls", ()) for host in tls["hosts"]}
        if led != {address.hostname} or secured != led:
            found.append(f"{title(ingress)} leads {sorted(led | secured)}, and links say {address.hostname}")
        if address.scheme != "https":
            found.append(f"{title(ingress)}: links say {address.scheme}, not https")
    return found


def _secrets(document: Document) -> Iterator[Reference]:
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


def _missing_for(spec: Mapping[str, Any], documents: Sequence[Document]) -> Iterator[str]:
    account = spec.get("serviceAccountName", "default")
    if not named(documents, "ServiceAccount", account):
        yield f"there is no ServiceAccount {account}"
    for claim in paths(spec, "persistentVolumeClaim"):
        if not named(documents, "PersistentVolumeClaim", claim["claimName"]):
            yield f"there is no PersistentVolumeClaim {claim['claimName']}"
    for reference in paths(spec, "configMapKeyRef", "configMapRef", "configMap"):
        there = named(documents, "ConfigMap", reference["name"])
        if not there:
            yield f"there is no ConfigMap {reference['name']}"
        elif "key" in reference and not reference.get("optional") and reference["key"] not in there["data"]:
            yield f"the ConfigMap {reference['name']} has no {reference['key']}"


def _behind(ingress: Document, documents: Sequence[Document]) -> Iterator[str]:
    for backend in paths(ingress["spec"], "backend"):
        service = named(documents, "Service", backend["service"]["name"])
        ports = {port["name"] for port in service["spec"]["ports"]} if service else set()
        if backend["service"]["port"].get("name") not in ports:
            yield f"there is no {backend['service']['name']} with this port behind it"


def _tells(value: str) -> bool:
    """A URL with a password in it."""
    return bool(re.search(r"\w+://[^/\s:@]*:[^/\s@]+@", value))


def _secret_value(variable: Mapping[str, Any]) -> bool:
    value = variable.get("value", "")
    named_so = re.search(r"(PASSWORD|SECRET|KEY|TOKEN)$", variable["name"])
    return _tells(value) or bool(named_so and value)
