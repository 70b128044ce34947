"""Probes, ports and addresses against what the services really serve, asked from the code."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from prometheus_client import CollectorRegistry
from pydantic import ValidationError
from starlette.routing import Route

from scripts.manifests.reading import NAME, Pods, containers, of_kind, pods, selector, selects, servers, title
from scripts.manifests.rendering import Document
from scripts.manifests.rules.settings import environments, understood
from shared import health

ASKED = {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
"""A process whose dependency is away is alive: only readiness may ask for them."""
PATIENCE = 60
"""Seconds a process may not answer until it is ended: a busy node is no reason."""


@cache
def served() -> frozenset[str]:
    """The routes of the real management application."""
    app = health.management(ended=list, stuck=list, probes={}, needed=(), registry=CollectorRegistry())
    return frozenset(route.path for route in app.routes if isinstance(route, Route))


def astray(documents: Sequence[Document]) -> Iterator[str]:
    """Probes that are missing, ask the wrong page or port, or give up too soon."""
    for one in servers(documents):
        yield from (f"{one.title}: {what}" for container in containers(one.spec) for what in _astray(container))


def _astray(container: Mapping[str, Any]) -> Iterator[str]:
    for probe, path in ASKED.items():
        asked = container.get(probe, {}).get("httpGet", {})
        if asked.get("path") not in served():
            yield f"{probe} asks {asked.get('path')}, which nobody serves"
        elif asked["path"] != path:
            yield f"{probe} asks {asked['path']}, and not {path}"
        if asked.get("port") != "management":
            yield f"{probe} does not ask the management port"
    living = container.get("livenessProbe", {})
    if living.get("periodSeconds", 10) * living.get("failureThreshold", 3) < PATIENCE:
        yield "livenessProbe gives up too soon"


def unexposed_ports(documents: Sequence[Document]) -> Iterator[str]:
    """Ports that the documents name and the service does not listen on, or only to itself."""
    for service in of_kind(documents, "Service"):
        chosen = [one for one in pods(documents) if selects(selector(service), one.labels)]
        for name in sorted(_targets([service]) - {name for one in chosen for name in _ports(one)}):
            yield f"{title(service)}: no pod has a port {name}"
    given = {one.where: one for one in environments(documents)}
    for one in servers(documents):
        leading = [s for s in of_kind(documents, "Service") if selects(selector(s), one.labels)]
        try:
            settings = understood(one.labels[NAME], given[one.title].values)
        except (ValidationError, KeyError):
            continue  # told by the rule about settings
        for name, host, port in (
            ("http", settings.host, settings.port),
            ("management", settings.management_host, settings.management_port),
        ):
            if _ports(one).get(name) != port:
                yield f"{one.title}: says {name} is {_ports(one).get(name)}, and listens on {port}"
            if name in _targets(leading) and host == "127.0.0.1":
                yield f"{one.title}: listens on {name} only for itself ({host})"


def _ports(one: Pods) -> dict[str, int]:
    return {port["name"]: port["containerPort"] for c in containers(one.spec) for port in c.get("ports", ())}


def _targets(services: Sequence[Document]) -> set[str]:
    """The ports of pods to which these Services lead."""
    return {port.get("targetPort", port["name"]) for service in services for port in service["spec"]["ports"]}
