"""Health and metrics endpoints, on the management port, never on the public one.

``/livez`` judges this process alone. ``/readyz`` lists each dependency, checked by a real round trip at most 3 s ago.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

PATIENCE = 0.9
"""Seconds until a request is answered, even if the probe has not finished."""
FRESH = 3.0
"""Seconds for which a good result is kept."""
TIMEOUT = 10.0
"""Timeout of a probe, in seconds."""
Probe = Callable[[], Awaitable[None]]


def management(
    *,
    ended: Callable[[], Sequence[str]],
    stuck: Callable[[], Sequence[str]],
    probes: Mapping[str, Probe],
    needed: Sequence[str],
    registry: CollectorRegistry,
) -> Starlette:
    """The management application. The service is ready when the dependencies in ``needed`` answer.

    It is alive unless ``ended`` names a background task that has ended, or ``stuck`` names work that makes no progress
    although the dependencies answer. A restart repairs both.
    """

    dependencies = {name: _Dependency(probe) for name, probe in probes.items()}

    async def livez(request: Request) -> Response:
        over, still = ended(), stuck()
        alive = not over and not still
        return JSONResponse({"alive": alive, "ended": over, "stuck": still}, status_code=200 if alive else 503)

    async def readyz(request: Request) -> Response:
        found = await asyncio.gather(*(dependency.state() for dependency in dependencies.values()))
        states = dict(zip(dependencies, found, strict=True))
        ready = all(states[name] == "ok" for name in needed)
        return JSONResponse({"ready": ready, "dependencies": states}, status_code=200 if ready else 503)

    async def metrics(request: Request) -> Response:
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4; charset=utf-8")

    return Starlette(routes=[Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)])


class _Dependency:
    """Runs one probe at a time, shared by all requests: on a busy machine, a cancelled probe slows down the next."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self._asking: asyncio.Task[str] | None = None
        self._good_until = 0.0
        self._late = ""

    async def state(self) -> str:
        """``ok``, or what is wrong. A late probe goes on; the next request gets its result."""
        if time.monotonic() < self._good_until:
            return "ok"
        late, self._late = self._late, ""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        done, _ = await asyncio.wait({self._asking}, timeout=PATIENCE)
        if done and not self._asking.cancelled():  # a lost AMQP connection cancels tasks that await it
            return self._asking.result()
        return late or "no answer"

    async def _ask(self) -> str:
        began = time.monotonic()
        state = await _outcome(self._probe)
        now = time.monotonic()
        if state == "ok":
            self._good_until = now + FRESH
        if now - began > PATIENCE:
            self._late = state
        return state


async def _outcome(probe: Probe) -> str:
    try:
        async with asyncio.timeout(TIMEOUT):
            await probe()
    except TimeoutError:
        return "no answer"
    except Exception as error:
        return type(error).__name__
    return "ok"


class OnlyAfter:
    """ASGI middleware: requests get 503 until ``ready`` is set; they wait for it a little."""

    def __init__(self, app: ASGIApp, *, ready: asyncio.Event) -> None:
        self._app, self._ready = app, ready

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._ready.is_set():
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._ready.wait()
            except TimeoutError:
                not_yet = Response("", status_code=503, headers={"Retry-After": "5"})
                await not_yet(scope, receive, send)
                return
        await self._app(scope, receive, send)
