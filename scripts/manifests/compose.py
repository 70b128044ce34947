"""``compose.yaml``, as Docker Compose itself reads it; needs the plugin ``compose``, and no engine."""

import shutil
import tempfile
from pathlib import Path

from scripts.local.config import ROOT, SERVICES
from scripts.local.setup_error import SetupError, run


def why_not_validated() -> str:
    """What is missing; empty when nothing is."""
    try:
        run("", ["docker", "compose", "version"], timeout=30)
    except SetupError:
        return "docker has no plugin compose here"
    return ""


def invalid(file: Path = ROOT / "compose.yaml") -> list[str]:
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
