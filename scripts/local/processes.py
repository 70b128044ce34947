"""Child processes that can be stopped, killed, started again, and told from a stranger with the same pid."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scripts.local.setup_error import SetupError, last_lines


@dataclass(frozen=True)
class Identity:
    """A process beyond doubt: a pid alone may belong to somebody else by now."""

    pid: int
    started: str

    @property
    def alive(self) -> bool:
        return identify(self.pid) == self

    def end(self, grace: float = 30) -> None:
        """SIGTERM, and SIGKILL when it is still there after so many seconds. Works for other people's children."""
        for sign, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)):
            if self.alive:
                os.kill(self.pid, sign)
                until(lambda: not self.alive, patience)


def identify(pid: int) -> Identity | None:
    """Pid and start time of a living process; None for one that is gone or only waits to be reaped."""
    if not Path("/proc/self/stat").exists():
        observed = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True)
        state, _, started = observed.stdout.strip().partition(" ")
        return Identity(pid, started.strip()) if state and state[0] != "Z" else None
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    boot = Path("/proc/sys/kernel/random/boot_id").read_text()[:8]  # ticks start again with every boot
    return None if fields[0] in "ZX" else Identity(pid, f"{boot}:{fields[19]}")


def until(condition: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    deadline = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(pause)
    return met


class Process:
    """One command with its log. On Linux it ends with this program, whatever ends this program."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        log: Path,
        cwd: Path,
        die_with_parent: signal.Signals = signal.SIGKILL,
        ready: Callable[[], bool] = lambda: True,
    ) -> None:
        self.name, self.log, self.cwd, self.env = name, log, cwd, dict(env)
        bound = ["setpriv", "--pdeathsig", die_with_parent.name.removeprefix("SIG"), "--"]
        self.command, self._ready = [*(bound if shutil.which("setpriv") else ()), *command], ready
        self._child: subprocess.Popen[bytes] | None = None
        self.identity: Identity | None = None

    @property
    def pid(self) -> int:
        assert self._child, f"{self.name} was not started"
        return self._child.pid

    @property
    def identities(self) -> list[Identity]:
        """What another program needs to end exactly this."""
        return [self.identity] if self.identity else []

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def ready(self) -> bool:
        return self.running and self._ready()

    @property
    def returncode(self) -> int | None:
        assert self._child, f"{self.name} was not started"
        return self._child.poll()

    @property
    def ending(self) -> str:
        code = self.returncode or 0
        return f"was killed ({signal.Signals(-code).name})" if code < 0 else f"ended (exit status {code})"

    def start(self) -> None:
        if not self.running:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            self._child = _spawner().submit(self._spawn).result()
            self.identity = identify(self._child.pid)

    def wait_ready(self, seconds: float = 90) -> None:
        met = until(lambda: not self.running or self._ready(), seconds, pause=0.2)
        if not self.running:
            raise SetupError(f"{self.name} {self.ending} while it started.\n{last_lines(self.log)}")
        if not met:
            raise SetupError(f"{self.name} was not ready after {seconds:.0f} seconds.\n{last_lines(self.log)}")

    def send(self, sign: signal.Signals) -> None:
        if self._child and self.running:
            self._child.send_signal(sign)

    def terminate(self) -> None:
        self.send(signal.SIGTERM)

    def stop(self, grace: float = 30) -> None:
        self.terminate()
        if not until(lambda: not self.running, grace):
            self.kill()

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    def _spawn(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as output:
            return subprocess.Popen(
                self.command,
                env=self.env,
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in the terminal is ours to pass on, in the right order
            )


@cache
def _spawner() -> ThreadPoolExecutor:
    """The kernel sends the signal when the *thread* that forked ends, so one thread forks all, and lives to the end."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")
