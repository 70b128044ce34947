"""The whole system, or any part of it, below one folder: for `make run`, for tests, and for the chaos run."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Self

from scripts.local import config, mongod, ports, rabbitmq, setup_error
from scripts.local.processes import Process
from scripts.local.setup_error import SetupError

Store = mongod.Mongod | rabbitmq.Node
MONGODB_CACHE = "KLU_LOCAL_MONGODB_CACHE_GB"
UNLIMITED = dict.fromkeys(
    (
        "KLU_PROOF_COST",
        "KLU_FORM_PER_CLIENT_HOUR",
        "KLU_FORM_PER_CLIENT_HOUR_UNPROVED",
        "KLU_FORM_PER_ADDRESS_HOUR",
        "KLU_WRONG_CODES",
        "KLU_UNDO_SECONDS",
    ),
    "0",
) | {"KLU_CLIENT_FILES": "1000000", "KLU_CLIENT_FILES_MB": "1000000"}
"""Settings of a system on which one machine acts for thousands of people: no proof of work, no rates, and answers
that go out at once."""


class System:
    """Starts and stops the pieces, and restarts nothing by itself.

    ``settings`` are all ``KLU_`` variables the services get: the environment's own do not leak in. A store or mail
    server whose address is among them is used as it is, else a private one is started. ``chosen`` maps the names of
    ``config.PORTS`` to numbers. ``access`` has the addresses of given stores at which one service has its own rights.
    """

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, str],
        chosen: Mapping[str, int],
        *,
        access: Callable[[str], Mapping[str, str]] = lambda service: {},
    ) -> None:
        self.folder, self.settings, self.ports = folder.resolve(), dict(settings), dict(chosen)
        self._access = access
        self.mongodb: mongod.Mongod | None = None
        self.rabbitmq: rabbitmq.Node | None = None
        self.mailbox: Process | None = None
        self.services: dict[str, Process] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def urls(self) -> dict[str, str]:
        services = {name: self.address(name) for name in config.SERVICES}
        return services | {"mailbox": self.url("KLU_LOCAL_MAILBOX_PORT")}

    @property
    def env(self) -> dict[str, str]:
        """What every process gets; complete once the stores were started."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("KLU_")}
        addresses = {f"KLU_{name.upper()}_URL": self.urls[name] for name in config.SERVICES}
        defaults = {
            "KLU_SECRET_KEY": config.secret(self.folder / "secret_key"),
            "KLU_VERIFY_KEYS": config.verify_keys(self.folder / "signing"),
            "KLU_AUDIT_KEY": config.secret(self.folder / "audit_key"),
            "KLU_AUDIT_ANCHORS": str(self.folder / "audit-anchors"),
            "KLU_SMTP_URL": f"smtp://{ports.HOST}:{self.ports['KLU_LOCAL_SMTP_PORT']}",
            "KLU_LOG_FORMAT": "console",
            "KLU_DESTRUCTION_LOG": str(self.folder / "destruction.log"),
            "KLU_UNDO_SECONDS": "5",
            "PYTHONUNBUFFERED": "1",
        }
        numbers = {name: str(self.ports[name]) for name in config.PORTS}
        stores = {f"KLU_{store.name.upper()}_URL": store.url for store in self.stores}
        return own | addresses | defaults | self.settings | numbers | stores

    def env_for(self, service: str) -> dict[str, str]:
        stores = {f"KLU_{store.name.upper()}_URL": store.url_for(service) for store in self.stores}
        own = {"KLU_SIGNING_KEY": config.signing_key(self.folder / "signing", service)}
        return {**own, **self.env, **stores, **self._access(service)}

    @property
    def private_ports(self) -> dict[str, int]:
        pairs = [("MONGODB", "MONGODB"), ("RABBITMQ", "RABBITMQ"), ("SMTP", "SMTP"), ("SMTP", "MAILBOX")]
        given = {f"KLU_LOCAL_{port}_PORT" for store, port in pairs if f"KLU_{store}_URL" in self.settings}
        return {name: port for name, port in self.ports.items() if name not in given}

    @property
    def stores(self) -> list[Store]:
        return [store for store in (self.mongodb, self.rabbitmq) if store]

    @property
    def processes(self) -> dict[str, Process]:
        """Everything that was started, in the order in which it is to end: nobody loses what he still needs."""
        mailbox = {"mailbox": self.mailbox} if self.mailbox else {}
        return {**self.services, **mailbox, **{store.name: store for store in reversed(self.stores)}}

    def url(self, port: str) -> str:
        return f"http://{ports.HOST}:{self.ports[port]}"

    def address(self, name: str) -> str:
        return self.url(_port(name, "PORT"))

    def management(self, name: str) -> str:
        return self.url(_port(name, "MANAGEMENT_PORT"))

    def start_stores(self) -> None:
        if "KLU_MONGODB_URL" not in self.settings and self.mongodb is None:
            databases = config.databases(self.settings)
            port, cache = self.ports["KLU_LOCAL_MONGODB_PORT"], self.settings.get(MONGODB_CACHE, mongod.CACHE)
            self.mongodb = mongod.Mongod(self.folder / "mongodb", port, databases, cache)
        if "KLU_RABBITMQ_URL" not in self.settings and self.rabbitmq is None:
            port, image = self.ports["KLU_LOCAL_RABBITMQ_PORT"], self.settings.get("KLU_LOCAL_RABBITMQ_IMAGE", "")
            self.rabbitmq = rabbitmq.Node(self.folder / "rabbitmq", port, image)
        for store in self.stores:
            store.start()
        for store in self.stores:
            store.wait_ready()

    def start_mailbox(self) -> None:
        if "KLU_SMTP_URL" not in self.settings:
            smtp, web = self.ports["KLU_LOCAL_SMTP_PORT"], self.ports["KLU_LOCAL_MAILBOX_PORT"]
            told = ["--smtp-port", str(smtp), "--web-port", str(web)]
            self.mailbox = self._process("mailbox", "scripts.local.mailbox", told, self.env, lambda: ports.accepts(web))
            self.mailbox.start()
            self.mailbox.wait_ready()

    def start_service(self, name: str, extra_env: Mapping[str, str] | None = None, *through: str) -> Process:
        """Start one with its own rights, and return. ``through``: a module that runs it, and what that is told."""
        if (running := self.services.get(name)) and running.running:
            raise SetupError(f"The service {name} runs already (process {running.pid}).")
        self.services[name] = self.made(name, extra_env, *through)
        self.services[name].start()
        return self.services[name]

    def made(self, name: str, extra_env: Mapping[str, str] | None = None, *through: str) -> Process:
        service = name.partition("-")[0]
        own = {_port(service, kind): str(self.ports[_port(name, kind)]) for kind in ("PORT", "MANAGEMENT_PORT")}
        module, *told = (through[0], f"services.{service}", *through[1:]) if through else (f"services.{service}",)
        ready = partial(ports.answers_ok, self.management(name) + "/readyz")
        return self._process(name, module, told, self.env_for(service) | own | dict(extra_env or {}), ready)

    def command(self, service: str, arguments: list[str], submitted: str = "") -> str:
        full = [sys.executable, "-m", f"services.{service}", *arguments]
        told, env = f"`python -m services.{service} {arguments[0]}` failed", self.env_for(service)
        return setup_error.run(told, full, cwd=config.ROOT, env=env, input=submitted, timeout=120)

    def stop(self) -> None:
        for process in self.services.values():
            process.terminate()
        for process in self.processes.values():
            process.stop()

    def remove(self) -> None:
        for store in self.stores:
            store.kill()
            shutil.rmtree(store.cwd, ignore_errors=True)

    def _process(
        self, name: str, module: str, told: list[str], env: Mapping[str, str], ready: Callable[[], bool]
    ) -> Process:
        log = self.folder / "logs" / f"{name}.log"
        return Process(name, [sys.executable, "-m", module, *told], env=env, log=log, cwd=config.ROOT, ready=ready)


