"""Background work that must never end by itself: woken when there is something to do, sweeping for leftovers."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

T = TypeVar("T")
log = structlog.get_logger()


async def run_periodically(work: Callable[[], Awaitable[bool]], *, wake: asyncio.Event, every: float) -> None:
    """Run ``work`` when ``wake`` is set and at least every ``every`` seconds; again at once while it returns True.

    An exception is logged and the work goes on after a pause that doubles up to ``every`` seconds.
    """
    pause = min(0.1, every)
    while True:
        wake.clear()
        try:
            more = await work()
            pause = min(0.1, every)
        except asyncio.CancelledError:
            if _ends_now():
                raise
            more = False
        except Exception as error:
            log.warning("background work failed", work=getattr(work, "__qualname__", str(work)), error=repr(error))
            await asyncio.sleep(pause)
            pause, more = min(pause * 2, every), True
        if not more:
            await _woken(wake, every)


async def to_the_end(work: Awaitable[T], *, patience: float) -> T:
    """Await work that should not be cut off: when this task is cancelled, the work has so many seconds more."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=patience)
        task.cancel()
        raise


async def _woken(wake: asyncio.Event, every: float) -> None:
    try:
        async with asyncio.timeout(every):
            await wake.wait()
    except TimeoutError:
        pass


def _ends_now() -> bool:
    """Whether this task itself is cancelled. A dying AMQP connection throws CancelledError at whoever waits for it."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
