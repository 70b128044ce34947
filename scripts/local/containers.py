"""Docker, by its command line."""

import shutil
import subprocess

from scripts.local.setup_error import SetupError


def engine_answers() -> bool:
    """Whether a Docker engine is there; decided within seconds, also when its socket hangs."""
    try:
        return shutil.which("docker") is not None and bool(docker("info", seconds=5))
    except SetupError:
        return False


def docker(*arguments: str, seconds: float = 60) -> str:
    """The output of a docker command. Raises SetupError with its last line when it fails."""
    try:
        done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise SetupError(f"`docker {arguments[0]}` did not answer within {seconds:.0f} seconds.") from None
    if done.returncode:
        raise SetupError(f"`docker {' '.join(arguments[:2])}` failed: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout.strip()
