"""A private system on free ports with several processes of each service: to break it, or to measure it."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from scripts.local import config, ports
from scripts.local.processes import Process
from scripts.local.stores import Store
from scripts.local.system import System


class Fleet(System):
    """``replicas`` of each service run. ``serving``: the addresses to which visitors of a service are sent now."""

    def __init__(self, folder: Path, settings: Mapping[str, str], *, replicas: int) -> None:
        spare = [f"{port}-{n}" for n in range(2, replicas + 1) for port in config.PORTS]
        self._drawn = ports.free([*config.PORTS, *spare])
        self.scale(replicas)
        own = {name: self._drawn[name] for name in config.PORTS}
        mail = {"KLU_SMTP_URL": f"smtp://{ports.HOST}:{own['KLU_LOCAL_SMTP_PORT']}"}
        super().__init__(folder, {**settings, **mail}, own)

    def scale(self, replicas: int) -> None:
        """From the next start on, run so many of each service: at most as many as were asked for at first."""
        self._replicas = replicas
        self.serving = {service: [self.address(name) for name in self.names(service)] for service in config.SERVICES}

    def names(self, service: str = "") -> list[str]:
        """Every process of the services, or of one: ``intake``, ``intake-2``, ..."""
        services = [service] if service else config.SERVICES
        return [s if n == 1 else f"{s}-{n}" for n in range(1, self._replicas + 1) for s in services]

    def address(self, name: str) -> str:
        """Where one process answers the public."""
        return self._at(name, "PORT")

    def management(self, name: str) -> str:
        """Where one process tells of itself."""
        return self._at(name, "MANAGEMENT_PORT")

    def made(self, name: str) -> Process:
        """One process of a service, not started yet."""
        service = name.partition("-")[0]
        kinds = ("PORT", "MANAGEMENT_PORT")
        own = {f"KLU_{service.upper()}_{kind}": self._at(name, kind).rpartition(":")[2] for kind in kinds}
        module, *told = self._program(service)
        ready = partial(ports.answers_ok, self.management(name) + "/readyz")
        return self._process(name, module, told, self.env_for(service) | own, ready)

    def start_services(self, *services: str) -> None:
        """Start all processes, or those of some services, and wait until each is ready."""
        started = [name for service in services or config.SERVICES for name in self.names(service)]
        for name in started:
            self.services[name] = self.made(name)
            self.services[name].start()
        for name in started:
            self.services[name].wait_ready(180)

    def stop_services(self) -> None:
        """End all processes of the services; the stores go on."""
        for process in self.services.values():
            process.terminate()
        for process in self.services.values():
            process.stop()
        self.services.clear()

    def store(self, name: str) -> Store:
        """MongoDB or RabbitMQ by its name."""
        return next(store for store in self.stores if store.name == name)

    def remove(self) -> None:
        """Delete the stores with their data."""
        for store in self.stores:
            store.remove()

    def _program(self, service: str) -> list[str]:
        """The module that is run, and what it is told."""
        return [f"services.{service}"]

    def _at(self, name: str, kind: str) -> str:
        service, _, n = name.partition("-")
        return f"http://{ports.HOST}:{self._drawn[f'KLU_{service.upper()}_{kind}' + (n and f'-{n}')]}"
