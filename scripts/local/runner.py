"""`make run`: start everything, show the logs, start again what dies, stop everything. Knows the terminal."""

import signal
import time
from collections import defaultdict, deque
from types import FrameType

from scripts.local import console, ports, seeds, statefile
from scripts.local.config import SERVICES
from scripts.local.processes import Process
from scripts.local.setup_error import last_lines
from scripts.local.stores import Store
from scripts.local.system import System

DEATHS_ALLOWED = 5
DEATHS_WITHIN = 60.0


class Stopped(BaseException):
    """Somebody asked us to end: Ctrl-C, SIGTERM, or a closed terminal."""


def run(system: System) -> None:
    """Return when somebody asked to stop; Trouble when it cannot start."""
    with statefile.sole_runner(system.folder):
        for name in statefile.end_leftovers(statefile.read(system.folder)):
            print(f"Ended {name}, left over from an earlier run.")
        ports.require_free(system.private_ports)
        for log in (system.folder / "logs").glob("*.log"):
            log.unlink()
        try:
            listen_for_signals()
            start(system)
            watch(system)
        except Stopped:
            print("\nStopping ...", flush=True)
        finally:
            ignore_signals()
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
    print(console.block(system), flush=True)


def watch(system: System) -> None:
    """Show the logs and start again what dies, until somebody asks to stop."""
    logs = console.Logs({name: process.log for name, process in system.processes.items()})
    watched: dict[str, Process | Store] = {**system.processes, **{store.name: store for store in system.stores}}
    deaths = Deaths()
    while True:
        logs.show()
        for name, piece in [(name, piece) for name, piece in watched.items() if not piece.running]:
            how = piece.ending if isinstance(piece, Process) else "died"
            if deaths.may_start_again(name, how):
                piece.start()
                statefile.write(system)
            elif deaths.too_many(name):
                print(f"{name} died {DEATHS_ALLOWED} times within a minute and stays down.\n{last_lines(piece.log)}")
                del watched[name]
        time.sleep(0.1)


class Deaths:
    """Who died when: a piece is started again after a pause that doubles, and given up when it happens too often."""

    def __init__(self) -> None:
        self._times: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=DEATHS_ALLOWED))
        self._due: dict[str, float] = {}

    def too_many(self, name: str) -> bool:
        times = self._times[name]
        return len(times) == DEATHS_ALLOWED and times[-1] - times[0] < DEATHS_WITHIN

    def may_start_again(self, name: str, how: str) -> bool:
        """Whether it is time to; the first call after a death reports it and sets that time."""
        now = time.monotonic()
        if name not in self._due:
            self._times[name].append(now)
            recent = sum(now - at < DEATHS_WITHIN for at in self._times[name])
            self._due[name] = now + 0.25 * 2**recent
            if not self.too_many(name):
                print(f"{name} {how}; it is started again in {self._due[name] - now:.1f} s.", flush=True)
        if self.too_many(name) or now < self._due[name]:
            return False
        del self._due[name]
        return True


def listen_for_signals() -> None:
    """Turn the three ways to be asked to end into one exception."""

    def stop(number: int, frame: FrameType | None) -> None:
        ignore_signals()
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def ignore_signals() -> None:
    """Stopping takes some seconds; a second Ctrl-C must not leave half of it running."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
