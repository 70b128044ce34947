"""What the rest needs of a MongoDB or RabbitMQ of our own, whether it is a process or a container."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from scripts.local import containers
from scripts.local.containers import Container
from scripts.local.setup_error import SetupError


class Store(Protocol):
    """Data and port stay the same over stop, kill and start."""

    @property
    def name(self) -> str: ...
    @property
    def url(self) -> str:
        """For whoever may do everything."""

    def url_for(self, user: str) -> str:
        """For one of ``config.USERS``, who may do only its part; a container has one user for all."""

    @property
    def log(self) -> Path: ...
    @property
    def running(self) -> bool: ...
    @property
    def record(self) -> list[dict[str, object]]:
        """What `stop` needs to end exactly this, from another program."""

    def start(self) -> None: ...
    def wait_ready(self, seconds: float = 90) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def remove(self) -> None:
        """Stop it and forget its data."""


def native_or_container(native: Callable[[], Store], container: Callable[[], Container]) -> Store:
    """The program of this machine (installed where we may), else Docker, else the sentence that says what to do."""
    try:
        return native()
    except SetupError as setup_error:
        if not containers.engine_answers():
            raise SetupError(f"{setup_error} A running Docker engine would do as well.") from None
        return container()


def forget(folder: Path) -> None:
    """Delete a store's folder."""
    shutil.rmtree(folder, ignore_errors=True)
