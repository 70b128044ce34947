"""A MongoDB or RabbitMQ of our own, as processes of this machine or as a container."""

import shutil
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

from scripts.local import containers
from scripts.local.processes import Process
from scripts.local.setup_error import SetupError


class Store:
    """Processes that keep their data below one folder, and their port, over stop, kill and start.

    ``url`` is for whoever may do everything. Clients connect to the first of the processes.
    """

    def __init__(self, name: str, folder: Path, url: str) -> None:
        self.name, self.folder, self.url = name, folder, url
        self.log = folder / f"{name.lower()}.log"
        self.processes: list[Process] = []

    def url_for(self, user: str) -> str:
        """For one of ``config.USERS``, who may do only its part; a container has one user for all."""
        return self.url

    @property
    def running(self) -> bool:
        return bool(self.processes) and self.processes[0].running

    @property
    def record(self) -> list[dict[str, object]]:
        """What another program needs to end exactly this."""
        return [vars(process.identity) for process in self.processes if process.identity]

    def start(self) -> None:
        """Start it, or start it again with the same data on the same port."""
        for process in self.processes:
            process.start()

    def wait_ready(self, seconds: float = 90) -> None:
        """Return once clients are served. Raises SetupError after so many seconds."""
        raise NotImplementedError

    def stop(self) -> None:
        for process in self.processes:
            process.stop()

    def kill(self) -> None:
        for process in self.processes:
            process.kill()

    def freeze(self) -> None:
        """Suspend it in the middle of its work."""
        self.processes[0].signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.processes[0].signal(signal.SIGCONT)

    def remove(self) -> None:
        """Kill it and delete its data."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _process(self, name: str, command: list[str], env: Mapping[str, str], sign: signal.Signals) -> Process:
        return Process(name, command, env=env, log=self.log, cwd=self.folder, die_with_parent=sign)


class Container(Store):
    """A Docker container that keeps its data from one start to the next.

    ``port`` is the one on 127.0.0.1 and the one inside; ``wait`` returns once clients are served at an address.
    """

    def __init__(
        self,
        name: str,
        image: str,
        folder: Path,
        url: str,
        port: tuple[int, int],
        *told: str,
        env: Mapping[str, str] | None = None,
        wait: Callable[[str, float], None],
    ) -> None:
        super().__init__(name, folder, url)
        self.container = containers.name_for(name, folder, port[0])
        self.log = folder / f"docker logs {self.container}"  # where to look; there is no file
        variables = [part for pair in (env or {}).items() for part in ("-e", "=".join(pair))]
        publish = ["-p", f"127.0.0.1:{port[0]}:{port[1]}", "--hostname", "klu"]
        self._run = ["run", "-d", "--name", self.container, *publish, *variables, image, *told]
        self._wait = wait

    @property
    def running(self) -> bool:
        return True  # Docker starts it again

    @property
    def record(self) -> list[dict[str, object]]:
        return [{"container": self.container}]

    def start(self) -> None:
        """The first time this may pull the image."""
        if containers.docker("ps", "-aq", "--filter", f"name=^{self.container}$"):
            containers.docker("start", self.container)
        else:
            containers.docker(*self._run, seconds=600)

    def wait_ready(self, seconds: float = 90) -> None:
        self._wait(self.url, seconds)

    def stop(self) -> None:
        containers.stop(self.container)

    def kill(self) -> None:
        containers.docker("kill", self.container)

    def freeze(self) -> None:
        containers.docker("pause", self.container)

    def thaw(self) -> None:
        containers.docker("unpause", self.container)

    def remove(self) -> None:
        containers.docker("rm", "-fv", self.container)


def native_or_container(native: Callable[[], Store], container: Callable[[], Store]) -> Store:
    """The program of this machine (installed where we may), else Docker, else the sentence that says what to do."""
    try:
        return native()
    except SetupError as setup_error:
        if not containers.engine_answers():
            raise SetupError(f"{setup_error} A running Docker engine would do as well.") from None
        return container()
