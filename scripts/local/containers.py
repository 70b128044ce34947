"""A store in a Docker container: what is used where its programs cannot be had."""

import hashlib
import select
import shutil
import subprocess
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from scripts.local.setup_error import SetupError

QUICK = 5.0
FIRST_WORD = 10.0  # seconds a registry may take to answer at all
WHOLE_PULL = 300.0


def engine_answers() -> bool:
    """Whether a Docker engine is there; decided within seconds, also when its socket hangs."""
    if shutil.which("docker") is None:
        return False
    try:
        done = subprocess.run(["docker", "info", "--format", "{{.ID}}"], capture_output=True, timeout=QUICK)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def docker(*arguments: str, seconds: float = 60) -> str:
    """The output of a docker command; Trouble with its last line when it fails."""
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
            if select.select([pull.stdout], [], [], FIRST_WORD)[0]:
                return pull.wait(WHOLE_PULL) == 0
        except subprocess.TimeoutExpired:
            pass
        finally:
            pull.kill()
    return False


class Container:
    """A container that keeps its name, its port and its data from one start to the next."""

    def __init__(
        self,
        name: str,
        image: str,
        *,
        url: str,
        port: tuple[int, int],
        folder: Path,
        env: Mapping[str, str],
        command: tuple[str, ...],
        wait: Callable[[str, float], None],
    ) -> None:
        """``port`` is the one on 127.0.0.1 and the one inside; folder and port make the name."""
        self.name, self.image, self.url = name, image, url
        outside, inside = port
        own = hashlib.sha256(f"{folder.resolve()} {outside}".encode()).hexdigest()[:10]
        self.container = f"klu-{name.lower()}-{own}"
        variables = [part for pair in env.items() for part in ("-e", "=".join(pair))]
        publish = ["-p", f"127.0.0.1:{outside}:{inside}", "--hostname", "klu"]
        self._run = ["run", "-d", "--name", self.container, *publish, *variables, image, *command]
        self._folder, self._wait = folder, partial(wait, url)

    def url_for(self, user: str) -> str:
        """The same for everybody."""
        return self.url

    @property
    def log(self) -> Path:
        return self._folder / f"docker logs {self.container}"  # where to look; there is no file

    @property
    def running(self) -> bool:
        return True  # the engine looks after it

    @property
    def record(self) -> list[dict[str, object]]:
        return [{"container": self.container}]

    def start(self) -> None:
        """Start it; the first time this may pull the image."""
        if docker("ps", "-aq", "--filter", f"name=^{self.container}$"):
            docker("start", self.container)
        else:
            docker(*self._run, seconds=600)

    def wait_ready(self, seconds: float = 90) -> None:
        """Return once it answers for real."""
        self._wait(seconds)

    def stop(self) -> None:
        """Stop it and keep its data."""
        stop(self.container)

    def kill(self) -> None:
        """As a power cut would."""
        docker("kill", self.container)

    def remove(self) -> None:
        """Forget it with its data."""
        docker("rm", "-fv", self.container)


def stop(container: str) -> bool:
    """Stop a container by name; whether it was running."""
    running = bool(docker("ps", "-q", "--filter", f"name=^{container}$"))
    if running:
        docker("stop", "-t", "30", container)
    return running
