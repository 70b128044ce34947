"""What `make run` prints: the addresses once, then the logs of all processes with their names before the lines."""

import io
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from scripts.local.seeds import DEMO_PASSWORD, DEMO_USERS
from scripts.local.system import System

COLOURS = {"intake": 36, "router": 35, "replies": 33, "notifier": 32, "mailbox": 34}
MEANINGS = {
    "intake": "the public form",
    "router": "the desk",
    "replies": "the units' portal, behind the link of a letter",
    "mailbox": "every letter the system sends",
}


def block(system: System) -> str:
    """Addresses and demo log-ins."""
    shown = {name: why for name, why in MEANINGS.items() if name != "mailbox" or system.mailbox}
    lines = ["", "7/24 KLU Hat is running.", ""]
    lines += [f"  {name:<9} {system.urls[name]:<24} {why}" for name, why in shown.items()]
    lines += ["", f"  Log in to the desk with the password {DEMO_PASSWORD}:"]
    lines += [f"  {email:<22} {name} ({role})" for email, name, role in DEMO_USERS]
    lines += ["", f"  Data and logs: {system.folder}", "  Ctrl-C or `make stop` ends it.", ""]
    return "\n".join(lines)


class Logs:
    """Follows log files, also those that are written only later."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = dict(files)
        self._open: dict[str, io.TextIOWrapper] = {}
        self._coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def show(self) -> None:
        """Print what was added since the last time."""
        for name, file in self._files.items():
            if name not in self._open and file.exists():
                self._open[name] = file.open(encoding="utf-8", errors="replace")
            if name in self._open:
                self._print(name, self._open[name].read())
        sys.stdout.flush()

    def _print(self, name: str, text: str) -> None:
        prefix = f"{name:>8} | "
        if self._coloured:
            prefix = f"\033[{COLOURS.get(name, 37)}m{prefix}\033[0m"
        for line in text.splitlines():
            print(prefix + line)
