"""Is this process alive, and are its dependencies there? On a port of its own, never on the public one.

``/livez`` asks only about this process; ``/readyz`` names each dependency, found by a real round trip within a second.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

PATIENCE = 0.9
Probe = Callable[[], Awaitable[None]]


def management(
    *,
    ended: Callable[[], Sequence[str]],
    stuck: Callable[[], Sequence[str]],
    probes: Mapping[str, Probe],
    needed: Sequence[str],
    registry: CollectorRegistry,
) -> Starlette:
    """The management pages. ``needed`` are the dependencies without which this service cannot do its part.

    ``ended`` names background tasks that are over, ``stuck`` what does not get on although its dependencies answer:
    both are mended by a restart, and nothing else makes a process not alive.
    """

    async def livez(request: Request) -> Response:
        over, still = ended(), stuck()
        alive = not over and not still
        return JSONResponse({"alive": alive, "ended": over, "stuck": still}, status_code=200 if alive else 503)

    async def readyz(request: Request) -> Response:
        states = dict(zip(probes, await asyncio.gather(*map(_state, probes.values())), strict=True))
        ready = all(states[name] == "ok" for name in needed)
        return JSONResponse({"ready": ready, "dependencies": states}, status_code=200 if ready else 503)

    async def metrics(request: Request) -> Response:
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4; charset=utf-8")

    return Starlette(routes=[Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)])


async def _state(probe: Probe) -> str:
    try:
        async with asyncio.timeout(PATIENCE):
            await probe()
    except TimeoutError:
        return "no answer"
    except Exception as error:
        return type(error).__name__
    return "ok"
