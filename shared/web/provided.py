"""Dependencies of pages and API functions: stores, settings, clock, time.

``app.py`` passes its parts to ``provide``; a page gets one with ``Annotated[Cases, provided(Cases)]``.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request

from shared.clock import Clock, utc_now


def provide(app: FastAPI, *parts: object, clock: Clock = utc_now) -> None:
    """Make these parts available to pages, by class."""
    app.state.provided = {type(part): part for part in parts}
    app.state.clock = clock


def provided(kind: type[Any]) -> Any:
    """A dependency: the part of this class. Raises KeyError if ``provide`` did not get it."""

    async def find(request: Request) -> Any:  # FastAPI would run a plain function in a thread
        return request.app.state.provided[kind]

    return Depends(find)


async def _now(request: Request) -> datetime:
    clock: Callable[[], datetime] = request.app.state.clock
    return clock()


Now = Annotated[datetime, Depends(_now)]
"""A dependency: the time of the request. A page that runs again after a conflict gets a later one."""
