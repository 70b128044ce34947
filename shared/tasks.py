"""Background tasks that run until they are cancelled."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

T = TypeVar("T")
log = structlog.get_logger()


async def run_periodically(work: Callable[[], Awaitable[bool]], *, wake: asyncio.Event, every: float) -> None:
    """Run ``work`` now, when ``wake`` is set, and at least every ``every`` seconds; at once again if it returns True.

    An exception is logged. The next run follows after a pause that doubles up to ``every`` seconds.
    """
    pause = min(0.1, every)
    while True:
        wake.clear()
        try:
            more = await work()
            pause = min(0.1, every)
        except asyncio.CancelledError:
            more = False
        except Exception as error:
            log.warning("background work failed", work=getattr(work, "__qualname__", str(work)), error=repr(error))
            await asyncio.sleep(pause)
            pause, more = min(pause * 2, every), True
        if _ends_now():  # asked again here: ``asyncio.wait_for`` of Python 3.11, which libraries use, may swallow it
            raise asyncio.CancelledError
        if not more:
            await _woken(wake, every)


async def until_done(step: Callable[[], Awaitable[None]], *, pause: float = 1.0) -> None:
    """Do one thing, again after ``pause`` seconds for as long as it fails; a failure is logged."""
    while True:
        failure: BaseException | None = None
        try:
            await step()
        except (Exception, asyncio.CancelledError) as error:
            failure = error
        if _ends_now():
            raise asyncio.CancelledError
        if failure is None:
            return
        log.warning(
            "start-up step failed, trying again", step=getattr(step, "__qualname__", str(step)), error=repr(failure)
        )
        await asyncio.sleep(pause)


async def to_the_end(work: Awaitable[T], *, patience: float) -> T:
    """Await ``work``. When this task is cancelled, the work has ``patience`` seconds to finish."""
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
    """Whether this task was cancelled. A lost AMQP connection also raises CancelledError in tasks that await it."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
