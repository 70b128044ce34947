"""`make run` and `make stop`: start everything, show the logs, start again what dies, stop everything."""

import io
import json
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from scripts.local import ports, seeds
from scripts.local.config import SERVICES
from scripts.local.processes import Identity, identify
from scripts.local.setup_error import SetupError, last_lines
from scripts.local.system import System

STATE = "system.json"
DEATHS_ALLOWED = 5
DEATHS_WITHIN = 60.0
PIECES = {
    "intake": (36, "the public form"),
    "router": (35, "the desk"),
    "replies": (33, "the units' portal, behind the link of a letter"),
    "mailbox": (34, "every letter the system sends"),
}
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked us to end: Ctrl-C, SIGTERM, or a closed terminal."""


def run(system: System) -> None:
    if running(system.folder):
        at = read_state(system.folder).get("urls", {}).get("intake", "")
        raise SetupError(f"The system is already running at {at} (`make stop` ends it).")
    for name in end_leftovers(system.folder):
        print(f"Ended {name}, left over from an earlier run.")
    ports.require_free(system.private_ports)
    for log in (system.folder / "logs").glob("*.log"):
        log.unlink()
    try:
        for number in SIGNALS:
            signal.signal(number, _stop)
        _start(system)
        _watch(system)
    except Stopped:
        print("\nStopping ...", flush=True)
    finally:
        for number in SIGNALS:  # stopping takes some seconds; a second Ctrl-C must not leave half of it running
            signal.signal(number, signal.SIG_IGN)
        system.stop()
        end_leftovers(system.folder)
    print("Stopped.")


def stop(folder: Path) -> list[str]:
    runner = running(folder)
    if runner:
        runner.end(grace=120)  # it stops all others in their order, which takes longer than any one of them
    return (["the running system"] if runner else []) + end_leftovers(folder)


def running(folder: Path) -> Identity | None:
    runner = read_state(folder).get("runner")
    return one if runner and (one := Identity(**runner)).alive else None


def read_state(folder: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / STATE).read_text()))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}


def end_leftovers(folder: Path) -> list[str]:
    """End exactly the recorded processes that still live; a pid that belongs to another process is left alone."""
    ended = []
    for name, records in read_state(folder).get("processes", {}).items():
        for one in [one for record in records if (one := Identity(**record)).alive]:
            one.end()
            ended.append(name)
    (folder / STATE).unlink(missing_ok=True)
    return list(dict.fromkeys(ended))


def _write_state(system: System) -> None:
    """Replace the state file in one step; only its owner can read it, for the addresses hold passwords."""
    state = {
        "runner": vars(identify(os.getpid()) or Identity(os.getpid(), "")),
        "processes": {name: [*map(vars, process.identities)] for name, process in system.processes.items()},
        "urls": system.urls,
        "env": {name: value for name, value in system.env.items() if name.startswith("KLU_")},
    }
    system.folder.mkdir(parents=True, exist_ok=True)
    fresh = system.folder / f"{STATE}.new"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(state, file, indent=2, ensure_ascii=False)
    fresh.replace(system.folder / STATE)


def _start(system: System) -> None:
    _write_state(system)
    print("Starting MongoDB and RabbitMQ ...", flush=True)
    system.start_stores()
    _write_state(system)
    system.start_mailbox()
    if system.settings.get("KLU_LOCAL_SEED", "yes") != "no":
        print("Importing units and demo users ...", flush=True)
        seeds.plant(system)
    print("Starting the services ...", flush=True)
    for name in SERVICES:
        system.start_service(name)
    _write_state(system)
    for process in system.services.values():
        process.wait_ready()
    print("\n7/24 KLU Hat is running.\n")
    for name, (_, why) in PIECES.items():
        if name in system.processes:
            print(f"  {name:<9} {system.urls[name]:<24} {why}")
    _say_how_to_log_in(system)
    print(f"\n  Data and logs: {system.folder}\n  Ctrl-C or `make stop` ends it.\n", flush=True)


def _say_how_to_log_in(system: System) -> None:
    """The demo accounts; without them, and while there is no account, a link that makes the first administrator."""
    if system.settings.get("KLU_LOCAL_SEED", "yes") != "no":
        print(f"\n  Log in to the desk with the password {seeds.DEMO_PASSWORD}:")
        print(*(f"  {email:<22} {name} ({role})" for email, name, role in seeds.DEMO_USERS), sep="\n")
    elif link := system.command("router", ["first-link"]).strip():
        print(f"\n  There is no account yet. This link makes the first administrator, once, within 24 hours:\n  {link}")


def _watch(system: System) -> None:
    """Show the logs and start again what dies, after a pause that doubles, until somebody asks to stop."""
    watched = system.processes
    deaths: dict[str, list[float]] = {name: [] for name in watched}
    logs: dict[str, io.TextIOWrapper] = {}
    due: dict[str, float] = {}
    while True:
        for name, process in system.processes.items():
            if name not in logs and process not in system.stores and process.log.exists():
                logs[name] = process.log.open(encoding="utf-8", errors="replace")
        _show(logs)
        now = time.monotonic()
        for name, piece in [(name, piece) for name, piece in watched.items() if not piece.running]:
            if name not in due:
                deaths[name] = [at for at in deaths[name] if now - at < DEATHS_WITHIN] + [now]
                pause = 0.25 * 2 ** len(deaths[name])
                due[name] = now + pause
                if len(deaths[name]) < DEATHS_ALLOWED:
                    print(f"{name} {piece.ending}; it is started again in {pause:.1f} s.", flush=True)
                    continue
                print(f"{name} died {DEATHS_ALLOWED} times within a minute and stays down.\n{last_lines(piece.log)}")
                del watched[name]
            elif now >= due[name]:
                del due[name]
                piece.start()
                _write_state(system)
        time.sleep(0.1)


def _show(logs: dict[str, io.TextIOWrapper]) -> None:
    coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    for name, log in logs.items():
        colour, _ = PIECES.get(name, (32, ""))
        prefix = f"\033[{colour}m{name:>8} | \033[0m" if coloured else f"{name:>8} | "
        for line in log.read().splitlines():
            print(prefix + line)
    sys.stdout.flush()


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped
