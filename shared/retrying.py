"""What was decided on a state that somebody else has changed meanwhile is decided anew."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from shared.documents import Conflict

ATTEMPTS = 20
T = TypeVar("T")


async def on_conflict(work: Callable[[], Awaitable[T]]) -> T:
    """Read, decide and save, and all of it again when somebody was faster. So ``work`` has no effect but its one write.

    Raises Conflict when somebody was faster every time.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return await work()
        except Conflict:
            continue
    return await work()
