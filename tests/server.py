"""A server on a free port, in the test's own event loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from scripts.eventually import eventually
from services.router.config import Settings as RouterSettings
from shared.serving import _Quiet, listener
from tests import examples as example


@asynccontextmanager
async def serving(app: Any, *, private: bool = False, **different: Any) -> AsyncIterator[int]:
    """The port on which the application is served, as a service would with these settings, without its lifespan."""
    given = {"mongodb_url": "-", "rabbitmq_url": "-", "secret_key": example.SECRET, "mongodb_database": "-"}
    settings = RouterSettings.model_validate(
        given | example.keys("router") | {"port": 0, "management_port": 0} | different
    )
    server = _Quiet(listener(app, settings, private=private, lifespan="off", timeout_graceful_shutdown=1))
    running = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await eventually(started)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await running
