"""Wait by condition, never by sleeping."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
Errors = tuple[type[Exception], ...]
Look = Callable[[], Awaitable[T | None]]
NOT_YET: Errors = (AssertionError, LookupError, OSError)


async def eventually(look: Look[T], *, within: float = 60.0, every: float = 0.05, after: Errors = NOT_YET) -> T:
    """What ``look`` returns, once it is true. Tries again ``after`` such an error; TimeoutError when it never is."""
    deadline = time.monotonic() + within
    while True:
        last: object = None
        try:
            if found := await look():
                return found
        except after as error:
            last = error
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {within:g} s: {getattr(look, '__qualname__', look)} ({last!r})")
        await asyncio.sleep(every)
