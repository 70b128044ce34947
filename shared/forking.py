"""Runs jobs on what strangers send in processes of their own, which have little memory and time and no secrets.

A service has ``Jobs``: with the first job it starts ``python -m MODULE``, which calls ``serve``. That process waits on
its standard input, a socket, and forks one process for each job: so libraries are loaded once. It ends with the
service.
"""

import os
import resource
import select
import signal
import socket
import subprocess
import sys
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
LONGEST = 100
"""Bytes of a job's name, and of its answer."""
MOST_FILES = 8
"""Descriptors that come with one job."""


@dataclass(frozen=True)
class Limits:
    """Of one job. ``memory``: bytes of address space, with the libraries; ``output``: bytes of what it writes.

    ``processor`` and ``clock`` are seconds.
    """

    memory: int
    output: int
    processor: int
    clock: int

    def apply(self) -> None:
        """Bind this process to them."""
        signal.alarm(self.clock)
        for limit, most in {
            resource.RLIMIT_AS: self.memory,
            resource.RLIMIT_CPU: self.processor,
            resource.RLIMIT_FSIZE: self.output,
            resource.RLIMIT_CORE: 0,
        }.items():
            resource.setrlimit(limit, (most, most))


class Jobs:
    """The jobs of one module. ``environment`` is all that its process gets; ``quiet``: it must not write to our log."""

    def __init__(self, module: str, *, environment: Mapping[str, str] | None = None, quiet: bool = False) -> None:
        self._module, self._environment = module, dict(environment or {})
        self._errors = subprocess.DEVNULL if quiet else None
        self._socket: socket.socket | None = None

    @property
    def started(self) -> bool:
        """Whether there was a job."""
        return self._socket is not None

    def run(self, name: str, files: Sequence[int], *, patience: float) -> bytes:
        """Have one job done on these descriptors, and wait for its answer for ``patience`` seconds.

        Empty when it ended without a word, or did not end in time. It blocks: call it in a thread.
        """
        answer, answering = os.pipe()
        try:
            descriptors = [answering, *files]
            try:
                socket.send_fds(self._running(), [name.encode()], descriptors)
            except OSError:  # the process has ended
                self._socket = None
                socket.send_fds(self._running(), [name.encode()], descriptors)
            finally:
                os.close(answering)
            ready, _, _ = select.select([answer], [], [], patience)
            return os.read(answer, LONGEST) if ready else b""
        finally:
            os.close(answer)

    def _running(self) -> socket.socket:
        if self._socket is None:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                process = subprocess.Popen(  # noqa: S603  # nobody else says what is started
                    [sys.executable, "-E", "-s", "-m", self._module],
                    stdin=theirs.fileno(),
                    stderr=self._errors,
                    cwd=ROOT,
                    env=self._environment,
                )
            weakref.finalize(self, _end, ours, process)
            self._socket = ours
        return self._socket


def _end(ours: socket.socket, process: "subprocess.Popen[bytes]") -> None:
    ours.close()
    try:
        process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


Work = Callable[[str, Sequence[int]], bytes]
"""Does one job, by its name, on its descriptors. Returns the answer."""


def serve(work: Work, limits: Limits, *, load: Callable[[], bytes] = bytes, idle: float | None = None) -> None:
    """Fork a process for each job, until the service is gone, or for ``idle`` seconds there was none.

    ``load`` loads the libraries, before each job; where it returns something, that is the answer, and this ends.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service
    asked = socket.socket(fileno=os.dup(0))
    asked.settimeout(idle)
    while True:
        try:
            name, descriptors, _, _ = socket.recv_fds(asked, LONGEST, MOST_FILES)
        except TimeoutError:
            return
        if not name:
            return
        answering, *files = descriptors
        if missing := load():
            os.write(answering, missing)
            return  # it may be there the next time
        if os.fork() == 0:
            asked.close()
            os.close(0)
            _do(work, limits, name.decode(), answering, files)
        for descriptor in descriptors:
            os.close(descriptor)


def _do(work: Work, limits: Limits, name: str, answering: int, files: Sequence[int]) -> Any:
    """Do one job within its limits, say what came of it, and end."""
    status = 1
    try:
        limits.apply()
        os.write(answering, work(name, files))
        status = 0
    finally:
        os._exit(status)
