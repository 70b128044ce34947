"""Run a service as a process: serve its application, or only create indexes and queues (``prepare``)."""

import asyncio
import gc
import sys
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn
from aio_pika.exceptions import AMQPError
from fastapi import FastAPI
from pymongo.errors import PyMongoError

from shared import logs
from shared.config import ServiceSettings
from shared.connections import BoundedProtocol, Limits
from shared.service import Service

MANAGEMENT_CONNECTIONS = 50
"""Probes and a collector of metrics; nobody else reaches that port."""


def run(app: FastAPI, settings: ServiceSettings, *told: str) -> None:
    """Run the command of the command line: ``prepare``; serve without one."""
    if told == ("prepare",):
        prepare(app)
    elif told:
        sys.exit(f"There is only `prepare`, not `{' '.join(told)}`.")
    else:
        serve(app, settings)


def serve(app: FastAPI, settings: ServiceSettings) -> None:
    """Serve the application and its management pages until SIGTERM or SIGINT."""
    service: Service = app.state.service
    logs.configure(service.name, settings.log_format, settings.log_level)
    public = listener(app, settings, timeout_graceful_shutdown=5)
    private = listener(app.state.management, settings, private=True, lifespan="off")
    gc.collect()
    gc.freeze()  # to scan the imported modules in each collection costs a tenth of the time
    gc.set_threshold(10_000, 20, 20)
    with asyncio.Runner(loop_factory=public.get_loop_factory()) as runner:
        runner.run(_serve(Listening(public), _Quiet(private)))


def prepare(app: FastAPI) -> None:
    """Create indexes and queues, before a first start or an upgrade. Exits with a message when a store is away."""
    service: Service = app.state.service
    try:
        asyncio.run(service.prepare())
    except (PyMongoError, OSError, AMQPError) as error:
        raise SystemExit(f"{service.name} could not be prepared: {type(error).__name__}: {error}") from None


async def _serve(public: uvicorn.Server, private: uvicorn.Server) -> None:
    aside = asyncio.create_task(private.serve())
    await public.serve()
    private.should_exit = True
    await aside


class Listening(uvicorn.Server):
    """A server that cuts off clients who are late."""

    async def on_tick(self, counter: int) -> bool:
        """What uvicorn does ten times a second."""
        now = asyncio.get_running_loop().time()
        for connection in list(self.server_state.connections):
            assert isinstance(connection, BoundedProtocol)
            connection.cut_if_late(now)
        return await super().on_tick(counter)


class _Quiet(Listening):
    """The second server of the process: the first one handles the signals."""

    @contextmanager
    def capture_signals(self) -> Any:
        yield


def listener(app: Any, settings: ServiceSettings, *, private: bool = False, **more: Any) -> uvicorn.Config:
    """How uvicorn listens: on the public port, or ``private``, on the one for management, with fewer connections."""
    most = MANAGEMENT_CONNECTIONS if private else settings.max_connections
    limits = Limits(
        connections=most,
        requests=min(most, settings.max_requests),
        head_seconds=settings.head_seconds,
        body_seconds=settings.body_seconds,
        answer_seconds=settings.answer_seconds,
    )
    return uvicorn.Config(
        app,
        host=settings.management_host if private else settings.host,
        port=settings.management_port if private else settings.port,
        proxy_headers=bool(settings.trusted_proxies),  # nobody is believed, unless a proxy is named
        forwarded_allow_ips=settings.trusted_proxies,
        http=partial(BoundedProtocol, limits=limits),  # type: ignore[arg-type]  # it is only called
        ws="none",
        timeout_keep_alive=settings.keep_alive_seconds,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        **more,
    )
