"""Programs this machine lacks: found, installed with apt-get where we may, else named in a sentence."""

import ctypes.util
import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.local.setup_error import SetupError, run

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""The first is Chromium without windows: the same engine for half of the processor time."""
POLICY = Path("/usr/sbin/policy-rc.d")
OURS = "#!/bin/sh\n# Here only while 7/24 KLU Hat installs packages.\nexit 101\n"
LIBRARIES = ["libcurl4", "liblzma5", "libssl3", "libldap-2.5-0", "libgssapi-krb5-2", "libsasl2-2"]
PRINTING = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
}
"""Libraries of shared/printing.py, and the packages that have them; a font comes along."""


def install(packages: list[str], needed_for: str) -> None:
    """Install Debian packages without starting anything. Raises SetupError where that is not possible."""
    names = " ".join(packages)
    if shutil.which("apt-get") is None:
        raise SetupError(f"{needed_for} is missing: install it with this system's package manager (Debian: {names}).")
    if os.geteuid() != 0:
        raise SetupError(f"{needed_for} is missing: run `sudo apt-get install {names}` once, then try again.")
    print(f"Installing {names} (needed for {needed_for}) ...", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with _nothing_starts():
        for told in (["update", "-q"], ["install", "-qy", "--no-install-recommends", *packages]):
            command = ["apt-get", "-o", "DPkg::Lock::Timeout=120", *told]
            run(f"`apt-get {' '.join(told)}` failed", command, env=quiet)


@contextmanager
def _nothing_starts() -> Iterator[None]:
    """Keep packages from starting their services: ours is a private node, and the system's may use the same ports."""
    with Path("/run/klu-packages.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        theirs = POLICY.read_text() if POLICY.exists() else OURS
        POLICY.write_text(OURS)
        POLICY.chmod(0o755)
        try:
            yield
        finally:
            POLICY.write_text(theirs)
            if theirs == OURS:
                POLICY.unlink()


def complete_libraries(program: Path) -> None:
    for again in (False, True) if shutil.which("ldd") else ():
        observed = subprocess.run(["ldd", str(program)], capture_output=True, text=True)
        missing = ", ".join(re.findall(r"^\s*(\S+) => not found", observed.stdout, flags=re.MULTILINE))
        if missing and again:
            raise SetupError(f"{program.name} cannot run here: {missing} not found.")
        if missing:
            install(LIBRARIES, f"{program.name}'s {missing}")


def browser() -> Path | None:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return Path(found) if found else None


def see_to_browser() -> None:
    """Install a Chromium where there is none. Raises SetupError where that is not possible."""
    if browser() is None:
        try:
            install([BROWSERS[0]], "Chromium")
        except SetupError:  # Ubuntu has only the second
            install([BROWSERS[1]], "Chromium")


def see_to_printing() -> None:
    """Install what receipts as PDF need; where that is not possible, say so and go on."""
    missing = [package for library, package in PRINTING.items() if not ctypes.util.find_library(library)]
    try:
        if missing:
            install(missing, "receipts as PDF")
    except SetupError as setup_error:
        print(f"{setup_error} Until then the pages say that no PDF can be made.")
