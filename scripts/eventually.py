"""Wait by condition, never by sleeping."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 30.0


async def eventually(look: Callable[[], Awaitable[T | None]], *, within: float = PATIENCE, every: float = 0.05) -> T:
    """What ``look`` returns, once it is true; the error it raises is tried again too. TimeoutError when it never is."""
    deadline = time.monotonic() + within
    while True:
        last: object = None
        try:
            if found := await look():
                return found
        except (AssertionError, LookupError, OSError) as error:
            last = error
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {within:g} s: {getattr(look, '__qualname__', look)} ({last!r})")
        await asyncio.sleep(every)
