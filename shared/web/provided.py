"""What pages and API functions ask for in their signature: the stores, the settings, the clock, the time.

``app.py`` makes each part once and hands it over with ``provide``; ``Annotated[Cases, provided(Cases)]`` finds it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request

from shared.clock import Clock, utc_now


def provide(app: FastAPI, *parts: object, clock: Clock = utc_now) -> None:
    """Make these parts available to the pages of an application, each by its class."""
    app.state.provided = {type(part): part for part in parts}
    app.state.clock = clock


def provided(kind: type[Any]) -> Any:
    """A dependency: the part of this class. Raises KeyError when ``app.py`` did not provide it."""

    async def find(request: Request) -> Any:  # FastAPI would run a plain function in a thread
        return request.app.state.provided[kind]

    return Depends(find)


async def _now(request: Request) -> datetime:
    clock: Callable[[], datetime] = request.app.state.clock
    return clock()


Now = Annotated[datetime, Depends(_now)]
"""A dependency: the time of the request. A page that runs again after a conflict gets a later one."""
