"""Runs a service with one of its safeguards taken out: a run that still finds nothing wrong would prove nothing.

``python -m scripts.chaos.controls services.router no-inbox``
"""

import runpy
import sys
from typing import Any

from shared.documents import Documents
from shared.relay import Relay


def no_inbox() -> None:
    """No document remembers which events were processed."""
    get, save = Documents.get, Documents.save

    async def get_again(self: Documents[Any], document_id: str, *, handling: Any = None) -> Any:
        return await get(self, document_id)

    async def save_again(self: Documents[Any], aggregate: Any, *, announcing: Any = (), handling: Any = None) -> Any:
        return await save(self, aggregate, announcing=announcing)

    Documents.get, Documents.save = get_again, save_again  # type: ignore[method-assign]


def no_sweep() -> None:
    """Nobody looks for what a crash, or a broker that was away, has left unpublished."""

    async def sweep_nothing(self: Relay) -> bool:
        return False

    Relay._sweep = sweep_nothing  # type: ignore[method-assign]


if __name__ == "__main__":
    service, control = sys.argv[1:]
    {"no-inbox": no_inbox, "no-sweep": no_sweep}[control]()
    sys.argv = [service]
    runpy.run_module(service, run_name="__main__", alter_sys=True)
