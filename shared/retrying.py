"""Retry after a conflict: optimistic locking."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from shared.documents import Conflict

ATTEMPTS = 20
T = TypeVar("T")


async def on_conflict(work: Callable[[], Awaitable[T]]) -> T:
    """Run ``work`` (read, decide, save) until it raises no Conflict. So its write must be its only effect.

    Raises Conflict after 20 attempts.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return await work()
        except Conflict:
            continue
    return await work()
