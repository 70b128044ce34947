"""`make run`: start everything, show the logs, start again what dies, stop everything."""

import io
import os
import signal
import sys
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from scripts.local import ports, seeds, statefile
from scripts.local.config import SERVICES
from scripts.local.processes import Process
from scripts.local.setup_error import last_lines
from scripts.local.stores import Store
from scripts.local.system import System

DEATHS_ALLOWED = 5
DEATHS_WITHIN = 60.0
COLOURS = {"intake": 36, "router": 35, "replies": 33, "notifier": 32, "mailbox": 34}
MEANINGS = {
    "intake": "the public form",
    "router": "the desk",
    "replies": "the units' portal, behind the link of a letter",
    "mailbox": "every letter the system sends",
}
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked us to end: Ctrl-C, SIGTERM, or a closed terminal."""


def run(system: System) -> None:
    """Return when somebody asked to stop. Raises SetupError when it cannot start."""
    with statefile.sole_runner(system.folder):
        for name in statefile.end_leftovers(statefile.read(system.folder)):
            print(f"Ended {name}, left over from an earlier run.")
        ports.require_free(system.private_ports)
        for log in (system.folder / "logs").glob("*.log"):
            log.unlink()
        try:
            for number in SIGNALS:
                signal.signal(number, _stop)
            start(system)
            watch(system)
        except Stopped:
            print("\nStopping ...", flush=True)
        finally:
            _ignore_signals()
            system.stop()
            statefile.forget(system.folder)
    print("Stopped.")


def start(system: System) -> None:
    """Stores, mailbox, demo data, services; returns when all are ready."""
    statefile.write(system)
    print("Starting MongoDB and RabbitMQ ...", flush=True)
    system.start_stores()
    statefile.write(system)
    system.start_mailbox()
    if system.settings.get("KLU_LOCAL_SEED", "yes") != "no":
        print("Importing units and demo users ...", flush=True)
        seeds.plant(system)
    print("Starting the services ...", flush=True)
    for name in SERVICES:
        system.start_service(name)
    statefile.write(system)
    for process in system.services.values():
        process.wait_ready()
    print(addresses(system), flush=True)


def addresses(system: System) -> str:
    """Where everything is, and the demo log-ins."""
    shown = {name: why for name, why in MEANINGS.items() if name != "mailbox" or system.mailbox}
    lines = ["", "7/24 KLU Hat is running.", ""]
    lines += [f"  {name:<9} {system.urls[name]:<24} {why}" for name, why in shown.items()]
    lines += ["", f"  Log in to the desk with the password {seeds.DEMO_PASSWORD}:"]
    lines += [f"  {email:<22} {name} ({role})" for email, name, role in seeds.DEMO_USERS]
    lines += ["", f"  Data and logs: {system.folder}", "  Ctrl-C or `make stop` ends it.", ""]
    return "\n".join(lines)


def watch(system: System) -> None:
    """Show the logs and start again what dies, until somebody asks to stop."""
    logs = Logs({name: process.log for name, process in system.processes.items()})
    watched: dict[str, Process | Store] = {**system.processes, **{store.name: store for store in system.stores}}
    restarts: dict[str, Restarts] = defaultdict(Restarts)
    while True:
        logs.show()
        for name, piece in [(name, piece) for name, piece in watched.items() if not piece.running]:
            how = piece.ending if isinstance(piece, Process) else "died"
            if restarts[name].due(f"{name} {how}"):
                piece.start()
                statefile.write(system)
            elif restarts[name].too_many:
                print(f"{name} died {DEATHS_ALLOWED} times within a minute and stays down.\n{last_lines(piece.log)}")
                del watched[name]
        time.sleep(0.1)


class Restarts:
    """When one piece may be started again: after a pause that doubles, and not at all when it died too often."""

    def __init__(self) -> None:
        self._deaths: deque[float] = deque(maxlen=DEATHS_ALLOWED)
        self._at: float | None = None

    @property
    def too_many(self) -> bool:
        return len(self._deaths) == DEATHS_ALLOWED and self._deaths[-1] - self._deaths[0] < DEATHS_WITHIN

    def due(self, told: str) -> bool:
        """Whether it is time; the first call after a death prints what happened, and sets that time."""
        now = time.monotonic()
        if self._at is None:
            self._deaths.append(now)
            pause = 0.25 * 2 ** sum(now - at < DEATHS_WITHIN for at in self._deaths)
            self._at = now + pause
            if not self.too_many:
                print(f"{told}; it is started again in {pause:.1f} s.", flush=True)
        if self.too_many or now < self._at:
            return False
        self._at = None
        return True


class Logs:
    """Prints what is added to log files, also those that are written only later."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = dict(files)
        self._open: dict[str, io.TextIOWrapper] = {}
        self._coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def show(self) -> None:
        """Print what was added since the last time, each line behind the name of its process."""
        for name, file in self._files.items():
            if name not in self._open and file.exists():
                self._open[name] = file.open(encoding="utf-8", errors="replace")
            prefix = f"{name:>8} | "
            if self._coloured:
                prefix = f"\033[{COLOURS.get(name, 37)}m{prefix}\033[0m"
            for line in self._open[name].read().splitlines() if name in self._open else ():
                print(prefix + line)
        sys.stdout.flush()


def _stop(number: int, frame: FrameType | None) -> None:
    _ignore_signals()
    raise Stopped


def _ignore_signals() -> None:
    """Stopping takes some seconds; a second Ctrl-C must not leave half of it running."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
