"""A private PostgreSQL with its defaults, so every commit is on disk; in a folder of its own, on 127.0.0.1 only."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from scripts.local import packages, ports
from scripts.local.processes import Process
from scripts.local.setup_error import SetupError

ACCOUNT = "postgres"
"""Who runs the server when we are root, for whom it does not run."""
NO_CLUSTER = Path("/etc/postgresql-common/createcluster.d/klu-hat.conf")
"""Keeps Debian's package from making a cluster, which would start with the machine from then on."""


@contextmanager
def postgresql(logs: Path) -> Iterator[dict[str, str]]:
    """An empty database until the end of the block, as ``settings.py`` wants to be told of it; nothing is left of it.

    Whoever uses it disconnects before: its end waits for them.
    """
    programs, port, secret = _programs(), str(ports.free(["postgresql"])["postgresql"]), secrets.token_hex(32)
    with tempfile.TemporaryDirectory(prefix="klu-postgresql-") as name:
        folder = Path(name)
        data, password = folder / "data", folder / "password"
        password.write_text(secret)
        as_account: list[str] = []
        if os.geteuid() == 0:
            for path in (folder, password):
                shutil.chown(path, ACCOUNT, ACCOUNT)
            # The signal at the parent's death is asked for again: the kernel forgets it when the user changes.
            as_account = ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups", "--pdeathsig=INT"]
        access = ["--username=helpdesk", f"--pwfile={password}", "--auth-host=scram-sha-256", "--auth-local=reject"]
        initdb = [str(programs / "initdb"), "-D", str(data), "--encoding=UTF8", "--locale=C.UTF-8", *access]
        run([*as_account, *initdb], cwd=folder, env=os.environ)
        address = ["-h", ports.HOST, "-p", port]
        server = Process(
            "PostgreSQL",
            [*as_account, str(programs / "postgres"), "-D", str(data), *address, "-k", ""],
            env=os.environ,
            log=logs / "postgresql.log",
            cwd=folder,
            die_with_parent=signal.SIGINT,  # ends it cleanly without waiting for clients, as SIGTERM would
            ready=lambda: subprocess.run([programs / "pg_isready", "-q", *address]).returncode == 0,
        )
        try:
            server.start()
            server.wait_ready()
            yield {"HELPDESK_DATABASE_PORT": port, "HELPDESK_DATABASE_PASSWORD": secret}
        finally:
            server.stop()


def run(command: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> None:
    """One command to its end. Raises SetupError with its last words when it did not go well."""
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)
    if done.returncode:
        words = "\n".join(f"    {line}" for line in done.stderr.strip().splitlines()[-8:])
        raise SetupError(f"django-helpdesk cannot be set up here:\n{words}")


def _programs() -> Path:
    """The folder of initdb and postgres, the newest there is; installed from Debian's package where we may."""
    if not (found := _installed()):
        if os.geteuid() == 0:
            NO_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
            NO_CLUSTER.write_text("create_main_cluster = off\n")
        try:
            packages.install(["postgresql"], "PostgreSQL")
        finally:
            NO_CLUSTER.unlink(missing_ok=True)
        found = _installed()
    return found[-1].parent


def _installed() -> list[Path]:
    """Every initdb, the newest last: Debian keeps them off PATH, one folder for each version."""
    on_path = [Path(initdb).resolve()] if (initdb := shutil.which("initdb")) else []
    return on_path or sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
