"""Probes, ports and addresses against what the services really serve, asked from the code."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from prometheus_client import CollectorRegistry
from pydantic import ValidationError
from starlette.routing import Route

from scripts.manifests.reading import NAME, Pods, containers, of_kind, pods, selects, servers, title
from scripts.manifests.rendering import Document
from scripts.manifests.rules.settings import SETTINGS, environments, understood
from shared import health
from shared.config import ServiceSettings

ASKED = {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
"""A process whose dependency is away is alive: only readiness may ask for them."""
PATIENCE = 60
"""Seconds a process may not answer until it is ended: a busy node is no reason."""


@cache
def served() -> frozenset[str]:
    """The routes of the real management application."""
    app = health.management(ended=list, stuck=list, probes={}, needed=(), registry=CollectorRegistry())
    return frozenset(route.path for route in app.routes if isinstance(route, Route))


def astray(documents: Sequence[Document]) -> list[str]:
    """Probes that are missing, ask the wrong page or port, or give up too soon."""
    return [f"{one.title}: {what}" for one in servers(documents) for c in containers(one.spec) for what in _astray(c)]


def _astray(container: Mapping[str, Any]) -> list[str]:
    found = []
    for probe, path in ASKED.items():
        asked = container.get(probe, {}).get("httpGet", {})
        if asked.get("path") not in served():
            found.append(f"{probe} asks {asked.get('path')}, which nobody serves")
        elif asked["path"] != path:
            found.append(f"{probe} asks {asked['path']}, and not {path}")
        if asked.get("port") != "management":
            found.append(f"{probe} does not ask the management port")
    living = container.get("livenessProbe", {})
    if living.get("periodSeconds", 10) * living.get("failureThreshold", 3) < PATIENCE:
        found.append("livenessProbe gives up too soon")
    return found


def unexposed_ports(documents: Sequence[Document]) -> list[str]:
    """Ports that the documents name and the service does not listen on, or only to itself."""
    found = [
        f"{title(service)}: {what}"
        for service in of_kind(documents, "Service")
        for what in _unheard(service, documents)
    ]
    read = {given.where: given.values for given in environments(documents)}
    for one in servers(documents):
        try:
            settings = understood(SETTINGS[one.labels[NAME]], read.get(one.title, {}))
        except ValidationError:
            continue  # told by the rule about settings
        found += [f"{one.title}: {what}" for what in _unexposed_ports(one, settings, _reached(one, documents))]
    return found


def _unheard(service: Document, documents: Sequence[Document]) -> list[str]:
    """Ports of a Service that none of its pods names."""
    chosen = [one for one in pods(documents) if selects({"matchLabels": service["spec"]["selector"]}, one.labels)]
    heard = {port["name"] for one in chosen for c in containers(one.spec) for port in c.get("ports", ())}
    asked = {port.get("targetPort", port["name"]) for port in service["spec"]["ports"]}
    return [f"no pod has a port {name}" for name in sorted(asked - heard)]


def _reached(one: Pods, documents: Sequence[Document]) -> set[str]:
    """The ports through which a Service leads to these pods."""
    services = of_kind(documents, "Service")
    leading = [s for s in services if selects({"matchLabels": s["spec"]["selector"]}, one.labels)]
    return {port.get("targetPort", port["name"]) for s in leading for port in s["spec"]["ports"]}


def _unexposed_ports(one: Pods, settings: ServiceSettings, reached: set[str]) -> list[str]:
    told = {port["name"]: port["containerPort"] for c in containers(one.spec) for port in c.get("ports", ())}
    listening = {
        "http": (settings.host, settings.port),
        "management": (settings.management_host, settings.management_port),
    }
    found = []
    for name, (host, port) in listening.items():
        if told.get(name) != port:
            found.append(f"says {name} is {told.get(name)}, and listens on {port}")
        if name in reached and host == "127.0.0.1":
            found.append(f"listens on {name} only for itself ({host})")
    return found
