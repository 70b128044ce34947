"""The settings, ports and probes of each container of ours against what its program really reads and serves."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any
from unittest.mock import patch

from prometheus_client import CollectorRegistry
from pydantic import AliasChoices, ValidationError
from pydantic.fields import FieldInfo
from starlette.routing import Route

from scripts.local.config import SERVICES
from scripts.manifests.rendering import (
    NAME,
    Document,
    Pods,
    containers,
    named,
    of_kind,
    pods,
    selector,
    selects,
    servers,
    title,
)
from shared import health
from shared.signing import Signer

PROGRAMS = {**{name: f"services.{name}.config" for name in SERVICES}, "backup": "shared.backup.config"}
UNSEEN = "x" * 32
"""Stands for a value that only a Secret knows."""
UNSEEN_KEY = "0" * 64
UNSEEN_KEYS = {
    "KLU_SIGNING_KEY": UNSEEN_KEY,
    "KLU_OLD_AUDIT_KEYS": f"{UNSEEN}:1",
    "KLU_SEAL_KEYS": ",".join(f"{service}:{'0' * 16}" for service in SERVICES),
}
ASKED = {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
"""A process whose dependency is away is alive: only readiness may ask for them."""
PATIENCE = 60
"""Seconds a process may not answer until it is ended: a busy node is no reason."""


def understood(program: str, values: Mapping[str, str]) -> Any:
    """The settings as the program would read them, with nothing but these variables in its environment."""
    public = {"KLU_VERIFY_KEYS": f"{program}:{Signer(UNSEEN_KEY).public_key}"}
    given = {**values, **(public if values.get("KLU_VERIFY_KEYS") == UNSEEN else {})}
    with patch.dict(os.environ, given, clear=True):
        return import_module(PROGRAMS[program]).Settings()


def environments(documents: Sequence[Document]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Of every container that runs a service, a service's command, or the backup: where, which program, its values."""
    for one in pods(documents):
        for container in containers(one.spec):
            spoken = " ".join([*container.get("command", ()), *container.get("args", ())])
            if found := re.search(r"python -m (?:services|shared)\.(\w+)", spoken):
                yield one.title, found[1], _values(container, documents)


def _values(container: Mapping[str, Any], documents: Sequence[Document]) -> dict[str, str]:
    """As far as the documents tell them."""
    values: dict[str, str] = {}
    for whole in container.get("envFrom", ()):
        source = named(documents, "ConfigMap", whole.get("configMapRef", {}).get("name", ""))
        values |= source["data"] if source else {}
    for variable in container.get("env", ()):
        reference = variable.get("valueFrom", {}).get("configMapKeyRef", {})
        kept = named(documents, "ConfigMap", reference.get("name", ""))
        looked_up = str(kept["data"].get(reference["key"], "")) if kept else UNSEEN_KEYS.get(variable["name"], UNSEEN)
        values[variable["name"]] = variable.get("value") or looked_up
    return values


def wrong(documents: Sequence[Document]) -> Iterator[str]:
    for where, program, values in environments(documents):
        if program not in PROGRAMS:
            yield f"{where}: there is no service {program}"
            continue
        ours = {name for name in values if name.startswith("KLU_")}
        fields: dict[str, FieldInfo] = import_module(PROGRAMS[program]).Settings.model_fields
        names = {field: _names(field, info) for field, info in fields.items()}
        for name in sorted(ours.difference(*names.values())):
            yield f"{where}: the {program} knows no {name}"
        for field, info in fields.items():
            if info.is_required() and not names[field] & ours:
                yield f"{where}: {min(names[field])} is missing"
        try:
            understood(program, values)
        except ValidationError as error:
            yield from (f"{where}: {e['loc'][0]}: {e['msg']}" for e in error.errors() if e["type"] != "missing")


def _names(field: str, info: FieldInfo) -> set[str]:
    alias = info.validation_alias
    if isinstance(alias, AliasChoices):
        return {str(choice) for choice in alias.choices}
    return {alias} if isinstance(alias, str) else {f"KLU_{field.upper()}"}


@cache
def served() -> frozenset[str]:
    app = health.management(ended=list, stuck=list, probes={}, needed=(), registry=CollectorRegistry())
    return frozenset(route.path for route in app.routes if isinstance(route, Route))


def astray(documents: Sequence[Document]) -> Iterator[str]:
    for where, container in [(one.title, c) for one in servers(documents) for c in containers(one.spec)]:
        for probe, path in ASKED.items():
            asked = container.get(probe, {}).get("httpGet", {})
            if asked.get("path") not in served():
                yield f"{where}: {probe} asks {asked.get('path')}, which nobody serves"
            elif asked["path"] != path:
                yield f"{where}: {probe} asks {asked['path']}, and not {path}"
            if asked.get("port") != "management":
                yield f"{where}: {probe} does not ask the management port"
        living = container.get("livenessProbe", {})
        if living.get("periodSeconds", 10) * living.get("failureThreshold", 3) < PATIENCE:
            yield f"{where}: livenessProbe gives up too soon"


def unexposed_ports(documents: Sequence[Document]) -> Iterator[str]:
    services = of_kind(documents, "Service")
    for service in services:
        chosen = [one for one in pods(documents) if selects(selector(service), one.labels)]
        for name in sorted(_targets([service]) - {name for one in chosen for name in _ports(one)}):
            yield f"{title(service)}: no pod has a port {name}"
    values = {where: given for where, _, given in environments(documents)}
    for one in servers(documents):
        try:
            settings = understood(one.labels[NAME], values[one.title])
        except (ValidationError, KeyError):
            continue  # told by the rule about settings
        http, management = (settings.host, settings.port), (settings.management_host, settings.management_port)
        for name, (host, port) in {"http": http, "management": management}.items():
            if _ports(one).get(name) != port:
                yield f"{one.title}: says {name} is {_ports(one).get(name)}, and listens on {port}"
            if host == "127.0.0.1" and name in _targets([s for s in services if selects(selector(s), one.labels)]):
                yield f"{one.title}: listens on {name} only for itself ({host})"


def _ports(one: Pods) -> dict[str, int]:
    return {port["name"]: port["containerPort"] for c in containers(one.spec) for port in c.get("ports", ())}


def _targets(services: Sequence[Document]) -> set[str]:
    return {port.get("targetPort", port["name"]) for service in services for port in service["spec"]["ports"]}
