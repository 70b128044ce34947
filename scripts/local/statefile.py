"""The state file of the running system: who runs it, which processes belong to it, and where they listen."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scripts.local import containers
from scripts.local.processes import Identity, identify
from scripts.local.setup_error import SetupError
from scripts.local.system import System

FILE = "system.json"


@contextmanager
def sole_runner(folder: Path) -> Iterator[None]:
    """Only one program at a time may run the system in a folder; the lock ends with the program that holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            intake = read(folder).get("urls", {}).get("intake", "")
            raise SetupError(
                f"The system is already running {intake and f'at {intake} '}(`make stop` ends it)."
            ) from None
        yield


def write(system: System) -> None:
    """Replace the state file in one step; only its owner can read it, for the addresses hold passwords."""
    state = {
        "written_at": time.time(),
        "runner": vars(identify(os.getpid()) or Identity(os.getpid(), "")),
        "processes": system.record(),
        "ports": system.private_ports,
        "urls": system.urls,
        "env": {name: value for name, value in system.env.items() if name.startswith("KLU_")},
    }
    fresh = system.folder / f"{FILE}.new"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(state, file, indent=2, ensure_ascii=False)
    fresh.replace(system.folder / FILE)


def read(folder: Path) -> dict[str, Any]:
    """The last state that was written; empty when there is none."""
    try:
        state: dict[str, Any] = json.loads((folder / FILE).read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return state


def forget(folder: Path) -> None:
    (folder / FILE).unlink(missing_ok=True)


def running(folder: Path) -> bool:
    """Whether the program that runs the system is alive."""
    runner = read(folder).get("runner")
    return runner is not None and Identity(**runner).alive


def alive(record: dict[str, Any]) -> bool:
    """Whether a recorded process is there; a container counts as there."""
    return "container" in record or Identity(**record).alive


def stop(folder: Path) -> list[str]:
    """Ask the running program to stop its system, then end what is left; the names of what was ended here."""
    ended = []
    if running(folder):
        # It stops all others in their order, which takes longer than any one of them.
        Identity(**read(folder)["runner"]).end(grace=120)
        ended = ["the running system"]
    ended += end_leftovers(read(folder))
    forget(folder)
    return ended


def end_leftovers(state: dict[str, Any]) -> list[str]:
    """End exactly the recorded processes that still live; a pid that belongs to another process is left alone."""
    ended = []
    for name, records in state.get("processes", {}).items():
        for record in records:
            if "container" in record:
                there = containers.stop(record["container"])
            elif there := alive(record):
                Identity(**record).end()
            if there:
                ended.append(name)
    return list(dict.fromkeys(ended))
