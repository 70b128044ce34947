"""Places the orders of what was decided to be erased on a person's request, and forgets closed requests in time."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from services.router.records.domain.orders import MOST_IDS, ErasureOrder, OnHold
from services.router.records.domain.requests import Erasure, PersonRequest, not_placed, placed
from services.router.records.store.orders import Orders
from services.router.records.store.requests import PersonRequests
from shared.destruction import Erasing, NoDestructionLog

HOLD, NO_LOG = "hold", "no_log"
"""Why orders could not be placed (``Erasure.trouble``)."""
SECONDS = 2.0
"""Between two looks at what was decided."""


class Erasures:
    """Places orders. One that a crash left behind is found by its request, and not placed a second time."""

    def __init__(self, requests: PersonRequests, orders: Orders) -> None:
        self.requests, self.orders = requests, orders

    async def place(self, request_id: str, now: datetime) -> None:
        """Place the orders of one request."""
        asked = await self.requests.get(request_id)
        erasure = asked.erasure
        if erasure is None or erasure.placed_at:
            return
        try:
            orders = await self._ordered(asked, erasure)
        except (OnHold, NoDestructionLog) as error:
            stuck = not_placed(asked, HOLD if isinstance(error, OnHold) else NO_LOG)
            if stuck != asked:
                await self.requests.save(stuck)
            return
        await self.requests.save(placed(asked, [order.id for order in orders], now))

    async def _ordered(self, asked: PersonRequest, erasure: Erasure) -> list[ErasureOrder]:
        known = await self.orders.of_request(asked.id)
        orders = []
        for wanted in _wanted(asked, erasure):
            same = (order for order in known if _is(order, wanted))
            orders.append(
                next(same, None)
                or await self.orders.order(**wanted, rule=f"request:{asked.id}", by=erasure.by, request_id=asked.id)
            )
        return orders


def _wanted(asked: PersonRequest, erasure: Erasure) -> Iterator[dict[str, Any]]:
    """The arguments of each order. An order has only so many ids; mails, address and signatures go with the first."""
    destroyed, anonymised = _parts(erasure.destroy), _parts(erasure.anonymise)
    beside = _parts(erasure.mail_ids), _parts(erasure.signatures)
    addresses = asked.addresses if erasure.address else []
    for place in range(max(len(destroyed), *(len(part) for part in beside), 1 if addresses else 0)):
        yield {
            "kind": Erasing.DESTROY,
            "message_ids": _at(destroyed, place),
            "mail_ids": _at(beside[0], place),
            "signatures": _at(beside[1], place),
            "addresses": addresses if place == 0 else [],
        }
    for ids in anonymised:
        yield {"kind": Erasing.ANONYMISE, "message_ids": ids}


def _parts(ids: Sequence[str]) -> list[list[str]]:
    return [list(ids[start : start + MOST_IDS]) for start in range(0, len(ids), MOST_IDS)]


def _at(parts: Sequence[list[str]], place: int) -> list[str]:
    return parts[place] if place < len(parts) else []


def _is(order: ErasureOrder, wanted: dict[str, Any]) -> bool:
    same = all([*getattr(order, name)] == wanted.get(name, []) for name in ("message_ids", "mail_ids", "signatures"))
    return same and order.kind == wanted["kind"]
