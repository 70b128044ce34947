"""Where a test hangs: faulthandler prints what the threads do, this what each task of asyncio awaits."""

import asyncio
import gc
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from _pytest.faulthandler import fault_handler_stderr_fd_key

BEFORE = 10.0
"""Seconds before faulthandler's time is over, after which the process ends."""


@contextmanager
def tasks_are_told(item: pytest.Item) -> Iterator[None]:
    """Print all tasks of this process to where faulthandler prints, when the test has not ended shortly before it."""
    timeout = float(item.config.getini("faulthandler_timeout"))
    to = item.config.stash[fault_handler_stderr_fd_key]
    timer = threading.Timer(timeout - BEFORE, _tell, [item.nodeid, to])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _tell(test: str, to: int) -> None:
    loops = [found for found in gc.get_objects() if isinstance(found, asyncio.AbstractEventLoop)]
    tasks = [task for loop in loops for task in asyncio.all_tasks(loop)]
    lines = [f"{test} hangs", *(line for task in tasks for line in (task.get_name(), *_awaited(task.get_coro())))]
    os.write(to, "\n".join(["", *lines, ""]).encode())


def _awaited(coroutine: Any) -> Iterator[str]:
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "ag_frame", None)
        yield f"  {frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}" if frame else f"  {coroutine!r}"
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "ag_await", None)
