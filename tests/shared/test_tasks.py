"""Background work ends when it is told to, and only then."""

import asyncio
from contextlib import suppress

from scripts.eventually import eventually
from shared.tasks import run_periodically, until_done


async def test_work_ends_though_a_library_swallowed_the_cancellation() -> None:
    begun = asyncio.Event()

    async def work() -> bool:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return True
        return False

    task = asyncio.create_task(run_periodically(work, wake=asyncio.Event(), every=0.01))
    await begun.wait()
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=5)
    assert (bool(done), task.cancelled()) == (True, True)


async def test_a_step_that_never_succeeds_ends_though_a_library_swallowed_the_cancellation() -> None:
    begun = asyncio.Event()

    async def step() -> None:
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        raise LookupError("the queues of another service are missing")

    task = asyncio.create_task(until_done(step, pause=0.01))
    await begun.wait()
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=5)
    assert (bool(done), task.cancelled()) == (True, True)


async def test_a_step_is_done_again_though_a_dying_connection_cancels_whoever_waits_for_it() -> None:
    failures: list[BaseException] = [asyncio.CancelledError(), LookupError()]

    async def step() -> None:
        if failures:
            raise failures.pop(0)

    await until_done(step, pause=0.01)
    assert not failures


async def test_work_goes_on_though_a_dying_connection_cancels_whoever_waits_for_it() -> None:
    rounds = 0

    async def work() -> bool:
        nonlocal rounds
        rounds += 1
        raise asyncio.CancelledError

    async def several() -> bool:
        return rounds > 2

    task = asyncio.create_task(run_periodically(work, wake=asyncio.Event(), every=0.01))
    await eventually(several)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
