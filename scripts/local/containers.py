"""Docker, by its command line."""

import select
import shutil
import subprocess

from scripts.local.setup_error import SetupError

REGISTRY_ANSWERS_WITHIN = 10.0
PULLED_WITHIN = 300.0


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


def at_hand(image: str) -> bool:
    """Whether the image is here, if need be after a pull that gives up soon where no registry answers."""
    if subprocess.run(["docker", "image", "inspect", image], capture_output=True).returncode == 0:
        return True
    with subprocess.Popen(["docker", "pull", image], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as pull:
        try:
            assert pull.stdout
            answered = bool(select.select([pull.stdout], [], [], REGISTRY_ANSWERS_WITHIN)[0])
            return answered and pull.wait(PULLED_WITHIN) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            pull.kill()
