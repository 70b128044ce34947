"""``compose.yaml``: as Docker Compose itself reads it, which needs its plugin but no engine; and by our own rules."""

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scripts.local.config import ROOT, SERVICES
from scripts.local.setup_error import SetupError, run
from scripts.manifests.rules.workloads import EXACT

FILE = ROOT / "compose.yaml"
HANDOVER = "handover"
ADDED = ["CHOWN", "DAC_READ_SEARCH", "FOWNER"]
"""Reads secrets that belong to anybody, and gives the copies to the user of a store; then it ends."""
MEMORY = "/tmp"  # noqa: S108  # of the container
SHARED = {"privileged", "devices", "pid", "ipc", "volumes_from"}
CLOSED = {f"com.docker.network.bridge.enable_{what}": "false" for what in ("icc", "ip_masquerade")}
_PREPARES = {f"{service}-prepare" for service in SERVICES}
MEMBERS = {
    "broker": {*SERVICES, *_PREPARES, "demo", "rabbitmq"},
    "documents": {*SERVICES, *_PREPARES, "demo", "mongodb"},
    "mail": {"notifier", "mailpit"},
    "published": {*SERVICES},
    "pages": {"rabbitmq"},
}
"""Who may be in each network; only one leads outside."""


def why_not_validated() -> str:
    """What is missing; empty when nothing is."""
    try:
        run("", ["docker", "compose", "version"], timeout=30)
    except SetupError:
        return "docker has no plugin compose here"
    return ""


def invalid(file: Path = FILE) -> list[str]:
    """What Compose says against the file, in a folder that has the secrets' names and nothing in them."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(file, Path(folder, "compose.yaml"))
        Path(folder, ".secrets").mkdir()
        for service in SERVICES:
            Path(folder, ".secrets", f"{service}.env").touch()
        command = ["docker", "compose", "-f", "compose.yaml", "--profile", "*", "config", "-q"]
        try:
            said = run("compose.yaml is not valid", command, cwd=folder, timeout=60)
        except SetupError as refused:
            return [str(refused)]
    return said.splitlines()


def broken(file: Mapping[str, Any]) -> list[str]:
    """What is wrong with the rights of each part, by our own rules."""
    parts: dict[str, dict[str, Any]] = file["services"]
    return [f"{name}: {wrong}" for name, part in parts.items() for wrong in (*_rights(name, part), *_pinned(part))] + [
        *_networks(parts, file["networks"])
    ]


def _rights(name: str, part: Mapping[str, Any]) -> Iterator[str]:
    if name != HANDOVER and str(part.get("user", "0")).partition(":")[0] in ("0", "root"):
        yield "runs as root"
    if part.get("read_only") is not True or part.get("tmpfs") != MEMORY:
        yield "can write to its root"
    if part.get("cap_drop") != ["ALL"] or part.get("cap_add", []) != (ADDED if name == HANDOVER else []):
        yield "has capabilities"
    if part.get("security_opt") != ["no-new-privileges:true"] or "privileged" in part:
        yield "may gain privileges"
    if not re.fullmatch(r"\d+[mg]", str(part.get("mem_limit"))) or not 0 < part.get("pids_limit", 0) <= 4096:
        yield "may take all memory or processes"
    if SHARED & set(part) or part.get("network_mode", "none") not in ("none", "service:mongodb"):
        yield "shares what is the machine's"
    yield from (f"writes to {v}" for v in part.get("volumes", ()) if v.startswith("./") and not v.endswith(":ro"))


def _pinned(part: Mapping[str, Any]) -> Iterator[str]:
    image = re.sub(r"^\$\{KLU_\w+_IMAGE:-(.+)\}$", r"\1", part["image"])
    if image.startswith("klu-hat/"):
        return
    if image == part["image"]:
        yield f"nobody can name another image than {image}"
    if not EXACT.search(image):
        yield f"{image} is not one release: neither x.y.z nor a digest"


def _networks(parts: Mapping[str, Any], networks: Mapping[str, Any]) -> Iterator[str]:
    joined = {name: set(part.get("networks", ())) for name, part in parts.items()}
    for name, wanted in joined.items():
        if "network_mode" not in parts[name] and not wanted:
            yield f"{name}: is in the network of all"
    for network, members in MEMBERS.items():
        if more := sorted({name for name, own in joined.items() if network in own} - members):
            yield f"{network}: {' and '.join(more)} need not be there"
    for network, told in networks.items():
        closed = told.get("internal") is True or told.get("driver_opts") == CLOSED
        if network not in MEMBERS:
            yield f"{network}: nobody knows who needs it"
        elif network != "mail" and not closed:
            yield f"{network}: leads outside"
