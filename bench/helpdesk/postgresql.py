"""A private PostgreSQL with its defaults, so every commit is on disk; in its own folder, on 127.0.0.1 only."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from bench.helpdesk.running import run
from scripts.local import config, packages, ports
from scripts.local.processes import Process
from scripts.local.setup_error import SetupError

NAME = "helpdesk"
"""Of the database, and of its user."""
DIE_WITH_PARENT = signal.SIGINT
"""Ends it cleanly without waiting for anybody; SIGTERM would wait for those who are connected."""
CLUSTERS = Path("/etc/postgresql-common/createcluster.d")


class PostgreSQL:
    """postgres as a child process; as another user when we are root, for whom it does not run."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder.resolve(), port
        self.password = config.password(self.folder, NAME)
        self._data = self.folder / "data"
        self._process: Process | None = None

    def start(self) -> None:
        """Start it, with an empty database the first time, and wait until it answers."""
        programs = find()
        if not (self._data / "PG_VERSION").exists():
            self._initialise(programs)
        address = ["-h", ports.HOST, "-p", str(self.port)]
        self._process = Process(
            "PostgreSQL",
            [*other_user(), str(programs / "postgres"), "-D", str(self._data), *address, "-k", ""],
            env=dict(os.environ),
            log=self.folder / "postgresql.log",
            cwd=self._data,
            die_with_parent=DIE_WITH_PARENT,
            ready=partial(says_yes, [str(programs / "pg_isready"), "-q", *address]),
        )
        self._process.start()
        self._process.wait_ready()

    def stop(self) -> None:
        """A clean shutdown, which waits for those who are connected: stop them first."""
        if self._process:
            self._process.stop()

    def _initialise(self, programs: Path) -> None:
        self._data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() == 0:
            who = account()
            os.chown(self._data, who.pw_uid, who.pw_gid)
            let_through(self.folder, who.pw_name)
        access = [f"--username={NAME}", "--auth-host=scram-sha-256", "--auth-local=reject"]
        self._run([programs / "initdb", "-D", self._data, "--encoding=UTF8", "--locale=C.UTF-8", *access])
        # A server for one session, on its standard input: no password in a command, no port open without one.
        submitted = f"ALTER USER {NAME} PASSWORD '{self.password}';\nCREATE DATABASE {NAME};\n"
        self._run([programs / "postgres", "--single", "-D", self._data, "postgres"], submitted)

    def _run(self, command: list[str | Path], submitted: str = "") -> None:
        run("PostgreSQL cannot be set up here:", [*other_user(), *command], cwd=self._data, submitted=submitted)


def find() -> Path:
    """The folder of initdb and postgres, the newest there is; installed from Debian's package where we may."""
    if (found := installed()) is None:
        with no_cluster():
            packages.install(["postgresql"], "PostgreSQL")
        found = installed()
    if found is None:
        raise SetupError("The package postgresql was installed, but its initdb was not found.")
    return found


def installed() -> Path | None:
    """Debian keeps them off PATH, one folder for each version."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda place: int(place.parts[-3]))
    if on_path := shutil.which("initdb"):
        places.insert(0, Path(on_path).resolve())
    return places[-1].parent if places else None


@contextmanager
def no_cluster() -> Iterator[None]:
    """Keep Debian's package from making a cluster, which would start with the machine from then on."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        yield
        return
    CLUSTERS.mkdir(parents=True, exist_ok=True)
    told = CLUSTERS / "klu-hat.conf"
    told.write_text("create_main_cluster = off\n")
    try:
        yield
    finally:
        told.unlink()


def says_yes(command: list[str]) -> bool:
    """Whether it ends well."""
    return subprocess.run(command).returncode == 0


def account() -> pwd.struct_passwd:
    """Who runs the server for root."""
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise SetupError("PostgreSQL does not run as root, and this machine has neither the user postgres nor nobody.")


def let_through(folder: Path, name: str) -> None:
    """See to it that the other user gets as far as this folder. Only what is temporary is changed for that."""
    for place in (folder, *folder.parents):
        if place.stat().st_mode & 0o001:
            continue
        if not place.is_relative_to(Path(tempfile.gettempdir()).resolve()):
            raise SetupError(f"PostgreSQL runs as {name} here, who may not pass {place}: run `chmod o+x {place}` once.")
        place.chmod(place.stat().st_mode | 0o011)


def other_user() -> list[str]:
    """What turns root into that user. The kernel drops that request when the user changes, so it is made again."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        raise SetupError("PostgreSQL does not run as root, and setpriv, which changes the user, is not on PATH.")
    who = account()
    die_with_parent = DIE_WITH_PARENT.name.removeprefix("SIG")
    return [
        "setpriv",
        f"--reuid={who.pw_uid}",
        f"--regid={who.pw_gid}",
        "--clear-groups",
        f"--pdeathsig={die_with_parent}",
    ]
