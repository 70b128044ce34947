"""Background tasks end when they are cancelled, whatever their work does about it."""

import asyncio
from contextlib import suppress

from shared.tasks import run_periodically


async def test_work_that_catches_its_cancellation_does_not_run_again() -> None:
    begun = asyncio.Event()

    async def work() -> bool:
        if begun.is_set():
            await asyncio.Event().wait()
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return True

    task = asyncio.create_task(run_periodically(work, wake=asyncio.Event(), every=60))
    await begun.wait()
    task.cancel()
    await asyncio.wait({task}, timeout=30)
    assert task.cancelled()


async def test_work_that_a_lost_connection_cancels_runs_again() -> None:
    runs, again = 0, asyncio.Event()

    async def work() -> bool:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise asyncio.CancelledError
        again.set()
        return False

    wake = asyncio.Event()
    task = asyncio.create_task(run_periodically(work, wake=wake, every=0.01))
    await asyncio.wait_for(again.wait(), 30)
    task.cancel()
    await asyncio.wait({task}, timeout=30)
    assert task.cancelled()
