"""The whole system, or any part of it, below one folder: for `make run`, for tests, and for the chaos run."""

import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from scripts.local import config, mongod, ports, rabbitmq, setup_error
from scripts.local.processes import Process
from scripts.local.setup_error import SetupError
from scripts.local.stores import Store


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
        self.mongodb: Store | None = None
        self.rabbitmq: Store | None = None
        self.mailbox: Process | None = None
        self.services: dict[str, Process] = {}

    def __enter__(self) -> "System":
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def urls(self) -> dict[str, str]:
        """Where people and programs find the pieces."""
        services = {name: self.url(f"KLU_{name.upper()}_PORT") for name in config.SERVICES}
        return services | {"mailbox": self.url("KLU_LOCAL_MAILBOX_PORT")}

    @property
    def env(self) -> dict[str, str]:
        """What every process gets; complete once the stores were started."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("KLU_")}
        addresses = {f"KLU_{name.upper()}_URL": self.urls[name] for name in ("intake", "router", "replies")}
        numbers = {name: str(number) for name, number in self.ports.items()}
        defaults = {
            "KLU_SECRET_KEY": config.secret(self.folder / "secret_key"),
            "KLU_SMTP_URL": f"smtp://{ports.HOST}:{self.ports['KLU_LOCAL_SMTP_PORT']}",
            "KLU_LOG_FORMAT": "console",
            "PYTHONUNBUFFERED": "1",
        }
        return own | addresses | defaults | self.settings | numbers | self._store_urls(lambda store: store.url)

    def env_for(self, service: str) -> dict[str, str]:
        """What one service gets: its own log-ins at the stores."""
        return {**self.env, **self._store_urls(lambda store: store.url_for(service)), **self._access(service)}

    @property
    def private_ports(self) -> dict[str, int]:
        """Those something will listen on here, by the variable that changes them."""
        elsewhere = {
            "KLU_LOCAL_MONGODB_PORT": "KLU_MONGODB_URL",
            "KLU_LOCAL_RABBITMQ_PORT": "KLU_RABBITMQ_URL",
            "KLU_LOCAL_SMTP_PORT": "KLU_SMTP_URL",
            "KLU_LOCAL_MAILBOX_PORT": "KLU_SMTP_URL",
        }
        return {name: port for name, port in self.ports.items() if elsewhere.get(name) not in self.settings}

    @property
    def stores(self) -> list[Store]:
        return [store for store in (self.mongodb, self.rabbitmq) if store]

    @property
    def processes(self) -> dict[str, Process]:
        return self.services | ({"mailbox": self.mailbox} if self.mailbox else {})

    def url(self, port: str) -> str:
        """The address of a piece by the name of its port."""
        return f"http://{ports.HOST}:{self.ports[port]}"

    def start_stores(self) -> None:
        """Start MongoDB and RabbitMQ where no address is given, and wait until both answer."""
        if "KLU_MONGODB_URL" not in self.settings and self.mongodb is None:
            databases = config.databases(self.settings)
            self.mongodb = mongod.choose(self.folder / "mongodb", self.ports["KLU_LOCAL_MONGODB_PORT"], databases)
        if "KLU_RABBITMQ_URL" not in self.settings and self.rabbitmq is None:
            self.rabbitmq = rabbitmq.choose(self.folder / "rabbitmq", self.ports["KLU_LOCAL_RABBITMQ_PORT"])
        for store in self.stores:
            store.start()
        for store in self.stores:
            store.wait_ready()

    def start_mailbox(self) -> None:
        """Start the mailbox and wait for it, unless letters go to a given mail server."""
        if "KLU_SMTP_URL" in self.settings:
            return
        smtp, web = self.ports["KLU_LOCAL_SMTP_PORT"], self.ports["KLU_LOCAL_MAILBOX_PORT"]
        options = ["--smtp-port", str(smtp), "--web-port", str(web), "--folder", str(self.folder / "letters")]
        self.mailbox = self._process("mailbox", "scripts.local.mailbox", options, self.env, lambda: ports.accepts(web))
        self.mailbox.start()
        self.mailbox.wait_ready()

    def start_service(self, name: str, extra_env: Mapping[str, str] | None = None, *through: str) -> Process:
        """Start one service with its own rights and return at once; ``wait_ready()`` of the answer waits for /readyz.

        ``through``: a module that runs the service in its own way, and what it is told besides the service's name.
        """
        if (running := self.services.get(name)) and running.running:
            raise SetupError(f"The service {name} runs already (process {running.pid}).")
        module, *told = (through[0], f"services.{name}", *through[1:]) if through else (f"services.{name}",)
        ready = partial(ports.answers_ok, self.url(f"KLU_{name.upper()}_MANAGEMENT_PORT") + "/readyz")
        self.services[name] = self._process(name, module, told, self.env_for(name) | dict(extra_env or {}), ready)
        self.services[name].start()
        return self.services[name]

    def command(self, service: str, arguments: list[str], submitted: str = "") -> str:
        """Run one of a service's commands to its end; its output. Raises SetupError with its last lines."""
        full = [sys.executable, "-m", f"services.{service}", *arguments]
        told = f"`python -m services.{service} {arguments[0]}` failed"
        return setup_error.run(told, full, cwd=config.ROOT, env=self.env_for(service), input=submitted, timeout=120)

    def stop(self) -> None:
        """Services first and all at once, then the mailbox, then the stores: nobody loses what he still needs."""
        for process in self.services.values():
            process.terminate()
        for process in self.processes.values():
            process.stop()
        for store in reversed(self.stores):
            store.stop()

    def record(self) -> dict[str, list[dict[str, object]]]:
        """What ends exactly these processes from another program, in the order to end them."""
        children = {name: [vars(process.identity)] for name, process in self.processes.items() if process.identity}
        return children | {store.name: store.record for store in reversed(self.stores)}

    def _store_urls(self, url: Callable[[Store], str]) -> dict[str, str]:
        private = {"KLU_MONGODB_URL": self.mongodb, "KLU_RABBITMQ_URL": self.rabbitmq}
        return {name: url(store) for name, store in private.items() if store}

    def _process(
        self, name: str, module: str, options: list[str], env: Mapping[str, str], ready: Callable[[], bool]
    ) -> Process:
        command = [sys.executable, "-m", module, *options]
        log = self.folder / "logs" / f"{name}.log"
        return Process(name, command, env=env, log=log, cwd=config.ROOT, ready=ready)
