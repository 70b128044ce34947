"""Run a service as a process: serve its application, or only create indexes and queues (``prepare``)."""

import asyncio
import gc
import sys
from contextlib import contextmanager
from typing import Any

import uvicorn
from aio_pika.exceptions import AMQPError
from fastapi import FastAPI
from pymongo.errors import PyMongoError

from shared import logs
from shared.config import ServiceSettings
from shared.service import Service


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
    public = _config(app, settings.host, settings.port, timeout_graceful_shutdown=5, **_behind(settings))
    private = _config(app.state.management, settings.management_host, settings.management_port, lifespan="off")
    gc.collect()
    gc.freeze()  # to scan the imported modules in each collection costs a tenth of the time
    gc.set_threshold(10_000, 20, 20)
    with asyncio.Runner(loop_factory=public.get_loop_factory()) as runner:
        runner.run(_serve(uvicorn.Server(public), _Quiet(private)))


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


def _behind(settings: ServiceSettings) -> dict[str, Any]:
    """Whose word about the client's address and scheme is taken: nobody's, unless a proxy is named."""
    return {"proxy_headers": bool(settings.trusted_proxies), "forwarded_allow_ips": settings.trusted_proxies}


class _Quiet(uvicorn.Server):
    """The second server of the process: the first one handles the signals."""

    @contextmanager
    def capture_signals(self) -> Any:
        yield


def _config(app: Any, host: str, port: int, **more: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app, host=host, port=port, log_config=None, access_log=False, server_header=False, date_header=True, **more
    )
