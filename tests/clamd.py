"""A virus scanner for tests: Debian's clamd with one signature of ours, which needs no download of any database.

It is taken from the machine, else from ``.local/clamav``, where ``apt-get download`` puts it once.
"""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts import nasty
from scripts.local import config, ports

PACKAGES = ("clamav-daemon", "libclamav12", "libmspack0")
FOLDER = config.ROOT / ".local" / "clamav"
SETTINGS = """\
Foreground yes
DatabaseDirectory {folder}/db
TCPSocket {port}
TCPAddr 127.0.0.1
LogFile {folder}/log
StreamMaxLength 20M
"""


class NoScanner(Exception):
    """There is no clamd, and it could not be had. A reason to skip."""


class Clamd:
    """clamd at a port of its own; ``start`` and ``stop`` wait."""

    def __init__(self, folder: Path) -> None:
        self.port = ports.free(["clamd"])["clamd"]
        self.url = f"tcp://127.0.0.1:{self.port}"
        self._program, self._libraries = _program()
        (folder / "db").mkdir()
        (folder / "db" / "own.ndb").write_text(f"Test.EICAR:0:*:{nasty.EICAR.hex()}\n")
        self._settings = folder / "clamd.conf"
        self._settings.write_text(SETTINGS.format(folder=folder, port=self.port))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it listens."""
        environment = {"LD_LIBRARY_PATH": str(self._libraries)}
        command = [str(self._program), "--config-file", str(self._settings)]
        self._process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while not ports.accepts(self.port):
            if self._process.poll() is not None or time.monotonic() > until:
                raise NoScanner("clamd does not start here")
            time.sleep(0.05)

    def kill(self) -> None:
        """End it at once."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def clamd(folder: Path) -> Iterator[Clamd]:
    """A running scanner. Raises NoScanner."""
    made = Clamd(folder)
    try:
        made.start()
        yield made
    finally:
        made.kill()


def _program() -> tuple[Path, Path]:
    """clamd, and the folder of its libraries."""
    if found := shutil.which("clamd"):
        return Path(found), FOLDER
    program, libraries = FOLDER / "usr/sbin/clamd", FOLDER / "usr/lib/x86_64-linux-gnu"
    if not program.exists():
        _fetch()
    if not program.exists():
        raise NoScanner("clamd is not installed, and Debian's package cannot be had")
    return program, libraries


def _fetch() -> None:
    """Debian's packages, unpacked below .local: nothing is installed."""
    if not shutil.which("apt-get"):
        return
    with tempfile.TemporaryDirectory() as folder:
        fetched = subprocess.run(["apt-get", "download", *PACKAGES], cwd=folder, capture_output=True, timeout=120)
        if fetched.returncode == 0:
            FOLDER.mkdir(parents=True, exist_ok=True)
            for package in Path(folder).glob("*.deb"):
                subprocess.run(["dpkg", "-x", package, FOLDER], check=True)
