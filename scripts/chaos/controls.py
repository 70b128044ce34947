"""Runs a service without one of its safeguards: ``python -m scripts.chaos.controls services.router no-inbox``."""

import runpy
import sys
from typing import Any

from shared.documents import Documents
from shared.relay import Relay


def no_inbox() -> None:
    get, save = Documents.get, Documents.save

    async def get_again(self: Documents[Any], document_id: str, *, handling: Any = None) -> Any:
        return await get(self, document_id)

    async def save_again(self: Documents[Any], aggregate: Any, *, announcing: Any = (), handling: Any = None) -> Any:
        return await save(self, aggregate, announcing=announcing)

    Documents.get, Documents.save = get_again, save_again  # type: ignore[method-assign]


def no_sweep() -> None:
    async def sweep_nothing(self: Relay) -> bool:
        return False

    Relay._sweep = sweep_nothing  # type: ignore[method-assign]


if __name__ == "__main__":
    service, control = sys.argv[1:]
    {"no-inbox": no_inbox, "no-sweep": no_sweep}[control]()
    sys.argv = [service]
    runpy.run_module(service, run_name="__main__", alter_sys=True)
