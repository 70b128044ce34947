"""django-helpdesk's own Python environment: locked, and apart from the project's, which must not grow by its peer."""

import os
import subprocess
import sys
from pathlib import Path

from bench.helpdesk.running import run
from scripts.local.config import ROOT
from scripts.local.setup_error import SetupError

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
VENV = ROOT / ".local" / "bench" / "helpdesk" / "venv"


def python() -> Path:
    """The interpreter of the environment, made when it is not there or when the lock has changed since."""
    interpreter, made_from = VENV / "bin" / "python", VENV / REQUIREMENTS.name
    if not (interpreter.exists() and made_from.exists() and made_from.read_bytes() == REQUIREMENTS.read_bytes()):
        print("Installing django-helpdesk into its own environment ...", flush=True)
        failed = "django-helpdesk is not to be had here:"
        env = {"UV_HTTP_TIMEOUT": "180", **os.environ}  # the usual 30 seconds are short for a slow line
        run(failed, [uv(), "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV)], env=env)
        wanted = ["--require-hashes", "--requirements", str(REQUIREMENTS)]
        run(failed, [uv(), "pip", "install", "--quiet", "--python", str(interpreter), *wanted], env=env)
        made_from.write_bytes(REQUIREMENTS.read_bytes())  # last: half an environment is none
    return interpreter


def uv() -> str:
    """The uv that made .venv: the one on PATH when it runs, else the project's own."""
    for candidate in ("uv", str(ROOT / ".local" / "uv" / "bin" / "uv")):
        try:
            subprocess.run([candidate, "--version"], capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return candidate
    raise SetupError("uv, which installs django-helpdesk, was not found: run scripts/setup.sh once, then try again.")