def _port(name: str, kind: str) -> str:
    """``KLU_INTAKE_PORT`` of ``intake``; ``KLU_INTAKE_PORT-2`` of ``intake-2``."""
    service, *n = name.split("-")
    return "-".join([f"KLU_{service.upper()}_{kind}", *n])


class Fleet(System):
    """Free ports, no rates, ``replicas`` of each service; of the router ``routers``, if those are more.

    ``serving``: the addresses to which visitors are sent now.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str], *, replicas: int, routers: int = 0) -> None:
        self._replicas, self._routers = replicas, max(replicas, routers)
        further = [f"{port}-{n}" for n in range(2, self._routers + 1) for port in config.PORTS]
        chosen = ports.free([*config.PORTS, *further])
        mail = {"KLU_SMTP_URL": f"smtp://{ports.HOST}:{chosen['KLU_LOCAL_SMTP_PORT']}"}
        super().__init__(folder, {**UNLIMITED, **settings, **mail}, chosen)
        self.serving = {service: [self.address(name) for name in self.names(service)] for service in config.SERVICES}

    def names(self, *services: str) -> list[str]:
        counts = {s: self._routers if s == "router" else self._replicas for s in services or config.SERVICES}
        return [s if n == 1 else f"{s}-{n}" for n in range(1, self._routers + 1) for s in counts if n <= counts[s]]

    def start_services(self, *services: str) -> None:
        for process in [self.start_service(name) for name in self.names(*services)]:
            process.wait_ready(180)

    def store(self, name: str) -> Store:
        return next(store for store in self.stores if store.name == name)
